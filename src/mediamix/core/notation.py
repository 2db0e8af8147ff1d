"""A notation of numbers: the sign before decimals and the one between thousands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Notation:
    """The sign before decimals and the one between thousands (empty: none)."""

    decimal: str
    thousands: str = ""

    def as_spec(self) -> str:
        """The line of a spec that says so."""
        more = f', thousands: "{self.thousands}"' if self.thousands else ""
        return f'numbers: {{decimal: "{self.decimal}"{more}}}'

    def words(self) -> str:
        """As people say it."""
        names = {".": "point", ",": "comma", " ": "blank", "'": "apostrophe"}
        more = f", thousands by a {names[self.thousands]}" if self.thousands else ""
        return f"decimals by a {names[self.decimal]}{more}"
