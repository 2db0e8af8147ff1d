"""Rules of promotion, one file each."""
