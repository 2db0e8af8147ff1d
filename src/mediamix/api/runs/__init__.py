"""Runs of the project and the jobs that make them: queued, looked at, followed, cancelled, promoted."""
