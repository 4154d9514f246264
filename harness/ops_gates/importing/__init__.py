"""A past is imported: a file of releases and events, sent in batches, from where it stopped. No typer."""
