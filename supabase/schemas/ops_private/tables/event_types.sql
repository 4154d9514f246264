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

CREATE POLICY "event_types_all_public" ON "ops_private"."event_types"
  FOR ALL
  TO PUBLIC
  USING (false);

COMMENT ON COLUMN "ops_private"."event_types"."event_type" IS 'Primary key. It is also the third part of every idempotency key of the type.';

COMMENT ON COLUMN "ops_private"."event_types"."gate_code" IS 'The gate that events of this type are about. Null when the event itself names the gate, or is about no gate.';

COMMENT ON COLUMN "ops_private"."event_types"."names_gate" IS 'Whether the event must name its gate.';

COMMENT ON COLUMN "ops_private"."event_types"."pattern" IS 'Derived from shape: a JSON path that is true for ordinary events. It is false for every event that breaks a rule, except rules on lengths and repeated names.';

COMMENT ON COLUMN "ops_private"."event_types"."senders" IS 'The roles that may send the type, besides service_role. When the event names its gate, each role may send it only for the gate on which it decides.';

COMMENT ON COLUMN "ops_private"."event_types"."shape" IS 'The fields of the payload, in order: field, type, required, values of an enum, entries of a list (of), and whether the field names a person (a person may only name themselves).';

COMMENT ON TABLE "ops_private"."event_types" IS 'One row per event type. Only ops_private.define_event_type writes it.';
