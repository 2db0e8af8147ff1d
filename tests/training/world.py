"""A shop whose truth is a straight line: a fit of it is known in closed form, and made in no time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from mediamix import pipeline
from mediamix.core.files import write_json, write_text
from mediamix.core.spec import load_spec
from mediamix.data.read import read_spec
from mediamix.ingest.patience import Clock, Patience
from mediamix.project.folder import FIT, PLAN, REPORT, Project
from mediamix.project.record import Record, State
from mediamix.project.runs import moment
from mediamix.training.train import Tools

FIRST = date(2024, 1, 1)
SPEC = """\
data: {media: data/media.csv, outcome: data/outcome.csv}
outcome: {column: revenue, unit: revenue, currency: EUR}
model: {family: linear, linear: {estimator: ols, intervals: exact}}
each_channel: {adstock: {kind: none}, saturation: {kind: none}}
trend: {kind: none}
seasonality: {yearly: 0}
sampler: {chains: 2, draws: 200}
"""
#: What a fit needs that is no fit at all: so few draws that they can't be independent enough.
BROKEN = """\
sampler: {chains: 2, draws: 50, tune: 50, heal: false}
data: {media: data/media.csv, outcome: data/outcome.csv}
outcome: {column: revenue, unit: revenue, currency: EUR}
"""


class Shop:
    """Weeks of two channels; what each euro brings may change from a week on."""

    def __init__(self, root: Path, spec: str = SPEC) -> None:
        self.root, self.spec = root, spec
        rng = np.random.default_rng(5)
        self.spend = {name: rng.uniform(2_000, 8_000, 200).round(2) for name in ("tv", "search")}
        self.roi = {name: np.full(200, roi) for name, roi in (("tv", 2.0), ("search", 3.0))}
        self.noise = rng.normal(0.0, 1_500.0, 200)
        (root / "data").mkdir(parents=True)
        (root / "mediamix.yml").write_text(spec)
        self.project = Project.at(root)

    def day(self, week: int) -> date:
        """First day of a week."""
        return FIRST + timedelta(weeks=week)

    def revenue(self) -> np.ndarray:
        media = sum(self.roi[name] * self.spend[name] for name in self.spend)
        return np.asarray(60_000.0 + media + self.noise).round(2)

    def deliver(self, weeks: int) -> datetime:
        """Write the tables of the first weeks; the Sunday on which they are known."""
        revenue = self.revenue()
        outcome = ["date,revenue", *(f"{self.day(w)},{revenue[w]}" for w in range(weeks))]
        media = ["date,channel,spend"]
        media += [f"{self.day(w)},{name},{of[w]}" for name, of in self.spend.items() for w in range(weeks)]
        (self.root / "data" / "outcome.csv").write_text("\n".join(outcome) + "\n")
        (self.root / "data" / "media.csv").write_text("\n".join(media) + "\n")
        at = self.day(weeks + 1) - timedelta(days=1)
        return datetime(at.year, at.month, at.day, tzinfo=UTC)


def quick(project: Project, record: Record, on_step: object, on_progress: object) -> Record:
    """A run as `project.work` makes it, but for the mart, the refits of checks and the drawn report."""
    folder = project.runs / record.id
    spec = load_spec(project.spec())
    made = pipeline.fit_model(read_spec(spec, project.root), spec, checks=False)
    summary = pipeline.save(made, folder / FIT)
    pipeline.write_plan(pipeline.plan(made, anyway=True), folder / PLAN)
    write_text(folder / REPORT, "<!doctype html><title>a report</title>")
    write_json(folder / "checks.json", {"verdict": summary.judged.to_dict()})
    done = replace(record, state=State.DONE, ended=moment(), verdict=summary.verdict)
    done.write(folder)
    return done


def tools(now: datetime, environment: dict[str, str] | None = None, work: object = quick) -> Tools:
    """No waiting, and time as it is said."""
    return Tools(
        clock=Clock(now=lambda: now, sleep=lambda seconds: None, chance=lambda: 0.5),
        environment=environment or {},
        work=work,  # type: ignore[arg-type]
        patience=Patience(tries=2),
    )
