"""Can the draws be trusted? Of chains: R-hat, effective sizes, divergences, energy, stuck chains; of
weights: k-hat.

Source: Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021), Rank-normalization, folding, and
localization: an improved R-hat; Betancourt (2016), Diagnosing suboptimal cotangent
disintegrations (E-BFMI); for quick fits `inference.psis`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from mediamix.core.types import Finding, Severity
from mediamix.inference.draws import Draws
from mediamix.inference.laplace import NEXT_STEP, Importance
from mediamix.inference.stuck import Rescue, of_attrs
from mediamix.measure.thinning import thinned_rows
from mediamix.models.base import Fit
from mediamix.models.posterior import INTEGRATED

RHAT_OK, RHAT_FAILED = 1.01, 1.05
ESS_OK, ESS_FAILED = 400.0, 100.0
DIVERGENCES_FAILED = 0.01
EBFMI_OK = 0.3
#: Divergences are one chain's matter when it holds this share of them, and of how many. Were all four
#: chains alike, five of five in one would be seen in 0.4 % of fits.
ONE_CHAIN_SHARE, ONE_CHAIN_LEAST = 0.9, 5
PARETO_K_OK, PARETO_K_FAILED = 0.5, 0.7

#: From this many scalars on, those of single geos are judged by an evenly spread part, this large.
MANY_SCALARS, MOST_OF_GEOS = 400, 200
#: Scalars diagnosed in one go: more don't fit a cache.
AT_ONCE = 8

Chains = Float[np.ndarray, "chain draw"]
Stack = Float[np.ndarray, "scalar chain draw"]
Halves = Float[np.ndarray, "scalar half_chain half_draw"]


@dataclass(frozen=True)
class Convergence:
    """The verdict and its numbers.

    Args:
        rhat_max: Largest R-hat over all scalars; NaN for quick fits, which have no chains.
        ess_bulk_min: Smallest effective number of draws for means; of quick fits that of the weights.
        ess_tail_min: The same for the 5 % and 95 % quantiles; NaN for quick fits.
        divergences: Number after tuning.
        ebfmi_min: Smallest energy fraction over chains; NaN for families without NUTS.
        verdict: ``ok``, ``caution`` or ``failed``.
        findings: What is wrong and the next step for each; ``info``: what went wrong and was mended.
        table: Scalar → (R-hat, ESS bulk, ESS tail); empty for quick fits.
        quick: The importance weights of a quick fit; None: sampled by NUTS.
        unjudged: Scalars of single geos that large panels leave out; those in the table are evenly spread.
    """

    rhat_max: float
    ess_bulk_min: float
    ess_tail_min: float
    divergences: int
    ebfmi_min: float
    verdict: str
    findings: tuple[Finding, ...]
    table: dict[str, tuple[float, float, float]]
    quick: Importance | None = None
    unjudged: int = 0

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        about = ""
        if self.quick is not None:
            about = f"A quick fit, Pareto k-hat {self.quick.pareto_k:.2f}"
            if self.verdict == "ok":
                return (
                    f"{about}, worth {self.quick.ess:,.0f} independent draws: good enough to explore. "
                    "Intervals can be a tenth too narrow: fit without --quick before money moves."
                )
            about += ". "
        if self.verdict == "ok":
            mended = "".join(f" {f.message[:1].upper()}{f.message[1:]}." for f in self.findings)
            return (
                f"The chains agree: R-hat at most {self.rhat_max:.3f}, at least "
                f"{min(self.ess_bulk_min, self.ess_tail_min):,.0f} effective draws, "
                f"{self.divergences} divergences.{mended}"
            )
        strength = "Don't use these numbers yet" if self.verdict == "failed" else "Use with care"
        return f"{about}{strength}: " + "; ".join(f.message for f in self.findings) + "."


def convergence(fit: Fit) -> Convergence:
    """Diagnose every scalar of the posterior; of a quick fit the importance weights."""
    if fit.run.quick is not None:
        return _of_weights(fit.run.quick)
    found = diagnose(fit.posterior, fit.stats)
    if fit.run.thinned == 1:
        return found
    return replace(found, findings=(*found.findings, _thinned(fit)))


def _thinned(fit: Fit) -> Finding:
    return Finding(
        "thinned",
        "info",
        "sampler",
        f"one of every {fit.run.thinned} draws was kept ({fit.n_draws:,} in all): not all fit into memory",
        "intervals carry a little more Monte Carlo error",
        "fit on a machine with more memory to keep all",
    )


def diagnose(posterior: Draws, stats: Draws | None) -> Convergence:
    """Diagnose chains.

    Args:
        posterior: Every scalar of it is judged, constants left out; where a panel has very many, all that
            are sampled or pooled and an evenly spread part of those of single geos.
        stats: The sampler's ``diverging`` and ``energy`` per draw, with the record of stuck chains in
            its attributes; None for families without a sampler.

    Raises:
        FolderError: The record of stuck chains is corrupted.
    """
    columns, unjudged = _judged(posterior)
    table = _diagnosed({name: chains for name, chains in columns.items() if np.ptp(chains) > 0})
    findings = [_stuck(one) for one in ([] if stats is None else of_attrs(stats.attrs))]
    findings += _findings(table) if table else [_NOTHING_MOVED]
    diverging, energy = 0, math.nan
    if stats is not None:
        diverging, energy = int(stats["diverging"].sum()), ebfmi(stats["energy"])
        findings += _of_sampler(stats["diverging"], energy)
    return Convergence(
        rhat_max=max((row[0] for row in table.values()), default=math.nan),
        ess_bulk_min=min((row[1] for row in table.values()), default=0.0),
        ess_tail_min=min((row[2] for row in table.values()), default=0.0),
        divergences=diverging,
        ebfmi_min=energy,
        verdict=_verdict(findings),
        findings=tuple(findings),
        table=table,
        unjudged=unjudged,
    )


def _judged(posterior: Draws) -> tuple[dict[str, Chains], int]:
    """Scalars to diagnose, and the number of those left out."""
    columns = posterior.columns()
    if len(columns) <= MANY_SCALARS:
        return columns, 0
    single: list[str] = []
    for name, dims in posterior.dims.items():
        if "geo" not in dims or posterior.attrs.get(name, {}).get("drawn") != INTEGRATED:
            continue
        sizes = [len(posterior.coords[dim]) for dim in dims]
        # The geos of one channel side by side: an even choice then takes some of every channel.
        order = np.moveaxis(np.arange(math.prod(sizes)).reshape(sizes), dims.index("geo"), -1).ravel()
        labels = [label for label in columns if label.startswith(f"{name}[")]
        single += [labels[i] for i in order]
    chosen = {single[i] for i in thinned_rows(len(single), MOST_OF_GEOS)}
    left_out = set(single) - chosen
    return {name: chains for name, chains in columns.items() if name not in left_out}, len(left_out)


def _diagnosed(columns: dict[str, Chains]) -> dict[str, tuple[float, float, float]]:
    """R-hat, ESS bulk and ESS tail of every scalar, several at once."""
    table: dict[str, tuple[float, float, float]] = {}
    names = list(columns)
    for start in range(0, len(names), AT_ONCE):
        some = names[start : start + AT_ONCE]
        stack = np.stack([columns[name] for name in some])
        scores = _normal_scores(_split(stack))
        numbers = zip(some, _rhats(stack, scores), _ess(scores), _ess_tails(stack), strict=True)
        table.update({name: (float(a), float(b), float(c)) for name, a, b, c in numbers})
    return table


def _verdict(findings: list[Finding]) -> str:
    severities = {finding.severity for finding in findings}
    return "failed" if "error" in severities else "caution" if "warning" in severities else "ok"


#: Every draw of every chain is the same point.
_NOTHING_MOVED = Finding(
    "rhat",
    "error",
    "sampler",
    "no chain has moved",
    "there is one draw, not a distribution",
    "raise sampler.tune, or change sampler.seed",
)


def _stuck(one: Rescue) -> Finding:
    """What happened to a stuck chain.

    A sunken chain that was replaced is no more than told, if two good ones had found the same without
    it: its place has no mass. A frozen one says that the sampler has trouble here.
    """
    told = one.kind == "sunken" and one.good >= 2
    severity: Severity = "error" if not one.rescued else "info" if told else "warning"
    return Finding(
        "stuck_chain",
        severity,
        f"chain {one.chain + 1}",
        one.message,
        "its draws were not of the posterior" if one.rescued else "its draws are in the numbers",
        "nothing to do if the chains agree now; sampler.seed changed should give the same answer"
        if one.rescued
        else "raise sampler.tune and change sampler.seed; if it stays, tighten the priors of the channels",
    )


def _of_weights(quick: Importance) -> Convergence:
    """The verdict on importance weights: R-hat and divergences say nothing about them."""
    findings = _weight_findings(quick)
    return Convergence(
        rhat_max=math.nan,
        ess_bulk_min=quick.ess,
        ess_tail_min=math.nan,
        divergences=0,
        ebfmi_min=math.nan,
        verdict=_verdict(findings),
        findings=tuple(findings),
        table={},
        quick=quick,
    )


def _weight_findings(quick: Importance) -> list[Finding]:
    found = []
    if not quick.pareto_k <= PARETO_K_OK:
        bad = not quick.pareto_k <= PARETO_K_FAILED
        limit = PARETO_K_FAILED if bad else PARETO_K_OK
        found.append(
            Finding(
                "pareto_k",
                "error" if bad else "warning",
                "quick mode",
                f"Pareto k-hat of the quick approximation is {quick.pareto_k:.2f} (above {limit})",
                "the approximation misses part of the posterior" if bad else "rare draws carry much weight",
                NEXT_STEP,
            )
        )
    if not quick.ess >= ESS_OK:
        found.append(
            Finding(
                "ess",
                "error" if not quick.ess >= ESS_FAILED else "warning",
                "quick mode",
                f"the quick draws are worth {quick.ess:,.0f} independent ones (wanted: {ESS_OK:,.0f})",
                "intervals carry visible Monte Carlo error",
                NEXT_STEP,
            )
        )
    if quick.peaks > 1:
        found.append(
            Finding(
                "peaks",
                "warning",
                "quick mode",
                f"the posterior has {quick.peaks} peaks of similar height, and a quick fit sees one",
                "what the data also allow may be missing from the intervals",
                NEXT_STEP,
            )
        )
    return found


def _findings(table: dict[str, tuple[float, float, float]]) -> list[Finding]:
    """What the worst R-hat and the fewest effective draws say."""
    found = []
    rhat_worst = max(table, key=lambda name: table[name][0])
    worst = table[rhat_worst][0]
    if not worst <= RHAT_OK:
        found.append(
            Finding(
                "rhat",
                "error" if not worst <= RHAT_FAILED else "warning",
                rhat_worst,
                f"R-hat of {rhat_worst} is {worst:.4f} (wanted: at most {RHAT_OK})",
                "the chains have not found the same distribution",
                "raise sampler.tune and sampler.draws; if it stays, tighten the prior of this channel",
            )
        )
    ess_worst = min(table, key=lambda name: min(table[name][1:]))
    smallest = min(table[ess_worst][1:])
    if not smallest >= ESS_OK:
        found.append(
            Finding(
                "ess",
                "error" if not smallest >= ESS_FAILED else "warning",
                ess_worst,
                f"only {smallest:,.0f} effective draws (wanted: at least {ESS_OK:,.0f})",
                "intervals carry visible Monte Carlo error",
                "raise sampler.draws",
            )
        )
    return found


def _of_sampler(diverging: Bool[np.ndarray, "chain draw"], energy: float) -> list[Finding]:
    """What divergences and the energy fraction say."""
    found = []
    count = int(diverging.sum())
    if count:
        found.append(
            Finding(
                "divergences",
                "error" if count > DIVERGENCES_FAILED * diverging.size else "warning",
                "sampler",
                f"{count} of {diverging.size:,} draws diverged{_in_one_chain(diverging)}",
                "the sampler could not follow the posterior's shape there: draws may be biased",
                "raise sampler.tune; check collinear or nearly empty channels, tighten their priors",
            )
        )
    if energy < EBFMI_OK:
        found.append(
            Finding(
                "energy",
                "warning",
                "sampler",
                f"the energy fraction (E-BFMI) is {energy:.2f} (wanted: at least {EBFMI_OK})",
                "heavy tails are explored slowly",
                "tighten priors, or raise sampler.draws",
            )
        )
    return found


def _in_one_chain(diverging: Bool[np.ndarray, "chain draw"]) -> str:
    """The chain that holds nearly all divergences, in words; empty where none does."""
    per_chain = diverging.sum(axis=1)
    worst, count = int(per_chain.argmax()), int(per_chain.sum())
    alike = len(per_chain) < 2 or count < ONE_CHAIN_LEAST or per_chain[worst] < ONE_CHAIN_SHARE * count
    if alike:
        return ""
    part = "all" if per_chain[worst] == count else f"{per_chain[worst]:,}"
    return f", {part} of them in chain {worst + 1}"


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
