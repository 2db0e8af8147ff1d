"""Every producer of a number × everything that shows it: the same unit, window and verdict.

Producers: fits of a count with and without value, of euros and of dollars, with each of the three verdicts.
Consumers: text and JSON of the commands, the plan's file, the flight's file, the forecast, the report, cards,
tables. The verdict is made by a finding of the data, so that it doesn't hinge on any draw.
"""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mediamix as mm
from mediamix.cli import main
from mediamix.core.types import Channel, Every, Finding
from mediamix.data.dataset import Dataset

WEEKS = 110
WINDOW = "110 weeks (2022-01-03 to 2024-02-11)"
AHEAD = "4 weeks (2024-02-12 to 2024-03-10)"
SPEC = mm.Spec(sampler={"chains": 2, "draws": 200, "tune": 200, "seed": 5})


@dataclass(frozen=True)
class Producer:
    """A fit in a folder, and what everything that is made of it has to say.

    Args:
        unit: Of the outcome, as it stands in columns.
        verdict: Its level.
        has_value: Whether there may be a ROI.
    """

    folder: Path
    fit: mm.Fit
    currency: str
    unit: str
    verdict: str
    has_value: bool


CASES: dict[str, tuple[dict[str, Any], str]] = {
    "count with value": ({"unit": "count", "currency": "EUR", "value_per_unit": 120.0}, "failed"),
    "count without value": ({"unit": "count", "currency": "USD"}, "caution"),
    "euros": ({"unit": "revenue", "currency": "EUR"}, "failed"),
    "dollars": ({"unit": "revenue", "currency": "USD"}, "caution"),
}


def dataset(verdict: str, outcome: dict[str, Any]) -> Dataset:
    """Two channels in flights and an outcome that follows them, in orders or in money."""
    rng = np.random.default_rng(8)
    spend = np.where(rng.random((1, WEEKS, 2)) < 0.6, rng.gamma(4.0, 300.0, (1, WEEKS, 2)), 0.0)
    orders = 90.0 + 0.012 * spend[0] @ np.array([1.0, 0.6]) + rng.normal(0, 4.0, WEEKS)
    scale = 1.0 if outcome["unit"] == "count" else 110.0
    severity = {"failed": "error", "caution": "warning"}[verdict]
    finding = Finding("made", severity, "tv", "something is wrong with it", "", "mend it")  # type: ignore[arg-type]
    return Dataset(
        dates=np.datetime64("2022-01-03") + 7 * np.arange(WEEKS),
        every=Every.WEEK,
        geos=("national",),
        channels=(Channel("tv"), Channel("search")),
        outcome_name="orders" if scale == 1.0 else "revenue",
        outcome_gt=orders[None] * scale,
        spend_gtc=spend,
        exposure_gtc=spend,
        controls_gtk=np.zeros((1, WEEKS, 0)),
        findings=(finding,),
        **outcome,
    )


@pytest.fixture(scope="module", params=list(CASES))
def producer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Producer]:
    """A fit that was saved and read again."""
    outcome, verdict = CASES[request.param]
    folder = tmp_path_factory.mktemp("pair") / "fit"
    mm.save(mm.fit(dataset(verdict, outcome), SPEC), folder)
    fit = mm.load(folder)
    count = outcome["unit"] == "count"
    # Sampling may object, too; of few draws it may even fail.
    level = mm.summarise(fit).verdict
    assert level == "failed" or (level, verdict) == ("caution", "caution")
    return Producer(
        folder,
        fit,
        outcome["currency"],
        "orders" if count else outcome["currency"],
        level,
        not count or "value_per_unit" in outcome,
    )


