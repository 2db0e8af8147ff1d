"""The plan as JSON and as a table."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mediamix.core.errors import FolderError
from mediamix.decide.answer.plan import Plan
from mediamix.decide.problem.curves import Curves
from mediamix.decide.problem.problem import Budget
from mediamix.decide.questions.maximise import optimize
from mediamix.decide.questions.target import reach


def curves(**fields):
    rng = np.random.default_rng(0)
    grid = np.linspace(0, 100, 51)
    values = {name: rng.lognormal(0, 0.3, (300, 1)) * np.sqrt(grid) for name in ("tv", "search")}
    return Curves(dict.fromkeys(values, grid), values, baseline=7.0, currency="EUR", **fields)


TODAY = {"tv": 40.0, "search": 20.0}


@pytest.mark.parametrize("today", [None, TODAY])
def test_plans_survive_json(today):
    held = curves(current=today, observed={"tv": (0.0, 10.0)}, outcome="orders", unit="orders")
    for plan in (optimize(held, Budget(60.0, {"tv": (0, 100), "search": (0, 100)})), reach(held, 12.0)):
        text = json.dumps(plan.to_dict(), allow_nan=False)
        assert Plan.from_dict(json.loads(text)) == plan


def test_the_json_has_the_keys_of_the_contract():
    raw = optimize(curves(current=TODAY), Budget(60.0)).to_dict()
    interval = {"mean", "p5", "p50", "p95"}
    assert set(raw["allocation"]) == {"tv", "search"}
    assert raw["budget"] == 60.0
    assert set(raw["outcome"]) == interval
    assert set(raw["current"]) == {"allocation", "outcome"}
    assert raw["current"]["allocation"] == TODAY
    assert set(raw["current"]["outcome"]) == interval
    assert set(raw["uplift"]) == {"mean", "p5", "p95", "probability_better"}
    assert set(raw["certificate"]) == {"upper_bound", "gap", "status"}
    assert isinstance(raw["warnings"], list)
    assert raw["question"] == {"kind": "maximise", "amount": 60.0, "of": "budget"}
    assert raw["shadow_price"] > 0
    assert set(raw["channels"]["tv"]) == {
        "spend", "current", "change", "contribution", "roi", "mroi", "marginal",
        "cost_per_unit", "bounds", "binding", "extrapolation",
    }  # fmt: skip


def test_what_is_no_plan_is_refused():
    with pytest.raises(FolderError, match="this is not a plan"):
        Plan.from_dict({"allocation": {}})
    with pytest.raises(FolderError, match="this is not a plan"):
        Plan.from_dict({**optimize(curves(), Budget(60.0)).to_dict(), "outcome": 3})


def test_the_table_has_a_row_per_channel():
    plan = optimize(curves(current=TODAY), Budget(60.0))
    table = plan.table().set_index("channel")
    assert table.index.tolist() == ["tv", "search"]
    assert table["spend"].to_dict() == plan.allocation
    assert table["change"].sum() == pytest.approx(0.0, abs=1e-9)
    assert table.loc["tv", "roi"] == plan.channels["tv"].roi.mean
    bare = optimize(curves(), Budget(60.0, {"tv": (0, 0), "search": (0, 100)})).table()
    assert bare[["current", "change"]].isna().all(axis=None)
    assert np.isnan(bare.loc[0, "roi"])
    assert bare.loc[0, "binding"] == "fixed"
