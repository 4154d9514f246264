-- Removes what was left of release gates: the hook, which is switched off, and schema ops. Written by
-- `ops-gates uninstall --hook-is-off`.
drop function ops.custom_access_token_hook(jsonb);
drop function ops.with_member_role(jsonb);
drop schema ops;
