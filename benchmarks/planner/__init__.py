"""The planner: its times, its optima against other methods, its plans under the truth, and flighting."""
