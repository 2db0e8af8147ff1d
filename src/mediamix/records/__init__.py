"""Runs of a project in MLflow: what made them, what they say, their files, and a model that predicts."""
