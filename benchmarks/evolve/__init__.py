"""The evolve family: against Robyn's Python port, and search libraries against each other."""
