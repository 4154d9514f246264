"""What `ops-gates install`, `upgrade` and `uninstall` write into the `supabase/` folder of an application."""
