"""On and off: which patterns of periods the burst rules allow, and the best one for given scores.

The rules make a small automaton: how long a burst or a gap has lasted. A walk over the periods
and its states (dynamic programming) gives the allowed pattern of the highest sum of scores.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

#: Windows up to this many periods have all of their patterns tried.
SHORT = 8
#: Rhythms that are tried: periods from burst to burst, and the part of them that is on.
RHYTHMS = (2, 3, 4, 5, 6, 8, 10, 13, 17, 26)
DUTIES = (0.2, 0.35, 0.5, 0.75)


@dataclass(frozen=True, eq=False)
class Bursts:
    """The burst rules of a channel over a window.

    Args:
        burst: Shortest burst. One that the history began may be shorter.
        gap: Longest gap; None: any. One that the history began counts in full.
        before: Periods the channel has been on (positive) or off (negative) before the window.
        may_t: Periods in which it may be on.
        must_t: Periods in which it must be on.
    """

    burst: int
    gap: int | None
    before: int
    may_t: Bool[np.ndarray, " time"]
    must_t: Bool[np.ndarray, " time"]

    @property
    def periods(self) -> int:
        """Length of the window."""
        return len(self.may_t)

    @property
    def is_free(self) -> bool:
        """Every pattern is allowed within `may_t` and `must_t`."""
        return self.burst <= 1 and self.gap is None

    def allows(self, on_t: Bool[np.ndarray, " time"]) -> bool:
        """Whether a pattern keeps the rules."""
        state = self._first()
        for t, on in enumerate(on_t):
            if not self._open(t, bool(on)):
                return False
            after = self._after(state, bool(on))
            if after is None:
                return False
            state = after
        return self._final(state)

    def best(self, score_t: Float[np.ndarray, " time"]) -> Bool[np.ndarray, " time"] | None:
        """The allowed pattern of the highest sum of scores where it is on; None: there is none."""
        values: dict[int, float] = {self._first(): 0.0}
        back: list[dict[int, tuple[int, bool]]] = []
        for t, score in enumerate(score_t):
            reached: dict[int, float] = {}
            came: dict[int, tuple[int, bool]] = {}
            for state, value in values.items():
                for on in (True, False):
                    after = self._after(state, on) if self._open(t, on) else None
                    if after is None:
                        continue
                    worth = value + (float(score) if on else 0.0)
                    if after not in reached or worth > reached[after]:
                        reached[after], came[after] = worth, (state, on)
            values = reached
            back.append(came)
        final = {state: value for state, value in values.items() if self._final(state)}
        if not final:
            return None
        state = max(final, key=lambda key: final[key])
        pattern = np.zeros(self.periods, dtype=bool)
        for t in range(self.periods - 1, -1, -1):
            state, pattern[t] = back[t][state]
        return pattern

    def all(self) -> Iterator[Bool[np.ndarray, " time"]]:
        """Every allowed pattern of a short window."""
        for code in range(2**self.periods):
            pattern = np.array([code >> t & 1 for t in range(self.periods)], dtype=bool)
            if self.allows(pattern):
                yield pattern

    # A state is the length of the burst so far, up to `burst`, or minus that of the gap, up to `gap`.
    def _first(self) -> int:
        if self.before > 0:
            return self.burst
        most = 1 if self.gap is None else max(self.gap, 0)
        return -min(-self.before, most) if self.before < 0 else 0

    def _open(self, t: int, on: bool) -> bool:
        return bool(self.may_t[t]) if on else not self.must_t[t]

    def _after(self, state: int, on: bool) -> int | None:
        if on:
            return min(state + 1, self.burst) if state > 0 else 1
        if 0 < state < self.burst:
            return None
        gone = -state + 1 if state <= 0 else 1
        if self.gap is None:
            return -1
        return -gone if gone <= self.gap else None

    def _final(self, state: int) -> bool:
        return state <= 0 or state >= self.burst


def candidates(
    bursts: Bursts, relaxed_t: Float[np.ndarray, " time"], rate_t: Float[np.ndarray, " time"]
) -> list[Bool[np.ndarray, " time"]]:
    """Allowed patterns worth trying: after a relaxed plan, the cheapest periods, and even rhythms.

    Args:
        bursts: The rules.
        relaxed_t: Spend of a plan that needn't keep them.
        rate_t: Exposure per unit of money.
    """
    if bursts.periods <= SHORT:
        return list(bursts.all())
    t = np.arange(bursts.periods)
    cheap = rate_t / rate_t.mean() - 1.0
    scores = [np.ones(len(t)), -np.ones(len(t))]
    if relaxed_t.max() > 0:
        scores += [relaxed_t / relaxed_t.max() - cut for cut in (0.02, 0.1, 0.3, 0.5, 0.7)]
    scores += [cheap - cut for cut in np.quantile(cheap, [0.25, 0.5, 0.75])]
    for length in RHYTHMS:
        if length > len(t):
            break
        for duty in DUTIES:
            for shift in np.unique(np.linspace(0, length, 5)[:-1].astype(int)):
                wave = np.cos(2 * np.pi * (t - shift) / length) - np.cos(np.pi * duty)
                # Where money buys more, a burst is a little likelier.
                scores.append(wave + 0.5 * cheap)
    return distinct([bursts.best(score) for score in scores])


def neighbours(bursts: Bursts, on_t: Bool[np.ndarray, " time"]) -> list[Bool[np.ndarray, " time"]]:
    """Allowed patterns a small move away: a burst is moved, grown, shrunk, split, dropped or added."""
    found: list[Bool[np.ndarray, " time"]] = []
    edges = np.flatnonzero(np.diff(np.concatenate([[0], on_t.astype(int), [0]])))
    runs = list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
    n = bursts.periods

    def changed(off: tuple[int, int], on: tuple[int, int]) -> None:
        pattern = on_t.copy()
        pattern[max(off[0], 0) : max(off[1], 0)] = False
        pattern[max(on[0], 0) : max(on[1], 0)] = True
        found.append(pattern)

    none = (0, 0)
    for start, stop in runs:
        for by in (-2, -1, 1, 2):
            changed((start, stop), (start + by, min(stop + by, n)))
        for by in (1, 2):
            changed(none, (start - by, stop))
            changed(none, (start, stop + by))
            changed((start, start + by), none)
            changed((stop - by, stop), none)
        changed((start, stop), none)
        for middle in range(start + bursts.burst, stop - bursts.burst):
            changed((middle, middle + 1), none)
    for start in range(n - bursts.burst + 1):
        if not on_t[start : start + bursts.burst].any():
            changed(none, (start, start + bursts.burst))
    return [pattern for pattern in distinct(found) if bursts.allows(pattern) and (pattern != on_t).any()]


def distinct(patterns: Sequence[Bool[np.ndarray, " time"] | None]) -> list[Bool[np.ndarray, " time"]]:
    """Each pattern once, in order."""
    return list({pattern.tobytes(): pattern for pattern in patterns if pattern is not None}.values())
