"""Policy as files: what gates need in YAML, beside what is in force, and the presets that come with the package."""
