"""Media transforms and baseline bases."""
