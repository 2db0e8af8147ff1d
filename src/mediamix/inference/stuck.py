"""Which chains are stuck, judged by their draws against the other chains'.

Frozen: hardly a draw differs from the one before, nearly all diverge, nearly nothing is accepted, or
the chain creeps: its spread is below 1 % of another chain's in every coordinate.

Sunken: even the best draw lies more than 20 log units below what 99 % of another chain's draws reach.

Creeping and sunken chains are stuck only where their place holds less than e⁻¹⁰ of the other chain's
mass, by an estimate that errs upwards. A second mode of comparable mass is left alone: R-hat reports it.

    log mass_c − log mass_g ≤ median(lp_c) − median(lp_g) + ½ Σ_i log var(z_i)

where z are the draws of c in coordinates in which those of g are white (Laplace's approximation with
draws for the curvature; Hadamard's inequality for the determinant).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from mediamix.core.errors import FolderError

#: Frozen: a smaller share of draws moves, a larger share diverges, a smaller one is accepted.
MOVED_LEAST, DIVERGING_MOST, ACCEPTED_LEAST = 0.05, 0.95, 0.01
#: Creeping: the largest ratio of its standard deviations to another chain's is smaller.
CREEPING = 0.01
#: Sunken: its best draw lies so many log units below this quantile of another chain's draws.
SUNK, FLOOR_QUANTILE = 20.0, 0.01
#: A place of less than e to the minus this part of another's mass has negligible mass.
NEGLIGIBLE = 10.0
#: Draws per dimension that a covariance needs; with fewer, variances alone and an allowance of half
#: a log unit per dimension for the correlations that they don't see.
DRAWS_PER_DIMENSION = 5
#: The statistic that carries the record in `posterior.nc`, and the attribute's name.
CARRIER, ATTRIBUTE = "lp", "stuck_chains"

Chain = Float[np.ndarray, "draw dim"]
Levels = Float[np.ndarray, " draw"]
Kind = Literal["frozen", "sunken"]


@dataclass(frozen=True)
class Stuck:
    """A chain that is stuck.

    Args:
        chain: Position, from 0.
        kind: ``frozen`` or ``sunken``.
        seen: Why it is called so, as the end of a sentence.
    """

    chain: int
    kind: Kind
    seen: str


@dataclass(frozen=True)
class Rescue:
    """A chain that was stuck and what was done about it.

    Args:
        chain: Position, from 0, as in `posterior.nc`; people read it counted from 1.
        kind: ``frozen`` or ``sunken``.
        seen: Why it is called so.
        rescued: Whether its draws were replaced; False: they are still there.
        done: What was done, or why nothing could be.
        good: Chains that were not stuck.
    """

    chain: int
    kind: Kind
    seen: str
    rescued: bool
    done: str
    good: int

    @property
    def message(self) -> str:
        """Both in a sentence."""
        return f"chain {self.chain + 1} was stuck: {self.seen}; {self.done}"


def judge(u: Float[np.ndarray, "chain draw dim"], stats: Mapping[str, np.ndarray]) -> tuple[Stuck, ...]:
    """The stuck chains, in order.

    A healthy chain is called sunken only if none of its draws comes within 20 log units of the lowest
    1 % of another's, and its volume is small besides: never seen in simulated chains (see the tests).

    Args:
        u: Draws.
        stats: ``lp``, ``diverging`` and ``acceptance_rate`` per draw.
    """
    found = {}
    for c in range(len(u)):
        seen = _frozen(u[c], stats["diverging"][c], stats["acceptance_rate"][c])
        if seen:
            found[c] = Stuck(c, "frozen", seen)
    moving = [c for c in range(len(u)) if c not in found]
    levels = stats["lp"]
    for c in moving:
        beside = {}
        for other in moving:
            wrong = _beside(u[c], levels[c], u[other], levels[other])
            if wrong:
                beside[depth(levels[c], levels[other])] = (*wrong, other)
        if beside:
            kind, words, other = beside[max(beside)]
            found[c] = Stuck(c, kind, words.format(f"chain {other + 1}'s"))
    return tuple(found[c] for c in sorted(found))


def _beside(draws: Chain, levels: Levels, others: Chain, other_levels: Levels) -> tuple[Kind, str] | None:
    """What is wrong with a chain beside another, with a gap for the other's name; None: nothing."""
    spread, gap = relative_spread(draws, others), depth(levels, other_levels)
    if spread >= CREEPING and gap <= SUNK:
        return None
    if relative_mass(draws, levels, others, other_levels) > -NEGLIGIBLE:
        return None
    if spread < CREEPING:
        return "frozen", f"its draws spread over {spread:.1%} of {{}} range"
    return "sunken", f"in all {len(draws):,} draws its log density lay at least {gap:,.0f} below {{}}"


