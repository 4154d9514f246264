-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_incident_severity" AS ENUM (
  'sev1',
  'sev2',
  'sev3',
  'sev4'
);

COMMENT ON TYPE "ops"."ops_incident_severity" IS 'Severity of an incident; sev1 is the worst.';
