"""One world, fitted: what the fit says of each channel, how the sampling went, and which checks spoke."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from mediamix.core.spec import Spec
from mediamix.data.dataset import Dataset
from mediamix.measure.contribution import total_contributions
from mediamix.measure.summary import summarise
from mediamix.measure.treatments import measure_treatments
from mediamix.models.base import Fit
from mediamix.pipeline import fit_model

#: Severities that somebody hears.
LOUD = ("warning", "error")
DIGITS = 6


@dataclass(frozen=True)
class Answer:
    """What a fit says of a world.

    Args:
        channels: Channel → mean, 5 % and 95 % quantile, standard deviation of its contribution in outcome
            units over the window.
        said: Check of the fit → its gravest severity.
        verdict: On the whole fit.
        sampling: On the sampling alone.
        divergences: After tuning.
        rhat: Largest.
        sample_s: Seconds of sampling.
        treatments: Treatment → mean, 5 % and 95 % quantile of its contribution against its reference.
    """

    channels: dict[str, tuple[float, float, float, float]]
    said: dict[str, str]
    verdict: str
    sampling: str
    divergences: int
    rhat: float
    sample_s: float
    treatments: dict[str, tuple[float, float, float]] = field(default_factory=dict)

    @property
    def intervals(self) -> dict[str, tuple[float, float]]:
        """Channel or treatment → 5 % and 95 % quantile."""
        both = {**self.channels, **self.treatments}
        return {name: (values[1], values[2]) for name, values in both.items()}

    def heard(self, checks: tuple[str, ...]) -> bool:
        """Whether one of some checks gave a warning or an error."""
        return any(self.said.get(check) in LOUD for check in checks)

    def to_dict(self) -> dict[str, Any]:
        """For JSON, in few digits."""
        raw = asdict(self)
        for part in ("channels", "treatments"):
            raw[part] = {name: [short(v) for v in values] for name, values in raw[part].items()}
        return raw | {"rhat": short(self.rhat), "sample_s": round(self.sample_s, 3)}

    @staticmethod
    def from_dict(raw: Mapping[str, Any]) -> Answer:
        """What `to_dict` wrote."""
        parts = {
            part: {name: tuple(values) for name, values in raw.get(part, {}).items()}
            for part in ("channels", "treatments")
        }
        return Answer(**{**raw, **parts})


def short(value: float) -> float:
    """Six digits."""
    return float(f"{value:.{DIGITS}g}")


def ask(dataset: Dataset, spec: Spec) -> Answer:
    """Fit and look.

    Raises:
        UserError: The fit is refused.
    """
    return look(fit_model(dataset, spec))


def look(fit: Fit) -> Answer:
    """What is kept of a fit."""
    summary = summarise(fit)
    total_dc = total_contributions(fit)
    low_c, high_c = np.quantile(total_dc, (0.05, 0.95), axis=0)
    columns = zip(total_dc.mean(axis=0), low_c, high_c, total_dc.std(axis=0), strict=True)
    said: dict[str, str] = {}
    for finding in summary.model_findings:
        worst = min(said.get(finding.check, "info"), finding.severity, key=("error", "warning", "info").index)
        said[finding.check] = worst
    return Answer(
        channels={
            name: tuple(map(float, values))  # type: ignore[misc]
            for name, values in zip(fit.dataset.channel_names, columns, strict=True)
        },
        said=said,
        verdict=summary.judged.level,
        sampling=summary.convergence.verdict,
        divergences=summary.convergence.divergences,
        rhat=summary.convergence.rhat_max,
        sample_s=fit.run.seconds["sample_s"],
        treatments={
            one.name: (one.contribution.mean, one.contribution.p5, one.contribution.p95)
            for one in measure_treatments(fit)
        },
    )
