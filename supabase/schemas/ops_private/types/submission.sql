-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."submission" AS (
  "envelope"        jsonb,
  "received_at"     timestamp WITH time zone,
  "observed_at"     timestamp WITH time zone,
  "actor"           text,
  "idempotency_key" text,
  "event_type"      text,
  "gate_code"       ops.ops_gate_code,
  "examined"        boolean,
  "content"         jsonb,
  "locked"          boolean,
  "first"           ops.event_ingest_log,
  "outcome"         ops.ops_processing_status,
  "error"           text,
  "detail"          jsonb
);

COMMENT ON TYPE "ops_private"."submission" IS 'What is known of one submission: when it was received and seen, by whom it was sent, its key and type, the gate that it is about, whether each of its fields was looked at (examined), its canonical content, whether the lock of its key is held, the accepted row that it repeats (first), and, once that is settled, what becomes of it.';
