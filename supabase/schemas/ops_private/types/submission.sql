-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."submission" AS (
  "envelope"        jsonb,
  "received_at"     timestamp WITH time zone,
  "observed_at"     timestamp WITH time zone,
  "in_time"         boolean,
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

COMMENT ON TYPE "ops_private"."submission" IS 'One submission on its way through the steps. received_at: when it was received. observed_at: when the fact was observed, by the clock of this server. in_time: whether its times can be read and are not too far ahead. actor: who sent it. examined: whether every field was checked. content: the canonical content. locked: whether this transaction holds the lock of the key. first: the accepted row with the same key. outcome, error, detail: the result, once it is known.';
