"""What is seen of a service from outside: logs, metrics, traces, and who did what."""
