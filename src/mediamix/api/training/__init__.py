"""What a cloud scheduler calls: a run of the project's spec on fresh data."""
