"""Release gates of a Supabase project: report events, open releases, ask whether one may go on, and why not."""
