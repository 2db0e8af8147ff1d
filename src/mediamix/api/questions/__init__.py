"""The three questions to a loaded fit, and what goes with them: as the command line answers them."""
