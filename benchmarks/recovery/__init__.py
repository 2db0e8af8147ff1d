"""Known truths, fitted: made-up markets of ours, and public sets that others made."""
