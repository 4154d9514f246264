-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE SCHEMA "ops_private";

COMMENT ON SCHEMA "ops_private" IS 'The internal parts of schema ops: trigger functions (tg_...), rules and helpers. No role has USAGE, and PostgREST does not expose it. PUBLIC may execute the functions that policies, checks, defaults, trigger conditions and views need. Only the owner may execute the others.';
