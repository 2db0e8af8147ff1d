"""Diagnostics of draws as numbers: R-hat, effective sizes, the energy's share of moves.

Source: Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021), Rank-normalization, folding, and
localization: an improved R-hat; Betancourt (2016), Diagnosing suboptimal cotangent
disintegrations (E-BFMI).
"""

from __future__ import annotations

from itertools import chain

import numpy as np
from jaxtyping import Float

from mediamix.core.machine import cores
from mediamix.core.threads import spread

#: Scalars diagnosed in one go: more don't fit a cache.
AT_ONCE = 8
#: What draws must reach to be trusted, and beyond what they can't be used. Divergences: share of draws.
RHAT_OK, RHAT_FAILED = 1.01, 1.05
ESS_OK, ESS_FAILED = 400.0, 100.0
DIVERGENCES_FAILED = 0.01

Chains = Float[np.ndarray, "chain draw"]
Stack = Float[np.ndarray, "scalar chain draw"]
Halves = Float[np.ndarray, "scalar half_chain half_draw"]


def diagnosed(columns: dict[str, Chains]) -> dict[str, tuple[float, float, float]]:
    """R-hat, ESS bulk and ESS tail of every scalar, several at once."""
    names = list(columns)
    groups = [names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE)]

    def numbers(group: list[str]) -> list[tuple[float, float, float]]:
        stack = np.stack([columns[name] for name in group])
        scores = _normal_scores(_split(stack))
        found = zip(_rhats(stack, scores), _ess(scores), _ess_tails(stack), strict=True)
        return [(float(a), float(b), float(c)) for a, b, c in found]

    found = spread(numbers, groups, cores()) if len(groups) > 1 else map(numbers, groups)
    return dict(zip(names, chain.from_iterable(found), strict=True))


def rhat(chains: Chains) -> float:
    """Rank-normalised split R-hat, the larger of bulk and folded."""
    return float(_rhats(chains[None], _normal_scores(_split(chains[None])))[0])


def ess_bulk(chains: Chains) -> float:
    """Effective number of draws for the centre of the distribution."""
    return float(_ess(_normal_scores(_split(chains[None])))[0])


def ess_tail(chains: Chains) -> float:
    """The smaller effective number of draws of the 5 % and 95 % quantiles."""
    return float(_ess_tails(chains[None])[0])


def ebfmi(energy: Chains) -> float:
    """Smallest over chains of ``Σ (E_i − E_{i−1})² / Σ (E_i − Ē)²``; NaN where no chain's energy moves."""
    moving = energy[np.ptp(energy, axis=1) > 0]
    moves = (np.diff(moving, axis=1) ** 2).mean(axis=1)
    return float(np.min(moves / moving.var(axis=1))) if len(moving) else float("nan")


def _split(stack: Stack) -> Halves:
    half = stack.shape[2] // 2
    return np.concatenate([stack[..., :half], stack[..., -half:]], axis=1)


def _normal_scores(stack: Halves) -> Halves:
    """Average ranks turned into normal quantiles (Blom)."""
    flat = stack.reshape(len(stack), -1)
    order = np.argsort(flat, axis=1)
    ordered = np.take_along_axis(flat, order, axis=1)
    place = np.arange(flat.shape[1])
    new = np.ones(flat.shape, dtype=bool)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    first = np.maximum.accumulate(np.where(new, place, 0), axis=1)
    ends = np.ones(flat.shape, dtype=bool)
    ends[:, :-1] = new[:, 1:]
    last = np.minimum.accumulate(np.where(ends, place, len(place))[:, ::-1], axis=1)[:, ::-1]
    rank = np.empty(flat.shape)
    np.put_along_axis(rank, order, (first + last) / 2 + 1, axis=1)
    scores = _normal_quantile((rank - 0.375) / (flat.shape[1] + 0.25))
    return np.asarray(scores.reshape(stack.shape))


def _normal_quantile(p: Float[np.ndarray, "scalar point"]) -> Float[np.ndarray, "scalar point"]:
    from scipy.special import ndtri

    return np.asarray(ndtri(p))


def _rhats(stack: Stack, scores: Halves) -> Float[np.ndarray, " scalar"]:
    folded = np.abs(stack - np.median(stack, axis=(1, 2), keepdims=True))
    bulk, tail = _rhat(scores), _rhat(_normal_scores(_split(folded)))
    return np.where(tail > bulk, tail, bulk)


def _rhat(stack: Halves) -> Float[np.ndarray, " scalar"]:
    n = stack.shape[2]
    within = stack.var(axis=2, ddof=1).mean(axis=1)
    between = n * stack.mean(axis=2).var(axis=1, ddof=1)
    still = within == 0
    ratio = np.sqrt((n - 1) / n + between / (np.where(still, 1.0, within) * n))
    return np.where(still, np.where(between > 0, np.inf, np.nan), ratio)


def _ess_tails(stack: Stack) -> Float[np.ndarray, " scalar"]:
    low, high = np.quantile(stack, (0.05, 0.95), axis=(1, 2))
    sizes = np.stack([_ess(_split((stack <= q[:, None, None]).astype(float))) for q in (low, high)])
    known = np.isfinite(sizes)
    smallest = np.where(known, sizes, np.inf).min(axis=0)
    return np.where(known.any(axis=0), smallest, np.nan)


def _ess(stack: Halves) -> Float[np.ndarray, " scalar"]:
    """Geyer's initial monotone sequence over the chains' combined autocorrelation; NaN of constants."""
    _, m, n = stack.shape
    centred = stack - stack.mean(axis=2, keepdims=True)
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.fft.rfft(centred, size, axis=2)
    power = (spectrum.real**2 + spectrum.imag**2).mean(axis=1)
    covariance = np.fft.irfft(power, size, axis=1)[:, :n] / n
    within = covariance[:, 0] * n / (n - 1)
    pooled = within * (n - 1) / n
    if m > 1:
        pooled = pooled + stack.mean(axis=2).var(axis=1, ddof=1)
    moves = pooled > 0
    scale = np.where(moves, pooled, 1.0)[:, None]
    correlation = 1.0 - (within[:, None] - covariance * n / (n - 1)) / scale
    correlation[:, 0] = 1.0
    pairs = correlation[:, : 2 * (n // 2)].reshape(len(stack), -1, 2).sum(axis=2)
    before_end = np.logical_and.accumulate(pairs > 0, axis=1)
    kept = np.where(before_end, np.minimum.accumulate(pairs, axis=1), 0.0)
    tau = np.maximum(-1.0 + 2.0 * kept.sum(axis=1), 1.0 / np.log10(m * n))
    return np.where(moves, m * n / tau, np.nan)
