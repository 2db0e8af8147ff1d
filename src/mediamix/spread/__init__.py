"""Many pieces of work of one kind, spread over processes and machines."""
