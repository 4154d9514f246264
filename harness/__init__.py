"""The harness: real parts of a Supabase project on one machine, and what is proved with them."""
