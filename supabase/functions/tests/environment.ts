// Imported before index.ts, which refuses to boot without these.
const example = {
  SUPABASE_URL: "http://127.0.0.1:54321",
  SUPABASE_PUBLISHABLE_KEYS: '{"default":"sb_publishable_example"}',
  SUPABASE_SECRET_KEYS: '{"default":"sb_secret_example"}',
  SUPABASE_JWKS: '{"keys":[{"kty":"EC","crv":"P-256","x":"","y":""}]}',
};

for (const [name, value] of Object.entries(example)) Deno.env.set(name, value);
