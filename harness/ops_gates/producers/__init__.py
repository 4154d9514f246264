"""What sends events from outside: a pipeline, an agent. Standard library only: a bare runner has nothing else."""
