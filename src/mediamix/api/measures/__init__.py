"""What a run says: its summary, tables, diagnostics and report."""
