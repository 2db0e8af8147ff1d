"""Numbers as people read them: ``EUR 12.4 M``, ``2.30×``, ``32%``, ``4.2 weeks``.

Three significant digits, thin on purpose: more would claim a precision that no interval supports.
What isn't a finite number reads as a dash.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from mediamix.core.types import Every

MINUS, TIMES, UNKNOWN = "\u2212", "\u00d7", "\u2013"
SCALES = ((1e9, "bn"), (1e6, "M"), (1e3, "k"), (1.0, ""))


def scale(largest: float) -> tuple[float, str]:
    """Divisor and suffix that bring numbers up to `largest` below a thousand: ``(1e6, "M")``."""
    size = abs(_significant(largest, 3)) if math.isfinite(largest) else 0.0
    return next(((divisor, suffix) for divisor, suffix in SCALES if size >= divisor), SCALES[-1])


def quantity(value: float | None, unit: str = "", *, signed: bool = False) -> str:
    """A count with its unit: ``12.4 k orders``; `signed` shows a plus, too."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{_sign(value, signed)}{_scaled(value)} {unit}".rstrip()


def money(value: float | None, currency: str, *, signed: bool = False) -> str:
    """An amount behind its currency: ``EUR 12.4 M``, ``+EUR 950``."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return _sign(value, signed) + f"{currency} {_scaled(value)}".lstrip()


def amount(value: float | None, unit: str, currency: str, *, signed: bool = False) -> str:
    """An amount of an outcome: money where its unit is the currency, else a quantity."""
    if unit == currency:
        return money(value, currency, signed=signed)
    return quantity(value, unit, signed=signed)


def times(value: float | None) -> str:
    """A ratio such as a ROI: ``2.30×``, ``12.5×``."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    size = abs(value)
    text = f"{size:,.0f}" if size >= 100 else f"{size:.1f}" if size >= 10 else f"{size:.2f}"
    return f"{MINUS if value < 0 and text != '0.00' else ''}{text}{TIMES}"


def percent(value: float | None, *, signed: bool = False) -> str:
    """A share: ``32%``, ``3.2%``, ``0.04%``."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    size = abs(value) * 100
    decimals = 0 if size >= 9.95 or size == 0 else 1 if size >= 0.95 else 2
    text = f"{size:,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        return "0%"
    return f"{_sign(value, signed)}{text}%"


def chance(probability: float) -> str:
    """A probability that never claims certainty: ``92%``, ``more than 99%``."""
    if not math.isfinite(probability):
        return UNKNOWN
    if probability > 0.99:
        return "more than 99%"
    return "less than 1%" if probability < 0.01 else percent(probability)


def duration(periods: float | None, every: Every) -> str:
    """A time in periods: ``4.2 weeks``."""
    if periods is None or not math.isfinite(periods):
        return UNKNOWN
    return f"{periods:,.1f} {every.label(2)}" if periods < 100 else f"{periods:,.0f} {every.label(2)}"


def span(low: float, high: float, show: Callable[[float], str]) -> str:
    """An interval: ``0.80× to 2.30×``. A unit in front isn't repeated: ``EUR 1.2 M to 3.4 M``."""
    first, last = show(low), show(high)
    prefix, space, rest = last.partition(" ")
    is_unit = bool(space) and prefix[0] not in "+" + MINUS and not any(map(str.isdigit, prefix))
    if is_unit and first.startswith(prefix + " "):
        last = rest
    return f"{first} to {last}"


def _scaled(value: float) -> str:
    divisor, suffix = scale(value)
    size = _significant(abs(value), 3) / divisor
    if divisor == 1.0 and size == round(size):
        return f"{size:,.0f}"
    if size < 1e-4:
        return f"{size:.2e}"
    decimals = max(0, 2 - math.floor(math.log10(size)))
    return f"{size:,.{decimals}f} {suffix}".rstrip()


def _significant(value: float, digits: int) -> float:
    return float(f"{value:.{digits - 1}e}")


def _sign(value: float, signed: bool) -> str:
    return MINUS if value < 0 else "+" if signed and value > 0 else ""
