"""Conditions of alerts, one file each."""
