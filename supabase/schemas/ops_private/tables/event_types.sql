-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TABLE "ops_private"."event_types" (
  "event_type" text NOT NULL,
  CONSTRAINT "event_types_pkey" PRIMARY KEY (event_type)
);

ALTER TABLE "ops_private"."event_types"
  ENABLE ROW LEVEL SECURITY;

ALTER TABLE "ops_private"."event_types"
  ADD COLUMN "gate_code" ops.ops_gate_code;

ALTER TABLE "ops_private"."event_types"
  ADD COLUMN "names_gate" boolean NOT NULL;

ALTER TABLE "ops_private"."event_types"
  ADD COLUMN "senders" text[] NOT NULL;

ALTER TABLE "ops_private"."event_types"
  ADD COLUMN "shape" jsonb NOT NULL;

ALTER TABLE "ops_private"."event_types"
  ADD COLUMN "pattern" jsonpath NOT NULL;

ALTER TABLE "ops_private"."event_types"
  ADD CONSTRAINT "gate_is_implied_or_named" CHECK (((gate_code IS NULL) OR (NOT names_gate)));

COMMENT ON COLUMN "ops_private"."event_types"."event_type" IS 'Primary key; the third part of every idempotency key of the type.';

COMMENT ON COLUMN "ops_private"."event_types"."gate_code" IS 'The gate that events of the type are about; null where the event names it, or is about none.';

COMMENT ON COLUMN "ops_private"."event_types"."names_gate" IS 'Whether the event must name its gate.';

COMMENT ON COLUMN "ops_private"."event_types"."pattern" IS 'Derived from shape: holds for ordinary events alone, and for none that breaks a rule, lengths and repeated names aside.';

COMMENT ON COLUMN "ops_private"."event_types"."senders" IS 'The roles that may send it beside service_role; where the event names its gate, each role for the gate that it decides.';

COMMENT ON COLUMN "ops_private"."event_types"."shape" IS 'The fields of the payload, in order: field, type, whether required, the values of an enum, the entries of a list, and whether it names a person, who is the sender where that is one.';

COMMENT ON TABLE "ops_private"."event_types" IS 'One row per event type, written by ops_private.define_event_type alone.';
