-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.shows_secret (
  value text
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- Each pattern takes time in proportion to the text. The edge function has the same ones (secrets.ts).
  -- ops_private.check_event has the marks by which it finds the few events that are looked at.
  return value ~ ('(^|[^A-Za-z0-9])('
      '(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}([^A-Z0-9]|$)'
      '|gh[oprsu]_[A-Za-z0-9]{36}'
      '|github_pat_[A-Za-z0-9_]{22}'
      '|gl(agent|cbt|dt|ft|pat|ptt|rt|soat)-[A-Za-z0-9_-]{20}'
      '|xox[abeoprs]-[A-Za-z0-9-]{10}'
      '|xapp-[0-9]-[A-Za-z0-9-]{10}'
      '|[rs]k_(live|test)_[A-Za-z0-9]{16}'
      '|whsec_[A-Za-z0-9+/]{24}'
      '|AIza[A-Za-z0-9_-]{35}'
      '|GOCSPX-[A-Za-z0-9_-]{28}'
      '|ya29\.[A-Za-z0-9_-]{20}'
      '|npm_[A-Za-z0-9]{36}'
      '|pypi-[A-Za-z0-9_-]{50}'
      '|dckr_[op]at_[A-Za-z0-9_-]{20}'
      '|sk-(ant|proj|svcacct)-[A-Za-z0-9_-]{20}'
      '|sk-[A-Za-z0-9]{48}'
      '|SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}'
      '|sb_secret_[A-Za-z0-9_-]{20}'
      '|sbp_[a-f0-9]{40}'
      '|hv[bs]\.[A-Za-z0-9_-]{24}'
      '|do[opr]_v1_[a-f0-9]{64}'
      '|hf_[A-Za-z0-9]{34}'
      '|dapi[a-f0-9]{32}'
      '|shp(at|ca|pa|ss)_[a-fA-F0-9]{32}'
      '|ATATT3[A-Za-z0-9_=-]{50}'
      '|hooks\.slack\.com/services/[A-Za-z0-9/]{20}'
      '|discord(app)?\.com/api/webhooks/[0-9]{16,20}/[A-Za-z0-9_-]{40}'
      '|webhook\.office\.com/webhookb2/[A-Za-z0-9-]{20}'
      '|api\.telegram\.org/bot[0-9]{6,12}:[A-Za-z0-9_-]{30}'
      ')|[A-Za-z0-9_-]\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8}'
      '|-----BEGIN ([A-Z0-9]+ ){0,3}PRIVATE KEY( BLOCK)?-----')
    or value ~ '://[^/?#\s@]*@'
    or value ~ '://' and value ~* ('[?&;#](access_token|job_token|private_token|sig|signature|x-amz-security-token'
      '|x-amz-signature|x-goog-signature|x-obs-signature|x-oss-signature)=[^&#\s]');
end
$function$;

COMMENT ON FUNCTION "ops_private"."shows_secret"(text) IS 'Whether a text as it stands has something that looks like a secret: the key or token of a well-known service, an address of a web hook that is a secret as a whole, a JWT, a private key in PEM, or an address with user info or with a known parameter of signatures. Null for null.';

REVOKE ALL ON FUNCTION "ops_private"."shows_secret"(text) FROM PUBLIC;
