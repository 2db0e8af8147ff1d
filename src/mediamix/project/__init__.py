"""A project: one folder with a spec, its data and its runs, which command line, app and service share."""
