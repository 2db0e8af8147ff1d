"""Rules of promotion, against numbers that are known otherwise."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from mediamix import pipeline
from mediamix.core.errors import SpecError
from mediamix.core.spec import parse_spec
from mediamix.data.read import read_spec
from mediamix.models.base import Fit
from mediamix.project import runs
from mediamix.project.folder import Project
from mediamix.project.record import Record, State
from mediamix.training.ahead import Ahead, look_ahead
from mediamix.training.case import Case, Side
from mediamix.training.rule import Answer, all_rules
from mediamix.training.settings import settings_of
from training.world import Shop

RECORD = Record("20261129T0000Z-ab12cd34", State.DONE, "ann", "2026-11-29T00:00:00Z", {})


def interval(mean: float, sd: float = 0.1) -> dict[str, float]:
    return {"mean": mean, "p5": mean - 1.645 * sd, "p50": mean, "p95": mean + 1.645 * sd}


def side(folder: Path, **parts: object) -> Side:
    """A run of which only some things are known."""
    made = Side(RECORD, folder)
    for name, value in parts.items():
        made.__dict__[name] = value
    return made


def summary(**roi: dict[str, float]) -> dict[str, object]:
    channels = {name: {"spend": 1e5, "roi": one, "contribution": one} for name, one in roi.items()}
    window = {"start": "2024-01-01", "end": "2026-11-29", "periods": 152, "every": "week"}
    return {"channels": channels, "window": window, "verdict": {"level": "ok", "sentence": "fine"}}


def ask(rule: str, case: Case, **bounds: float) -> Answer:
    found = all_rules()[rule]
    return found.judge(case, {one.name: bounds.get(one.name, one.default) for one in found.bounds})


@pytest.mark.parametrize(("after", "holds"), [(2.0, True), (2.09, True), (2.12, False), (1.88, False)])
def test_a_return_may_move_by_a_standard_deviation(tmp_path: Path, after: float, holds: bool) -> None:
    old = side(tmp_path, summary=summary(tv=interval(2.0), radio=interval(1.0)))
    new = side(tmp_path, summary=summary(tv=interval(after), radio=interval(1.0), online=interval(9.0)))
    answer = ask("returns", Case(new, old))
    assert answer.holds is holds
    assert list(answer.found) == ([] if holds else ["tv"])
    assert answer.numbers["moved"]["tv"] == pytest.approx((after - 2.0) / 0.1, rel=1e-3)
    assert ask("returns", Case(new, old), sds=2.0).holds is True
    assert ask("returns", Case(new)).holds is None


def test_what_is_as_good_as_known_may_move_by_a_twentieth(tmp_path: Path) -> None:
    old = side(tmp_path, summary=summary(tv=interval(2.0, sd=1e-6)))
    for after, holds in ((2.09, True), (2.11, False)):
        new = side(tmp_path, summary=summary(tv=interval(after, sd=1e-6)))
        assert ask("returns", Case(new, old)).holds is holds


def test_without_money_it_is_what_a_period_brings(tmp_path: Path) -> None:
    raw = summary(mail=interval(304.0, sd=15.2))
    raw["channels"]["mail"] |= {"roi": None, "spend": 0.0}  # type: ignore[index]
    old = side(tmp_path, summary=raw)
    longer = json.loads(json.dumps(raw))
    longer["window"]["periods"] *= 2
    longer["channels"]["mail"]["contribution"] = interval(608.0, sd=30.4)
    assert ask("returns", Case(side(tmp_path, summary=longer), old)).numbers["moved"][
        "mail"
    ] == pytest.approx(0)


def plan(**spend: tuple[float, float]) -> SimpleNamespace:
    """Channel → spend of the plan and of today."""
    channels = {n: SimpleNamespace(current=now, change=to - now) for n, (to, now) in spend.items()}
    return SimpleNamespace(allocation={name: to for name, (to, _) in spend.items()}, channels=channels)


def test_a_plan_may_move_a_fifth_of_the_budget(tmp_path: Path) -> None:
    old = side(tmp_path, plan=plan(tv=(60, 50), search=(40, 50)))
    for tv, holds in ((79, True), (81, False)):
        new = side(tmp_path, plan=plan(tv=(tv * 2, 100), search=((100 - tv) * 2, 100)))
        answer = ask("plan_moves", Case(new, old))
        assert answer.holds is holds
        assert answer.numbers["moved"] == pytest.approx((tv - 60) / 100)
    assert ask("plan_moves", Case(new)).holds is None


def test_a_channel_that_turns_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slope_dc = np.array([[1.0, 2.0, 2.0]] * 4 + [[3.0, 2.0, 2.0]])
    monkeypatch.setattr("mediamix.measure.survey.survey", lambda fit: SimpleNamespace(slope_dc=slope_dc))
    old = side(tmp_path, plan=plan(tv=(60, 50), search=(40, 50), radio=(52, 50)))
    new = side(tmp_path, plan=plan(tv=(40, 50), search=(49, 50), radio=(30, 50)), fit=three())
    answer = ask("plan_flips", Case(new, old))
    assert answer.holds is False
    assert list(answer.found) == ["tv"]  # search hardly moves now, radio hardly moved then
    assert "80% probability" in answer.found["tv"]
    assert ask("plan_flips", Case(new, old), probability=0.9).holds is True
    # Of radio the new fit itself gives the new direction one chance in five.
    assert ask("plan_flips", Case(new, old), least=0.01).found.keys() == {"tv"}
    assert ask("plan_flips", Case(new, old), least=0.01, probability=0.1).found.keys() == {"tv", "radio"}
    again = side(tmp_path, plan=plan(tv=(70, 50), search=(30, 50), radio=(50, 50)))
    assert ask("plan_flips", Case(again, old)).holds is True


def three() -> SimpleNamespace:
    """Three channels on which the same is spent."""
    channels = [SimpleNamespace(name=name) for name in ("tv", "search", "radio")]
    return SimpleNamespace(dataset=SimpleNamespace(spend_c=np.ones(3), channels=channels))


def test_days_that_are_not_there_yet(tmp_path: Path) -> None:
    from datetime import date

    new = side(tmp_path, summary=summary(tv=interval(1.0)))
    late, there = date(2026, 11, 28), date(2026, 11, 29)
    answer = ask("complete", Case(new, until={"meta 1": late, "meta 2": there}))
    assert (answer.holds, list(answer.found)) == (False, ["meta 1"])
    assert ask("complete", Case(new, until={"meta 1": late}), days=1).holds is True
    assert ask("complete", Case(new)).holds is None


def test_a_failed_verdict(tmp_path: Path) -> None:
    for level, holds in (("ok", True), ("caution", True), ("failed", False)):
        raw = {**summary(tv=interval(1.0)), "verdict": {"level": level, "sentence": "why"}}
        assert ask("converged", Case(side(tmp_path, summary=raw))).holds is holds


def fitted(shop: Shop, weeks: int, **said: object) -> Fit:
    shop.deliver(weeks)
    spec = parse_spec({**shop_spec(shop), **said})
    return pipeline.fit_model(read_spec(spec, shop.root), spec, checks=False)


def shop_spec(shop: Shop) -> dict[str, object]:
    import yaml

    raw: dict[str, object] = yaml.safe_load(shop.spec)
    return raw


def line(shop: Shop, n: int) -> np.ndarray:
    """Least squares of the first `n` weeks, and what it says of all."""
    columns = np.column_stack([np.ones(200), *shop.spend.values()])
    beta = np.linalg.lstsq(columns[:n], shop.revenue()[:n], rcond=None)[0]
    return np.asarray(columns @ beta)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


@pytest.fixture(autouse=True)
def _engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Side, "engine", "1")


def side_of(fit: Fit) -> Side:
    made = Side(RECORD, Path())
    made.__dict__["fit"] = fit
    return made


def test_both_forecast_the_new_weeks_as_least_squares_does(shop: Shop) -> None:
    """Errors of the promoted run's forecast, and of a refit without the new weeks, in closed form."""
    old = fitted(shop, 100)
    shop.noise[20:60] += 8_000.0  # restated: a season was better than was said
    restated = fitted(shop, 104)
    found = look_ahead(side_of(restated), side_of(old))
    assert isinstance(found, Ahead)
    assert (found.periods, found.first) == (4, str(shop.day(100)))
    outcome = shop.revenue()[100:104]
    new_line = line(shop, 100)[100:104]
    shop.noise[20:60] -= 8_000.0
    old_line = line(shop, 100)[100:104]
    total, draws = outcome.sum(), old.n_draws
    slack = 5 * 8_000 / np.sqrt(draws) / total
    assert found.old_error == pytest.approx(np.abs(outcome - old_line).sum() / total, abs=slack)
    assert found.new_error == pytest.approx(np.abs(outcome - new_line).sum() / total, abs=2 * slack)
    assert found.off == pytest.approx(total / old_line.sum() - 1, abs=slack)
    assert "fitted again" in found.note
    case = Case(side_of(restated), side_of(old))
    case.__dict__["ahead"] = found
    assert ask("holdout", case, worse=0.0).holds is (found.new_error <= found.old_error)
    assert ask("surprise", case).holds is True


