-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE SCHEMA "ops";

GRANT USAGE ON SCHEMA "ops" TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "service_role", "sre", "supabase_auth_admin";

COMMENT ON SCHEMA "ops" IS 'Release gates: the facts about each release, the verdicts that follow from them, and who may record what. It holds the tables, types and views, and the functions that people and programs call. Start with ops.releases.';
