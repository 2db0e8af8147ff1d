"""One row in, one number out: for the simplest clients."""
