"""The answer of a fit in one record: `summary.json` and what the report prints."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

from mediamix.core.blas import alone
from mediamix.core.card import Shown
from mediamix.core.extras import extras_of
from mediamix.core.stretch import Stretch
from mediamix.core.types import Finding
from mediamix.measure.checking import Evidence, run_checks
from mediamix.measure.contribution import (
    ChannelMeasure,
    measure_channels,
    outcome_total,
    total_baseline,
    total_contributions,
)
from mediamix.measure.convergence import Convergence, convergence
from mediamix.measure.gather import gather
from mediamix.measure.geos import Geos, measure_geos
from mediamix.measure.interval import Interval
from mediamix.measure.overlap import known, learned
from mediamix.measure.quality import NO_SCORE, Fitted, Quality, fitted
from mediamix.measure.treatments import TreatmentMeasure, measure_treatments
from mediamix.measure.verdict import Verdict, judge
from mediamix.models.base import Fit


@dataclass(frozen=True, repr=False)
class Summary(Shown):
    """Everything that is said about a fit in numbers.

    Args:
        outcome_name: Column that is explained.
        outcome_unit: Currency, or the name of what is counted.
        outcome_total: Over the window.
        currency: Of spend.
        has_value: Whether the outcome is money or has a value in it: only then there is a ROI.
        window: Periods that totals are over.
        channels: In the dataset's order.
        media: Contribution of all channels together.
        media_share: Of the outcome.
        baseline: Outcome with all media at zero.
        quality: Scores.
        convergence: Verdict of the sampling.
        model_findings: What the checks of the fit found: implausible answers, misfit, what is only the
            prior.
        data_findings: Warnings of the data checks that travel with the fit.
        seconds: Timing by stage.
        geos: Every geo of a panel; None: national.
        evidence: Channel → what the data said of it, see `measure.overlap.known`.
        learned: Channel → parameter → what was believed before and after: see `measure.overlap.learned`.
        treatments: What is set rather than bought, against its reference; part of the baseline.
    """

    outcome_name: str
    outcome_unit: str
    outcome_total: float
    currency: str
    has_value: bool
    window: Stretch
    channels: tuple[ChannelMeasure, ...]
    media: Interval
    media_share: Interval
    baseline: Interval
    quality: Quality
    convergence: Convergence
    model_findings: tuple[Finding, ...]
    data_findings: tuple[Finding, ...]
    seconds: dict[str, float]
    geos: Geos | None = None
    evidence: Mapping[str, Mapping[str, float | bool]] = field(default_factory=dict)
    learned: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    treatments: tuple[TreatmentMeasure, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that was noticed: of the sampling, the answer and the data."""
        return (*self.convergence.findings, *self.model_findings, *self.data_findings)

    @cached_property
    def judged(self) -> Verdict:
        """The verdict of all findings, with its sentence, reasons and next steps."""
        quick = self.convergence.quick
        return judge(
            self.findings,
            held_out=self.quality.holdout is not None,
            pareto_k=None if quick is None else quick.pareto_k,
        )

    @property
    def verdict(self) -> str:
        """``ok``, ``caution`` or ``failed``."""
        return self.judged.level

    @property
    def only_prior(self) -> tuple[str, ...]:
        """Channels whose numbers are their priors'."""
        return tuple(name for name, known in self.evidence.items() if known["only_prior"])

    def to_dict(self) -> dict[str, Any]:
        """The contract's `summary.json`; further keys are additions."""
        sampling, quick = self.convergence, self.convergence.quick
        further: dict[str, Any] = {}
        if self.geos is not None:
            further = {"geos": self.geos.to_dict(), "geos_note": self.geos.note}
        if self.treatments:
            further["treatments"] = {m.name: m.to_dict() for m in self.treatments}
        return {
            "verdict": self.judged.to_dict(),
            "outcome": {"name": self.outcome_name, "unit": self.outcome_unit, "total": self.outcome_total},
            "currency": self.currency,
            "window": asdict(self.window),
            "channels": {
                m.name: _channel(m, self.evidence, self.learned, value=self.has_value) for m in self.channels
            },
            "media": {"contribution": self.media.to_dict(), "share": self.media_share.to_dict()},
            "baseline": self.baseline.to_dict(),
            "fit": {
                "r2": _number(self.quality.trained.r2),
                "mape": _number(self.quality.trained.mape),
                "mape_left_out": self.quality.trained.mape_left_out,
                "wmape": _number(self.quality.trained.wmape),
                "coverage90": _number(self.quality.trained.coverage90),
                "holdout": (self.quality.holdout or NO_SCORE).to_dict(),
            },
            "diagnostics": {
                "method": sampling.method or ("nuts" if quick is None else "quick"),
                "rhat_max": _number(sampling.rhat_max),
                "ess_bulk_min": sampling.ess_bulk_min,
                "ess_tail_min": _number(sampling.ess_tail_min),
                "pareto_k": None if quick is None else _number(quick.pareto_k),
                "divergences": sampling.divergences,
                "verdict": self.verdict,
                "sentence": self.judged.sentence,
                "sampling": {"verdict": sampling.verdict, "sentence": sampling.sentence},
                "findings": [finding.to_dict() for finding in self.findings],
            },
            "timing": self.seconds,
            **further,
        }


