"""What a dataset check is, and how all of them are run.

A check is one file in `checks/`: its thresholds, its test and its advice. It looks at the tables
(what was read) or at the dataset (what was assembled), and yields nothing where what it needs is
not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from mediamix.core.registry import discover
from mediamix.core.spec import Spec
from mediamix.core.types import Finding, Severity
from mediamix.data.dataset import Dataset
from mediamix.data.tables import Tables

_ORDER = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True)
class Evidence:
    """What a check may look at.

    Args:
        tables: As read, or None.
        dataset: As assembled, or None where that wasn't possible.
        spec: What was asked for.
        today: For what can't have happened yet.
    """

    tables: Tables | None
    dataset: Dataset | None
    spec: Spec
    today: date

    @property
    def trained(self) -> Dataset | None:
        """The dataset without the periods that the spec holds out: what a fit learns from."""
        held_out = self.spec.holdout.last
        if self.dataset is None or not 0 < held_out < self.dataset.n_periods:
            return self.dataset
        return first_periods(self.dataset, self.dataset.n_periods - held_out)


@dataclass(frozen=True)
class Check:
    """A question asked of every dataset.

    Args:
        name: Of its findings.
        title: What it looks for, in a few words.
        why: Why it matters for the answer.
        advice: What to do about it.
        find: Yields findings; the two texts above are filled in where a finding has none.
        missing: Whether what it finds are data that aren't there.
    """

    name: str
    title: str
    why: str
    advice: str
    find: Callable[[Evidence], Iterator[Finding]]
    missing: bool = False


def all_checks() -> tuple[Check, ...]:
    """Every check of the folder `checks`, by name."""
    return tuple(discover("mediamix.data.checks", Check).values())


def run_checks(evidence: Evidence) -> tuple[Finding, ...]:
    """The findings of all checks, errors first, then by check."""
    seen = [
        replace(f, check=check.name, why=f.why or check.why, advice=f.advice or check.advice)
        for check in all_checks()
        for f in check.find(evidence)
    ]
    return by_severity(seen)


def by_severity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors first, then warnings, then the rest; else in the given order."""
    return tuple(sorted(findings, key=lambda finding: _ORDER[finding.severity]))


def found(severity: Severity, where: str, message: str, *, advice: str = "") -> Finding:
    """A finding whose check is filled in by `run_checks`."""
    return Finding("", severity, where, message, advice=advice)


def some(items: Iterable[object], most: int = 5) -> str:
    """The first few items, and how many more there are."""
    texts = [str(item) for item in items]
    more = len(texts) - most
    return ", ".join(texts[:most]) + (f" and {more} more" if more > 0 else "")


def first_periods(dataset: Dataset, n: int) -> Dataset:
    """The first `n` periods of a dataset."""
    return replace(
        dataset,
        dates=dataset.dates[:n].copy(),
        outcome_gt=dataset.outcome_gt[:, :n].copy(),
        spend_gtc=dataset.spend_gtc[:, :n].copy(),
        exposure_gtc=dataset.exposure_gtc[:, :n].copy(),
        frequency_gtc=None if dataset.frequency_gtc is None else dataset.frequency_gtc[:, :n].copy(),
        controls_gtk=dataset.controls_gtk[:, :n].copy(),
    )


def is_panel(dataset: Dataset, spec: Spec) -> bool:
    """True if geos are fitted side by side: the spec asks for them and there are several."""
    return spec.geo is not None and len(dataset.geos) > 1


def usual_outcome_g(dataset: Dataset) -> np.ndarray:
    """Mean of the observed outcomes of each geo [geo]; 0 without any."""
    n_g = dataset.observed_gt.sum(axis=1)
    return np.asarray(np.nansum(dataset.outcome_gt, axis=1) / np.maximum(n_g, 1))


def outcome_t(dataset: Dataset) -> np.ndarray:
    """The outcome over all geos per period, as if all of them had been observed [time].

    Where some are missing, the sum of the others is raised by their usual share: a geo that starts
    late is no jump of the business. NaN where nothing is observed.
    """
    observed = dataset.observed_gt
    if observed.all() or len(dataset.geos) == 1:
        return np.asarray(dataset.outcome_gt.sum(axis=0))
    known_gt = np.where(observed, dataset.outcome_gt, 0.0)
    usual_g = usual_outcome_g(dataset)
    usual_t = (observed * usual_g[:, None]).sum(axis=0)
    share_t = np.where(usual_t > 0, usual_t, np.nan) / max(float(usual_g.sum()), 1e-300)
    return np.asarray(known_gt.sum(axis=0) / share_t)


def activity_tc(dataset: Dataset) -> np.ndarray:
    """What shows that a channel was on, over all geos [time, channel]: spend, else exposure."""
    spend, exposure = dataset.spend_gtc.sum(axis=0), dataset.exposure_gtc.sum(axis=0)
    activity: np.ndarray = np.where(spend.sum(axis=0) != 0, spend, exposure)
    return activity
