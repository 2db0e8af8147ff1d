"""The baseline that was published for the original of this table, to stand beside one's own.

Its error was printed as RMSE = 246,748,035,379: a mean square, whose root is 496,737 a day, in mixed
currencies.
"""

from __future__ import annotations

R2 = 0.789
MEAN_SQUARE = 246_748_035_379.0
#: Feature -> revenue per unit of it.
COEFFICIENTS = {
    "google_paid_search_spend": 86.76,
    "email_clicks": 80.48,
    "google_shopping_spend": 46.87,
    "meta_instagram_spend": 14.36,
    "meta_facebook_spend": 7.99,
    "branded_search_clicks": 5.15,
    "direct_clicks": -19.45,
    "google_pmax_spend": -23.38,
    "year": 19_603.65,
    "month": 2_600.52,
    "weekday": -1_347.36,
}
#: By which part revenue grew with 30 % more paid search.
WHAT_IF = 0.0460


def rmse() -> float:
    """The root of the mean square that was printed as one."""
    return float(MEAN_SQUARE**0.5)