def test_the_same_history_and_spec_is_the_same_fit(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = fitted(shop, 100), fitted(shop, 101)
    monkeypatch.setattr(pipeline, "fit_model", None)  # none is made
    found = look_ahead(side_of(new), side_of(old))
    assert isinstance(found, Ahead)
    assert found.new_error == found.old_error
    assert look_ahead(side_of(old), side_of(old)) == "both know the same periods"
    other = replace(new, dataset=replace(new.dataset, geos=("north",)))
    assert look_ahead(side_of(other), side_of(old)) == "periods or geos are others than in the promoted run"


def test_a_spec_that_holds_out_is_judged_by_what_it_held_out(shop: Shop) -> None:
    held = {"holdout": {"last": 6}}
    old, new = fitted(shop, 100, **held), fitted(shop, 101, **held)
    found = look_ahead(side_of(new), side_of(old))
    assert isinstance(found, Ahead)
    assert (found.periods, found.first) == (6, str(shop.day(95)))
    outcome = shop.revenue()[95:101]
    slack = 5 * 8_000 / np.sqrt(old.n_draws) / outcome.sum()
    for error, n in ((found.old_error, 94), (found.new_error, 95)):
        expected = np.abs(outcome - line(shop, n)[95:101]).sum() / outcome.sum()
        assert error == pytest.approx(expected, abs=slack)


def test_a_world_that_the_promoted_run_does_not_know(shop: Shop) -> None:
    old = fitted(shop, 100)
    shop.roi["search"][100:] = 0.0
    shop.roi["tv"][100:] = 1.0
    found = look_ahead(side_of(fitted(shop, 101)), side_of(old))
    assert isinstance(found, Ahead)
    case = Case(side_of(old), side_of(old))
    case.__dict__["ahead"] = found
    answer = ask("surprise", case)
    assert answer.holds is False
    assert "below the promoted run's forecast" in answer.words
    assert ask("surprise", case, sds=1e6).holds is True


def test_a_new_channel_and_one_that_is_gone_are_no_reason_to_stop(shop: Shop) -> None:
    old = fitted(shop, 100)
    shop.spend = {"online": shop.spend["search"], "tv": shop.spend["tv"]}
    shop.roi["online"] = shop.roi["search"]
    found = look_ahead(side_of(fitted(shop, 101)), side_of(old))
    assert isinstance(found, Ahead)
    # To the old fit it looks as if search had stopped: all that online brings is missing.
    gone = shop.roi["online"][100] * shop.spend["online"][100]
    expected = line(shop, 100)[100] - gone
    assert found.off == pytest.approx(shop.revenue()[100] / expected - 1, abs=0.1)


def test_bounds_and_names_that_there_are_not_are_said_at_once() -> None:
    spec = parse_spec(
        {
            "promotion": {"rules": {"returnz": {}, "returns": {"sd": 1}, "plan_moves": {"moved": 2}}},
            "alerts": {
                "conditions": {"stale": {"days": -1}, "drift": False},
                "mail": {"host": "127.0.0.1", "sender": "m@example.com"},
                "to": {"ann": {"email": ["ann@example.com"], "about": ["drift", "drft"]}},
            },
        }
    )
    with pytest.raises(SpecError, match="5 wrong entries about trainings") as told:
        settings_of(spec)
    for words in (
        "did you mean 'returns'",
        "did you mean 'sds'",
        "0 to 1, got 2",
        "from 0, got -1",
        "did you mean 'drift'",
    ):
        assert words in str(told.value)
    fine = settings_of(parse_spec({"promotion": {"rules": {"returns": False, "holdout": {"worse": 0.25}}}}))
    assert {rule.name: bounds for rule, bounds in fine.rules}["holdout"] == {"worse": 0.25}
    assert "returns" not in {rule.name for rule, _ in fine.rules}


def test_of_many_who_promote_instead_of_one_run_one_does(tmp_path: Path) -> None:
    (tmp_path / "mediamix.yml").write_text("{}\n")
    project = Project.at(tmp_path)
    made = []
    for n in range(5):
        record, _ = runs.ask(project, {"data": str(n)}, "ann")
        replace(record, state=State.DONE, verdict="ok").write(runs.folder_of(project, record.id))
        made.append(record.id)
    runs.promote(project, made[0], instead_of=None)

    def take(run: str) -> bool:
        try:
            runs.promote(project, run, instead_of=made[0])
        except runs.Overtaken:
            return False
        return True

    with ThreadPoolExecutor(4) as people:
        won = [run for run, done in zip(made[1:], people.map(take, made[1:]), strict=True) if done]
    assert won == [runs.current(project)]
    runs.promote(project, made[0])  # a person asks for no other
    assert runs.current(project) == made[0]
