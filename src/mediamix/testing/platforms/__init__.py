"""Platforms that run on this machine: a server per API, behaving as published, for the official clients."""
