"""Can the draws be trusted? Of chains: R-hat, effective sizes, divergences, energy, stuck chains; of
weights: k-hat. Independent draws have nothing to converge.

The numbers are those of `inference.diagnostics`, for quick fits of `inference.psis`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from mediamix.core.card import Shown
from mediamix.core.extras import extras_of
from mediamix.core.types import Finding
from mediamix.inference.diagnostics import diagnosed, ebfmi
from mediamix.inference.draws import Draws
from mediamix.inference.laplace import Importance
from mediamix.inference.stuck import of_attrs
from mediamix.measure.indistinct import indistinct
from mediamix.measure.sampler_findings import (
    NOTHING_MOVED,
    of_chains,
    of_sampler,
    of_weights,
    sampled_again,
    stuck,
    thinned,
)
from mediamix.models.base import Fit, Stacked
from mediamix.models.family import family_of
from mediamix.models.scalars import judged

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
    told = [] if fit.run.healing is None else [sampled_again(fit.run.healing)]
    if fit.run.thinned > 1:
        told.append(thinned(fit))
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
    findings = [stuck(one) for one in ([] if stats is None else of_attrs(stats.attrs))]
    findings += of_chains(table) if table else [NOTHING_MOVED]
    diverging, energy = 0, math.nan
    if stats is not None:
        diverging, energy = int(stats["diverging"].sum()), ebfmi(stats["energy"])
        findings += of_sampler(stats["diverging"], energy)
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


def _of_weights(quick: Importance) -> Convergence:
    """The verdict on importance weights: R-hat and divergences say nothing about them."""
    findings = of_weights(quick)
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