def _frozen(draws: Chain, diverging: np.ndarray, acceptance: np.ndarray) -> str:
    moved = float((np.diff(draws, axis=0) != 0).any(axis=1).mean())
    if moved < MOVED_LEAST:
        return f"{moved:.0%} of its {len(draws):,} draws moved"
    if diverging.mean() > DIVERGING_MOST:
        return f"{diverging.mean():.0%} of its {len(draws):,} draws diverged"
    if acceptance.mean() < ACCEPTED_LEAST:
        return f"{acceptance.mean():.1%} of its steps were accepted"
    return ""


def relative_spread(draws: Chain, others: Chain) -> float:
    """The largest ratio of its standard deviations to the other chain's; infinite where that has none."""
    spread = others.std(axis=0)
    return float((draws.std(axis=0) / spread).max()) if (spread > 0).all() else float("inf")


def depth(levels: Levels, others: Levels) -> float:
    """Log units by which the best draw lies below what 99 % of the other chain's reach."""
    return float(np.quantile(others, FLOOR_QUANTILE) - levels.max())


def relative_mass(draws: Chain, levels: Levels, others: Chain, other_levels: Levels) -> float:
    """An upper estimate of ``log mass_c − log mass_g`` (see the module's formula).

    Infinite where the other chain's draws have no volume to compare with.
    """
    n = draws.shape[1]
    rise = float(np.median(levels) - np.median(other_levels))
    if len(others) >= DRAWS_PER_DIMENSION * n:
        covariance = np.atleast_2d(np.cov(others, rowvar=False))
        try:
            factor = np.linalg.cholesky(covariance)
        except np.linalg.LinAlgError:
            return float("inf")
        z, allowance = np.linalg.solve(factor, (draws - draws.mean(axis=0)).T), 0.0
    else:
        spread = others.std(axis=0, ddof=1)
        if not (spread > 0).all():
            return float("inf")
        z, allowance = (draws / spread).T, n / 2
    variance = np.maximum(z.var(axis=1, ddof=1), np.finfo(float).tiny)
    return rise + 0.5 * float(np.log(variance).sum()) + allowance


def to_attrs(rescued: Sequence[Rescue]) -> dict[str, dict[str, str]]:
    """The record as attributes of a sampler statistic, for `posterior.nc`; empty where none was stuck."""
    if not rescued:
        return {}
    return {CARRIER: {ATTRIBUTE: json.dumps([asdict(one) for one in rescued])}}


def of_attrs(attrs: Mapping[str, Mapping[str, Any]]) -> tuple[Rescue, ...]:
    """The way back from `to_attrs`.

    Raises:
        FolderError: The record isn't one of ours.
    """
    stored = attrs.get(CARRIER, {}).get(ATTRIBUTE)
    if stored is None:
        return ()
    try:
        return tuple(Rescue(**one) for one in json.loads(stored))
    except (TypeError, ValueError) as error:
        raise FolderError(
            "the record of stuck chains in posterior.nc is corrupted",
            expected="what `mediamix fit` wrote",
            got=str(error),
            next_step="fit again into a new folder",
        ) from error
