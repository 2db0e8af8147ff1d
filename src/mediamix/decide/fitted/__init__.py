"""Response curves of a fit: each channel's contribution over spend, draw by draw, for a window.

`curves` makes them; `history` weighs the draws by today's split as evidence.
"""
