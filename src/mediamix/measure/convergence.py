"""Can the draws be trusted? Of chains: R-hat, effective sizes, divergences, energy, stuck chains; of
weights: k-hat. Independent draws have nothing to converge.

The numbers are those of `inference.diagnostics`, for quick fits of `inference.psis`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool

from mediamix.core.card import Shown
from mediamix.core.extras import extras_of
from mediamix.core.types import Finding, Severity
from mediamix.inference.diagnostics import (
    DIVERGENCES_FAILED,
    ESS_FAILED,
    ESS_OK,
    RHAT_FAILED,
    RHAT_OK,
    diagnosed,
    ebfmi,
)
from mediamix.inference.draws import Draws
from mediamix.inference.laplace import NEXT_STEP, Importance
from mediamix.inference.record import Healing
from mediamix.inference.stuck import Rescue, of_attrs
from mediamix.measure.indistinct import indistinct
from mediamix.models.base import Fit, Stacked
from mediamix.models.family import family_of
from mediamix.models.scalars import judged

EBFMI_OK = 0.3
#: Divergences are one chain's matter when it holds this share of them, and of how many. Were all four
#: chains alike, five of five in one would be seen in 0.4 % of fits.
ONE_CHAIN_SHARE, ONE_CHAIN_LEAST = 0.9, 5
PARETO_K_OK, PARETO_K_FAILED = 0.5, 0.7
#: `RunInfo.method` of a mixture of fits.
METHOD = "stacked"
#: How independent draws came about, for people.
WORDS = {
    "exact": "drawn exactly from the posterior",
    "stacked": "draws of several models, in proportion to their weights",
    "bootstrap": "refits to data drawn anew in blocks",
    "evolve": "models of a search like the chosen one, drawn with replacement",
}


@dataclass(frozen=True, repr=False)
class Convergence(Shown):
    """The verdict and its numbers.

    Args:
        rhat_max: Largest R-hat over all scalars; NaN without chains (quick fits, independent draws).
        ess_bulk_min: Smallest effective number of draws for means; of quick fits that of the weights, of
            independent draws their number.
        ess_tail_min: The same for the 5 % and 95 % quantiles; NaN for quick fits.
        divergences: Number after tuning.
        ebfmi_min: Smallest energy fraction over chains; NaN for families without NUTS.
        verdict: ``ok``, ``caution`` or ``failed``.
        findings: What is wrong and the next step for each; ``info``: what went wrong and was mended.
        table: Scalar → (R-hat, ESS bulk, ESS tail); empty for quick fits.
        quick: The importance weights of a quick fit; None: sampled by NUTS.
        unjudged: Scalars of single geos that large panels leave out; those in the table are evenly spread.
        method: How draws came about without a sampler of their own (`RunInfo.method`); empty: they have one.
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
    method: str = ""

    @property
    def independent(self) -> bool:
        """Whether no sampler has made the draws, nor those that they are taken from."""
        return bool(self.method) and not self.table and self.quick is None

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
        if self.verdict == "ok" and self.independent:
            how = WORDS.get(self.method, self.method)
            return (
                f"No sampling to judge: {self.ess_bulk_min:,.0f} independent draws ({how}). They say "
                "nothing of whether the model is right."
            )
        if self.verdict == "ok":
            mended = "".join(f" {f.message[:1].upper()}{f.message[1:]}." for f in self.findings)
            return (
                f"The chains agree: R-hat at most {self.rhat_max:.3f}, at least "
                f"{min(self.ess_bulk_min, self.ess_tail_min):,.0f} effective draws, "
                f"{self.divergences} divergences.{mended}"
            )
        strength = "Don't use these numbers yet" if self.verdict == "failed" else "Use with care"
        return f"{about}{strength}: " + "; ".join(f.message for f in self.findings) + "."


@extras_of("mediamix.convergence")
def convergence(fit: Fit) -> Convergence:
    """Diagnose every scalar of the posterior; of a quick fit the importance weights.

    Chains can agree on what only the priors say: channels that no data can tell apart are found too. A fit
    with mediators is as good as the worst of their models and its own.
    """
    if fit.stacked is not None:
        return _of_members(fit.stacked)
    found = _of_one(fit)
    for one in fit.mediators:
        found = _worse(found, _of_one(one), one.dataset.outcome_name)
    return found


def _of_members(stacked: Stacked) -> Convergence:
    """As good as the worst of the members."""
    nothing = (math.nan, math.nan, math.nan, 0, math.nan)
    found = Convergence(*nothing, verdict="ok", findings=(), table={})
    for name, one in zip(stacked.names, stacked.members, strict=True):
        found = _worse(found, convergence(one), name)
    return replace(found, method=METHOD)


def _of_one(fit: Fit) -> Convergence:
    """`convergence` of the outcome's model, or of a mediator's."""
    same = indistinct(fit)
    if fit.run.method:
        return _with(_independent(fit), [*same, *family_of(fit).findings(fit)])
    if fit.run.quick is not None:
        return _with(_of_weights(fit.run.quick), same)
    told = [] if fit.run.healing is None else [_sampled_again(fit.run.healing)]
    if fit.run.thinned > 1:
        told.append(_thinned(fit))
    return _with(diagnose(fit.posterior, fit.stats), [*same, *told])


def _independent(fit: Fit) -> Convergence:
    """Of draws that no chain has made: as many as there are, and nothing to disagree."""
    nothing = (math.nan, float(fit.n_draws), math.nan, 0, math.nan)
    return Convergence(*nothing, verdict="ok", findings=(), table={}, method=fit.run.method)


def _worse(found: Convergence, other: Convergence, name: str) -> Convergence:
    """The verdict on two models together, the second one's findings and scalars under its name."""
    told = [replace(f, where=f"{name}: {f.where}", message=f"{f.message} ({name})") for f in other.findings]
    pair = [quick for quick in (found.quick, other.quick) if quick is not None]
    return _with(
        replace(
            found,
            rhat_max=float(np.fmax(found.rhat_max, other.rhat_max)),
            ess_bulk_min=float(np.fmin(found.ess_bulk_min, other.ess_bulk_min)),
            ess_tail_min=float(np.fmin(found.ess_tail_min, other.ess_tail_min)),
            divergences=found.divergences + other.divergences,
            ebfmi_min=float(np.fmin(found.ebfmi_min, other.ebfmi_min)),
            table={**found.table, **{f"{name}: {scalar}": row for scalar, row in other.table.items()}},
            quick=max(pair, key=lambda quick: quick.pareto_k) if pair else None,
            unjudged=found.unjudged + other.unjudged,
        ),
        told,
    )


def _with(found: Convergence, more: list[Finding]) -> Convergence:
    """With further findings, and the verdict that follows from all."""
    if not more:
        return found
    findings = [*found.findings, *more]
    return replace(found, findings=tuple(findings), verdict=_verdict(findings))


def _sampled_again(healing: Healing) -> Finding:
    """What was done about a fit that didn't end well; what remains is said by the other findings."""
    return Finding(
        "healing",
        "info",
        "sampler",
        healing.message,
        "the numbers are those of the better run" if healing.attempts else "the numbers are those of one run",
        healing.next_step,
    )


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
    columns, unjudged = judged(posterior)
    table = diagnosed({name: chains for name, chains in columns.items() if np.ptp(chains) > 0})
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
