"""The linear family: OLS, ridge, lasso and elastic net. `fitting` makes a `Fit`; the other modules are what
it is made of, and know nothing of media.
"""
