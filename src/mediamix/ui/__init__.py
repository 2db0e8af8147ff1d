"""The app: what a fit says, for people who decide; one page a file, no arithmetic in a page."""
