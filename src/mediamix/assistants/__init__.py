"""A project for assistants: the three questions, evidence and diagnostics as tools (MCP)."""