def said(*words: object) -> tuple[int, str, str]:
    """Code, stdout and stderr of a command."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([str(word) for word in words])
    return code, out.getvalue(), err.getvalue()


def keys_of(raw: object) -> set[str]:
    """All keys in JSON."""
    if isinstance(raw, dict):
        return set(raw).union(*(keys_of(part) for part in raw.values()))
    return set().union(*(keys_of(part) for part in raw)) if isinstance(raw, list) else set()


COMMANDS: dict[str, tuple[tuple[str, ...], str]] = {
    "evaluate": (("evaluate",), WINDOW),
    "optimize": (("optimize", "--anyway"), WINDOW),
    "sweep": (
        ("optimize", "--anyway", "--sweep", "0.8,1.2", "--steps", "3", "--frontier", "--tests"),
        WINDOW,
    ),
    "last": (("optimize", "--anyway", "--last", "52"), "52 weeks (2023-02-13 to 2024-02-11)"),
    "flight": (("flight", "--anyway", "--weeks", "4"), AHEAD),
    "predict": (("predict", "--anyway", "--periods", "4"), AHEAD),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_text_names_unit_window_and_verdict(producer: Producer, name: str) -> None:
    (command, *options), window = COMMANDS[name]
    code, out, err = said(command, producer.folder, *options)
    assert code == 0, err
    text = " ".join(out.split())
    assert window in text
    assert str(mm.summarise(producer.fit).judged) in (out if command == "evaluate" else err)
    if command != "predict":
        assert f"spend, {producer.currency}" in text or f"plan, {producer.currency}" in text
        # A heading may stand on two lines: "brings," above "orders".
        assert f", {producer.unit} " in text or ("brings," in text and f" {producer.unit} " in text)
        assert ("ROI" in text) == producer.has_value
        assert ("cost per unit" in text) == (not producer.has_value)
    else:
        assert f"{producer.unit} " in text


@pytest.mark.parametrize("name", COMMANDS)
def test_json_holds_the_same(producer: Producer, name: str) -> None:
    (command, *options), window = COMMANDS[name]
    code, out, err = said(command, producer.folder, *options, "--json")
    assert code == 0, err
    raw = json.loads(out)
    shown = raw["window"]
    assert f"{shown['periods']} {shown['every']}s ({shown['start']} to {shown['end']})" == window
    assert raw["currency"] == producer.currency
    unit = raw["outcome"]["unit"] if command in ("evaluate", "predict") else raw["unit"]
    assert unit == producer.unit
    assert raw["verdict"] == mm.summarise(producer.fit).judged.to_dict()
    if not producer.has_value:
        assert not {key for key in keys_of(raw) if re.fullmatch(r"m?roi(_.*)?", key)}
    if command != "evaluate":
        run = producer.fit.run
        assert raw["fit"] == {
            "data": run.data_hash, "spec": run.spec_hash, "seed": run.seed, "method": "nuts"
        }  # fmt: skip


@pytest.mark.parametrize(
    "command", [("optimize",), ("flight", "--weeks", "4"), ("predict", "--periods", "4")]
)
def test_a_failed_fit_is_refused_and_nothing_written(
    producer: Producer, command: tuple[str, ...], tmp_path: Path
) -> None:
    suffix = "json" if command[0] == "optimize" else "csv"
    code, out, err = said(command[0], producer.folder, *command[1:], "--out", tmp_path / f"x.{suffix}")
    failed = producer.verdict == "failed"
    assert code == (2 if failed else 0), err
    assert bool(list(tmp_path.iterdir())) != failed
    assert ("something is wrong with it" in err.lower()) == failed
    assert "Next: mediamix optimize" not in out


@pytest.fixture(scope="module")
def plan(producer: Producer) -> Path:
    """A plan in a file."""
    path = producer.folder.parent / "plan.json"
    if not path.exists():
        code, _, err = said("optimize", producer.folder, "--anyway", "--last", "52", "--out", path)
        assert code == 0, err
    return path


def test_the_plans_file_and_card_hold_the_same(producer: Producer, plan: Path) -> None:
    raw = json.loads(plan.read_text(encoding="utf-8"))
    made = mm.Plan.from_dict(raw)
    assert made.to_dict() == raw
    assert made.origin is not None
    assert made.origin.verdict == mm.summarise(producer.fit).judged
    assert str(made.origin.window) == "52 weeks (2023-02-13 to 2024-02-11)"
    assert (made.currency, made.unit, made.has_value) == (
        producer.currency,
        producer.unit,
        producer.has_value,
    )
    card = repr(made)
    assert f"over {made.origin.window}" in " ".join(card.split())
    assert made.origin.verdict.sentence in card
    assert ("ROI" in card) == producer.has_value
    header = plan.with_suffix(".csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert ("roi" in header, "mroi" in header) == (producer.has_value, producer.has_value)
    assert ("cost_per_unit" in header) != producer.has_value


def test_money_is_value_times_units(producer: Producer, plan: Path) -> None:
    """ROI of a plan and of its fit are of the same money: value × contribution / spend."""
    made = mm.Plan.from_dict(json.loads(plan.read_text(encoding="utf-8")))
    worth = producer.fit.dataset.value_per_unit or 1.0
    for part in made.channels.values():
        assert part.marginal.mean >= 0
        if not producer.has_value:
            assert part.roi is part.mroi is None
            continue
        assert part.roi is not None
        assert part.mroi is not None
        assert part.roi.mean == pytest.approx(worth * part.contribution.mean / part.spend, rel=1e-9)
        assert part.mroi.mean == pytest.approx(worth * part.marginal.mean, rel=1e-9)
    table = mm.roi(producer.fit)
    assert ("roi_mean" in table, "mroi_mean" in table) == (producer.has_value, producer.has_value)


def test_the_report_holds_the_same(producer: Producer, plan: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    code, _, err = said("report", producer.folder, "--plan", plan, "--out", page)
    assert code == 0, err
    text = html.unescape(page.read_text(encoding="utf-8")).replace("\u00a0", " ")
    verdict = mm.summarise(producer.fit).judged
    assert verdict.sentence in text
    assert all(reason in text for reason in verdict.reasons)
    assert "over 52 weeks (2023-02-13 to 2024-02-11)" in text
    assert f"over {WINDOW}" in text
    assert ("No recommendation yet" in text) == (producer.verdict == "failed")
    assert ("Marginal ROI (90% interval)" in text) == producer.has_value
    roi = (tmp_path / "report_tables" / "roi.csv").read_text(encoding="utf-8").splitlines()[0]
    assert ("roi_mean" in roi.split(",")) == producer.has_value


ASKED: dict[str, Callable[[], dict[str, Any]]] = {
    "roi": lambda: {"target": mm.Target(roi=0.1)},
    "mroi": lambda: {"target": mm.Target(mroi=0.2)},
    "margin": lambda: {"objective": mm.Objective(margin=0.9)},
    "cost_per_unit": lambda: {"target": mm.Target(cost_per_unit=2000.0)},
}


@pytest.mark.parametrize("name", ASKED)
def test_targets_and_margins_ask_for_what_there_is(producer: Producer, name: str) -> None:
    curves = mm.curves_of(producer.fit, history=False)
    count = producer.fit.dataset.unit == "count"
    fine = count if name == "cost_per_unit" else producer.has_value
    if fine:
        made = mm.optimize(curves, anyway=True, **ASKED[name]())
        brought = sum(part.contribution.mean for part in made.channels.values())
        if name == "roi":
            assert brought * (curves.worth or 0.0) >= 0.1 * made.spend * (1 - 1e-5)
        if name == "cost_per_unit":
            assert made.spend <= 2000.0 * brought * (1 + 1e-5)
        return
    with pytest.raises(mm.UserError) as caught:
        mm.optimize(curves, anyway=True, **ASKED[name]())
    words = "roi" if name == "cost_per_unit" else "outcome.value_per_unit"
    assert words in caught.value.message


def test_a_count_with_value_is_planned_as_its_revenue_would_be(producer: Producer) -> None:
    """A law: a count times its value is money, so that plans for profit, ROI and marginal ROI agree."""
    curves = mm.curves_of(producer.fit, history=False)
    if producer.fit.dataset.value_per_unit is None:
        return
    money = replace(
        curves,
        contribution={name: 120.0 * values for name, values in curves.contribution.items()},
        baseline=120.0 * np.asarray(curves.baseline),
        unit=curves.currency,
        value_per_unit=None,
    )
    for asked in ({"objective": mm.Objective(margin=0.9)}, {"target": mm.Target(mroi=0.4)}):
        one, other = (mm.optimize(each, anyway=True, **asked) for each in (curves, money))  # type: ignore[arg-type]
        for name, spend in other.allocation.items():
            assert one.allocation[name] == pytest.approx(spend, rel=1e-6, abs=1e-3)
        assert one.objective is not None
        assert other.objective is not None
        assert one.objective.value == pytest.approx(other.objective.value, rel=1e-9)


def test_counts_arent_forecast_below_zero(producer: Producer) -> None:
    """Of a count intervals end at 0; means are those of the draws before they are cut."""
    from mediamix.measure.forecast import look_ahead

    ahead = look_ahead(producer.fit, mm.read_future(producer.fit.dataset, periods=4, spec=producer.fit.spec))
    noisy = replace(ahead, predictive_dt=ahead.predictive_dt - 1.2 * ahead.predictive_dt.mean(axis=0))
    lows, total = noisy.table()["p5"], noisy.totals().iloc[0]
    counted = producer.fit.dataset.unit == "count"
    assert (lows.min() >= 0) == counted
    assert (total["p5"] >= 0) == counted
