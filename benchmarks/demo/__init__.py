"""What the demo takes, from tables to a report."""
