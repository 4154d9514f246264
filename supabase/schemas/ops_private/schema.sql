-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE SCHEMA "ops_private";

COMMENT ON SCHEMA "ops_private" IS 'What the schema ops is made of: trigger functions (tg_...), rules and helpers. Nobody has USAGE and PostgREST does not expose it. The functions that policies, checks, defaults, conditions of triggers and views need are executable by everybody, all others by the owner alone.';
