"""Amounts as people type them: ``1000000``, ``1,000,000``, ``1_000_000``, ``1M``, ``1.5m``, ``250k``."""

from __future__ import annotations

import re

from mediamix.core.errors import BudgetError

SUFFIXES = {"": 1.0, "k": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "b": 1e9, "bn": 1e9}
EXPECTED = "an amount such as 1000000, 1,000,000, 1_000_000, 1.5M or 250k"
_SHAPE = re.compile(r"([+-]?)([\d.,_'’\s]*\d[.]?)\s*([a-z]*)", re.IGNORECASE)
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:([.,_'’ ])\d{3})(?:\1\d{3})*")
_DECIMAL = re.compile(r"(.*)([.,])(\d*)")
#: Separators that no language uses for decimals.
_ONLY_GROUPS = "_'’ "


class AmbiguousAmountError(BudgetError):
    """An amount that means one thing here and another elsewhere."""


def budget_of(text: str) -> float:
    """The number of `--budget`.

    Raises:
        BudgetError: As of `amount_of`, with the option's name.
    """
    try:
        return amount_of(text)
    except BudgetError as error:
        raise type(error)(
            f"--budget: {error.what}", expected=error.expected, got=error.got, next_step=error.next_step
        ) from None


def amount_of(text: str) -> float:
    """The number that an amount means.

    A point or comma before three digits at the end could group thousands or begin decimals: where nothing
    else in the text decides, the amount is refused.

    Raises:
        BudgetError: It can't be read.
        AmbiguousAmountError: It can mean two things.
    """
    plain = " ".join(text.split())
    try:
        if "e" in plain.lower() and "_" not in plain:
            return _finite(float(plain), text)
    except ValueError:
        raise _unreadable(text) from None
    found = _SHAPE.fullmatch(plain)
    if found is None or found.group(3).lower() not in SUFFIXES:
        raise _unreadable(text)
    sign, digits, suffix = found.groups()
    value = _number(digits, text) * SUFFIXES[suffix.lower()]
    return _finite(-value if sign == "-" else value, text)


def _number(digits: str, text: str) -> float:
    """A number with separators of thousands, decimals or both."""
    if digits.isdecimal():
        return float(digits)
    grouped = _GROUPED.fullmatch(digits)
    if grouped is not None:
        separator = grouped.group(1)
        if separator not in _ONLY_GROUPS and digits.count(separator) == 1:
            raise _ambiguous(text, digits, separator)
        return float(digits.replace(separator, ""))
    found = _DECIMAL.fullmatch(digits)
    whole, point, decimals = found.groups() if found is not None else ("?", "", "")
    grouped = _GROUPED.fullmatch(whole)
    if grouped is not None and grouped.group(1) != point:
        whole = whole.replace(grouped.group(1), "")
    if whole and not whole.isdecimal():
        raise _unreadable(text)
    return float(f"{whole or '0'}.{decimals or '0'}")


def _finite(value: float, text: str) -> float:
    if not abs(value) < float("inf"):
        raise _unreadable(text)
    return value


def _unreadable(text: str) -> BudgetError:
    return BudgetError(
        f"the amount '{text}' can't be read", expected=EXPECTED, got=text, next_step="write the digits alone"
    )


def _ambiguous(text: str, digits: str, separator: str) -> AmbiguousAmountError:
    whole, decimals = digits.split(separator)
    thousands, small = f"{whole}{decimals}", f"{whole}.{decimals}".rstrip("0").rstrip(".")
    return AmbiguousAmountError(
        f"the amount '{text}' can be read in two ways",
        expected=EXPECTED,
        got=f"{text}, which is {thousands} where '{separator}' groups thousands, "
        f"and {small} where it begins decimals",
        # a fourth decimal says that they are decimals
        next_step=f"write {text.replace(separator, '')} or "
        + text.replace(digits, small if len(small) < len(digits) else f"{small}0"),
    )
