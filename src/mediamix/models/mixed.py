"""Draws of several fits as the draws of one: which come from where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

Rows = Int[np.ndarray, " row"]


@dataclass(frozen=True)
class Mixed:
    """Whose each draw is.

    Args:
        member_d: Number of the member.
        place_d: Which of its draws.
    """

    member_d: Rows
    place_d: Rows

    @classmethod
    def of(cls, sizes: Sequence[int]) -> Mixed:
        """All draws of the first member, then of the second, and so on."""
        member_d = np.repeat(np.arange(len(sizes)), sizes)
        return cls(member_d, np.concatenate([np.arange(size) for size in sizes]))

    def rows(self, member: int) -> Rows:
        """Where a member's draws are."""
        return np.flatnonzero(self.member_d == member)

    def picked(self, rows: Rows, members: int) -> tuple[Mixed, list[Rows]]:
        """Some of the draws, and which of each member's these are."""
        member_d, place_d = self.member_d[rows], self.place_d[rows]
        parts, places = [], np.empty_like(place_d)
        for m in range(members):
            own = member_d == m
            parts.append(place_d[own])
            places[own] = np.arange(own.sum())
        return Mixed(member_d, places), parts

    def spread(self, parts: Sequence[np.ndarray | None]) -> np.ndarray:
        """One array over all draws from the members' own; None: zeros."""
        like = next(part for part in parts if part is not None)
        found = np.zeros((len(self.member_d), *like.shape[1:]), dtype=like.dtype)
        for m, part in enumerate(parts):
            if part is not None:
                found[self.rows(m)] = part
        return found


def shares(weight_m: Float[np.ndarray, " member"], sizes: Sequence[int]) -> list[Rows]:
    """Evenly spread draws of each member, as many as its weight says.

    There are as many in all as the members' numbers allow without taking one twice, at most those of the
    largest; what rounding leaves goes to the largest remainders.
    """
    used = np.flatnonzero(weight_m > 0)
    total = int(min([max(sizes), *(sizes[int(m)] / weight_m[m] for m in used)]))
    exact_m = weight_m * total
    count_m = np.floor(exact_m).astype(int)
    left = total - int(count_m.sum())
    count_m[np.argsort(count_m - exact_m, kind="stable")[:left]] += 1
    count_m = np.minimum(count_m, sizes)
    return [
        np.linspace(0, size - 1, count).astype(int) if count else np.empty(0, dtype=int)
        for size, count in zip(sizes, count_m, strict=True)
    ]
