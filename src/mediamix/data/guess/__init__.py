"""From any table to a spec: what a person sees in it, with the reason, and what only a person can say.

Read `result.py`, then `whole.py`; each other module answers one question about a table or a column.
"""
