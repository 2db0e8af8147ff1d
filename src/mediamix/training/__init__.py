"""A project trained anew, unattended: fetched, built, checked, fitted, compared, promoted or not, and told.

Read first: `training.train` (what happens in which order), `training.record` (what stays of it),
`training.rule` (what a new run must show), `training.alerts.condition` (what is worth a message).
"""