def _number(value: float) -> float | None:
    """JSON has no NaN and no infinity."""
    return value if math.isfinite(value) else None


def _channel(
    m: ChannelMeasure,
    evidence: Mapping[str, Mapping[str, float | bool]],
    learned: Mapping[str, Mapping[str, Any]],
    *,
    value: bool,
) -> dict[str, Any]:
    optional = {"cost_per_unit": m.cost_per_unit}
    if value:
        optional = {"roi": m.roi, "mroi": m.mroi, **optional}
    return {
        "kind": m.kind,
        "spend": m.spend,
        "contribution": m.contribution.to_dict(),
        "share": m.share.to_dict(),
        **{name: None if value is None else value.to_dict() for name, value in optional.items()},
        "half_life": m.half_life.to_dict(),
        "evidence": {"probability_nothing": m.nothing, **evidence.get(m.name, {})},
        "parameters": learned.get(m.name, {}),
    }


@extras_of("mediamix.summarise")
@alone()
def summarise(fit: Fit, outcome: Fitted | None = None) -> Summary:
    """Measure a fit. `outcome` saves computing the fitted outcome twice."""
    total = outcome_total(fit)
    media = total_contributions(fit).sum(axis=1)
    baseline = total_baseline(fit)
    outcome = outcome or fitted(fit)
    evidence = gather(fit, outcome)
    return Summary(
        outcome_name=fit.dataset.outcome_name,
        outcome_unit=fit.dataset.outcome_unit,
        outcome_total=total,
        currency=fit.dataset.currency,
        has_value=fit.dataset.worth is not None,
        window=fit.dataset.stretch(),
        channels=tuple(measure_channels(fit, total)),
        media=Interval.of(media),
        media_share=Interval.of(media / total),
        baseline=Interval.of(baseline),
        quality=evidence.quality,
        convergence=convergence(fit),
        model_findings=trust_findings(fit, evidence),
        data_findings=fit.dataset.findings,
        seconds=dict(fit.run.seconds),
        geos=measure_geos(fit),
        evidence={c.name: known(c) for c in evidence.channels},
        learned={c.name: learned(c) for c in evidence.channels},
        treatments=tuple(measure_treatments(fit)),
    )


def trust_findings(fit: Fit, evidence: Evidence) -> tuple[Finding, ...]:
    """What the checks find in a fit; of a stack also in its members, under their names."""
    found = list(run_checks(evidence))
    if fit.stacked is None:
        return tuple(found)
    named: dict[tuple[str, str, str], tuple[Finding, list[str]]] = {}
    for name, one in zip(fit.stacked.names, fit.stacked.members, strict=True):
        for finding in run_checks(gather(one)):
            key = (finding.check, finding.severity, finding.where)
            named.setdefault(key, (finding, []))[1].append(name)
    for finding, names in named.values():
        found.append(replace(finding, message=f"{finding.message} ({', '.join(names)})"))
    return tuple(found)


def summary_of(fit: Fit) -> Summary:
    """`summarise`, once per fit: it is kept with it."""
    if "summary" not in fit.memo:
        fit.memo["summary"] = summarise(fit)
    found: Summary = fit.memo["summary"]
    return found


def verdict_of(fit: Fit) -> Verdict:
    """The verdict that a fit was saved with, else that of its summary."""
    if "verdict" not in fit.memo:
        fit.memo["verdict"] = summary_of(fit).judged
    found: Verdict = fit.memo["verdict"]
    return found


def remember(fit: Fit, verdict: Verdict) -> None:
    """Keep with a fit the verdict that stands in its folder."""
    fit.memo["verdict"] = verdict
