"""Worlds of structures, what is kept of their fits, and the page, from results made by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from structures import cache as structures_cache
from structures import run as structures_run
from structures.answer import Answer
from structures.cache import Cache
from structures.page import Row, chance, coverage, error, markdown
from structures.run import FIRST, structures
from structures.world import Structured, World, weekly, world

from mediamix.core.errors import SpecError
from mediamix.core.spec import Spec
from mediamix.measure.checking import all_checks

ABOUT = {
    "host": {"cores": 2, "system": "Linux", "machine": "x86_64"},
    "versions": {"mediamix": "0.1.0"},
    "day": "2026-11-27",
}


@pytest.mark.parametrize("name", sorted(structures()))
def test_a_structure_has_worlds_with_and_without_it(name: str) -> None:
    one = structures()[name]
    assert one.name == name
    assert set(one.checks) <= {check.name for check in all_checks()}
    has, lacks = one.has(FIRST), one.lacks(FIRST)
    assert has.spec or has.blind_dataset is not None, "nothing is stated"
    assert set(has.dataset.channel_names) <= set(has.truth)
    assert set(one.own) <= set(has.truth)
    for made in (has, lacks):
        dataset, spec = made.unstated()
        assert np.isfinite(dataset.outcome_gt).all()
        assert (dataset.outcome_gt > 0).all()
        assert spec.hash == (Spec() if not made.blind else spec).hash
        assert set(dataset.channel_names) <= set(made.truth)
    assert has.unstated()[0].hash != lacks.unstated()[0].hash
    assert one.has(FIRST).dataset.hash == has.dataset.hash
    assert one.has(FIRST + 1).dataset.hash != has.dataset.hash


def test_two_structures_of_one_market_share_what_is_fitted_without_them() -> None:
    first, second = structures()["saturation_log"], structures()["adstock_delayed"]
    assert first.lacks(FIRST).unstated()[0].hash == second.lacks(FIRST).unstated()[0].hash


def answer(*channels: tuple[float, float, float, float], **said: str) -> Answer:
    named = {f"channel_{i}": values for i, values in enumerate(channels)}
    return Answer(named, said, "caution" if said else "ok", "ok", 0, 1.001, 0.5)


def made(truth: float) -> World:
    return World(weekly(1).dataset, {"channel_0": truth, "channel_1": 2 * truth}, {"noise": {"kind": "ar1"}})


def one(name: str = "noise") -> Structured:
    return Structured(name, f"the {name}", f"{name}: on", lambda s: made(1), lambda s: made(1), ("season",))


def test_the_page_counts_what_was_found_noticed_and_paid() -> None:
    inside, outside = (100.0, 90.0, 110.0, 6.0), (150.0, 140.0, 160.0, 6.0)
    twice = (220.0, 190.0, 250.0, 18.0)
    worlds = (made(100.0), made(100.0))
    row = Row(
        one(),
        worlds,
        (answer(inside, twice), answer(outside, twice, season="warning")),
        worlds,
        (answer(outside, twice, season="warning"), answer(outside, twice, drift="warning", season="info")),
        (answer(inside, twice), answer(inside, twice)),
        {"sample_s": [0.5, 0.75], "ratio": 1.5, "ess_per_s": [4000.0, 2000.0]},
    )
    assert coverage(row.worlds, row.stated) == (3, 4)
    mean, total = error(row.worlds, row.stated)
    assert mean == pytest.approx((0.0 + 0.1 + 0.5 + 0.1) / 4)
    assert total == pytest.approx(((320 / 300 - 1) + (370 / 300 - 1)) / 2)
    text = markdown([row, Row(one("other"), refused="unknown key")], ABOUT)
    assert "| the noise | `noise: on` | 2 | 75% (50%–100%) | missed |  | 0.175 |" in text
    assert "and the same without it: 2 of each, 156 weeks" in text
    assert "| the noise | `season` | 1 of 2 | 0 of 2 | met | 1 of 2 | 50%, 75% | 0.30, 0.18 |" in text
    assert "drift 1, season 1 |" in text
    assert "| the noise | 0.50 | 0.75 | 1.50 | 4,000 | 2,000 |" in text
    assert "## Not in this version\n\n- the other: `other: on`" in text


def test_what_a_structure_is_about_is_counted_by_itself_a_treatment_too() -> None:
    """A treatment's contribution may be next to nothing: its interval counts, its relative error doesn't."""
    own = replace(one(), own=("channel_1", "price"))
    truth = {"channel_0": 100.0, "channel_1": 200.0, "price": -1.0}
    worlds = (replace(made(100.0), truth=truth),)
    stated = replace(
        answer((100.0, 90.0, 110.0, 6.0), (300.0, 290.0, 310.0, 6.0)), treatments={"price": (-5.0, -9.0, 1.0)}
    )
    row = Row(own, worlds, (stated,))
    assert coverage(worlds, (stated,)) == (2, 3)
    assert coverage(worlds, (stated,), own.own) == (1, 2)
    assert error(worlds, (stated,)) == pytest.approx((0.25, 400 / 300 - 1))
    assert "| missed | 1 of 2 | 0.250 |" in markdown([row], ABOUT)
    assert Answer.from_dict(stated.to_dict()) == stated


def test_the_page_says_how_far_its_rows_have_come() -> None:
    inside = answer((100.0, 90.0, 110.0, 6.0), (200.0, 190.0, 210.0, 18.0))
    worlds = (made(100.0), made(100.0))
    rows = [Row(one(), worlds, (inside, inside)), Row(one("other"), worlds[:1], (inside,))]
    assert "and the same without it: 1 to 2 of each so far (see the rows), 156" in markdown(rows, ABOUT)


def test_a_row_without_any_fit_is_no_line() -> None:
    assert "the noise" not in markdown([Row(one())], ABOUT)


def test_chance_alone_spreads_the_coverage_of_right_intervals() -> None:
    low, high = chance(100)
    rng = np.random.default_rng(1)
    found = (rng.random((4000, 100)) < 0.9).mean(axis=1)
    assert np.mean((found >= low) & (found <= high)) == pytest.approx(0.96, abs=0.02)


def test_an_answer_is_kept_and_fitted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = answer((1.23456789, 0.0, 2.0, 0.5), season="warning")
    asked: list[str] = []

    def fitted(dataset: object, spec: Spec) -> Answer:
        asked.append(spec.hash)
        return given

    monkeypatch.setattr(structures_cache, "ask", fitted)
    path, dataset = tmp_path / "results.json", weekly(1).dataset
    kept = Cache.read(path)
    assert kept.known(dataset, Spec()) is None
    kept.ask(dataset, Spec())
    again = Cache.read(path)
    found = again.ask(dataset, Spec())
    assert len(asked) == 1
    assert found == replace(given, channels={"channel_0": (1.23457, 0.0, 2.0, 0.5)})
    again.ask(weekly(2).dataset, Spec())
    again.ask(dataset, Spec(), again=True)
    assert len(asked) == 3
    again.speeds["noise"] = {"ratio": 1.0}
    again.write()
    assert Cache.read(path).speeds == {"noise": {"ratio": 1.0}}


def test_what_this_version_refuses_is_said_and_not_fitted() -> None:
    unknown = replace(one(), has=lambda seed: world(weekly(seed), {"telepathy": True}))
    refused = structures_run.refusal(unknown)
    assert refused is not None
    assert "telepathy" in refused
    with pytest.raises(SpecError):
        unknown.has(1).stated()


def test_a_run_fits_what_is_missing_and_writes_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--only", "saturation_none", "--worlds", "1", "--part", "recovery"]
    paths = ["--results", str(tmp_path / "results.json"), "--out", str(tmp_path / "page.md")]
    structures_run.main([*arguments, *paths])
    assert "saturation_none, stated, 101: " in capsys.readouterr().out
    assert "| saturation `none`: proportional |" in (tmp_path / "page.md").read_text(encoding="utf-8")
    structures_run.main([*arguments, *paths])
    assert "saturation_none, stated" not in capsys.readouterr().out
    with pytest.raises(SystemExit):
        structures_run.main(["--only", "telepathy", *paths])
