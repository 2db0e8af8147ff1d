"""Beliefs that tie parameters together: factors on top of any density, which is called by its address.

`mroi`: what a channel's next money brings. `pooled`: returns of paid channels resemble each other. `share`:
what all paid media together brought. Each replaces a part of the independent priors and leaves the rest as
it is.
"""
