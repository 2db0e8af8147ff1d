"""Many fits: how long, killed half-way, what an engine costs, what libraries lose."""
