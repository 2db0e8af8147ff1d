"""A table with all that is known of it, and what its columns are called in a long table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mediamix.data.guess import words as w
from mediamix.data.guess.channels import Found
from mediamix.data.guess.look import Look
from mediamix.data.guess.result import Role
from mediamix.data.guess.roles import Drafts

#: What a column of delivery is called in a long table, by the first word of its header that says so.
DELIVERY = (
    ("impressions", ("impression", "impr", "imp", "einblendung", "view", "aufruf", "vertoning", "impresion")),
    ("clicks", ("click", "klick", "clic")),
    ("reach", ("reach", "reichweite")),
    ("frequency", ("frequency",)),
)


@dataclass(frozen=True)
class Part:
    """A table and what is known of it.

    Args:
        look: The table.
        drafts: The roles of its columns.
        channels: Of a wide table.
        geo: Its column of geos.
    """

    look: Look
    drafts: Drafts
    channels: Sequence[Found] = ()
    geo: str | None = None

    def columns(self, role: Role) -> list[str]:
        """The columns of a role, in their order."""
        return [column for column, draft in self.drafts.items() if draft.role is role]


def delivery_name(column: str) -> str:
    """``impressions`` for ``Impr.``: what a long table calls it."""
    words = w.tokens(column)
    for name, starts_with in DELIVERY:
        if any(word.startswith(starts_with) for word in words):
            return name
    return column
