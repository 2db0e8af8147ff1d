"""Limits files that name channels without spend in the planned window, from the command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from driving import call

import mediamix as mm
from mediamix.core.spec import Spec
from mediamix.data.dataset import Dataset
from mediamix.models.bayes import fit

LAST = 26


@pytest.fixture(scope="module")
def saved(mixed: Dataset, quick_spec: Spec, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved fit whose `display` is off in the last 26 weeks."""
    spend, exposure = mixed.spend_gtc.copy(), mixed.exposure_gtc.copy()
    for array in (spend, exposure):
        array[:, -LAST:, mixed.channel_names.index("display")] = 0.0
    folder = tmp_path_factory.mktemp("idle")
    mm.save(fit(replace(mixed, spend_gtc=spend, exposure_gtc=exposure), quick_spec), folder / "fit")
    return folder


@pytest.fixture
def folder(saved: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(saved)
    return saved


#: `--anyway`: so short a fit may be failed.
ASKED = ("optimize", "fit", "--last", LAST, "--no-history", "--objective", "mean", "--anyway", "--json")


def test_limits_that_nothing_keeps_are_taken_by_every_question(folder: Path) -> None:
    (folder / "bounds.yml").write_text("display: [0, 0]\nnewsletter: {fixed: today}\n")
    for question in ((), ("--target", "roi=1"), ("--sweep", "0.8,1.2", "--steps", "3"), ("--frontier",)):
        plain, held = (call(*ASKED, *question, *more) for more in ((), ("--bounds", "bounds.yml")))
        assert held.code == 0, held.err
        assert held.json["allocation"] == plain.json["allocation"]
        assert [note for note in held.json["notes"] if note.startswith("display and newsletter: no spend")]


def test_a_minimum_is_an_error_with_a_way_out_and_the_way_works(folder: Path) -> None:
    bounds = folder / "bounds.yml"
    bounds.write_text("display: [10000, 50000]\n")
    refused = call(*ASKED, "--bounds", "bounds.yml")
    assert refused.code == 2
    assert (
        "display has limits, at least 10,000 EUR, but no spend in the planned"
        in refused.json["error"]["what"]
    )
    assert "restart" in refused.json["error"]["next"]
    bounds.write_text("display: {low: 10000, high: 50000, restart: {from: 2023-06-05, to: 2023-12-03}}\n")
    made = call(*ASKED, "--bounds", "bounds.yml")
    assert made.code == 0, made.err
    assert 9999 < made.json["allocation"]["display"] < 50001
    assert made.json["current"]["allocation"]["display"] == 0


def test_flight_rules_may_name_all_channels(folder: Path) -> None:
    (folder / "rules.yml").write_text(
        "channels:\n  display: {total: [0, 0]}\n  newsletter: {total: [0, 0]}\n"
    )
    made = call("flight", "fit", "--weeks", 4, "--rules", "rules.yml", "--no-history", "--anyway", "--json")
    assert made.code == 0, made.err
    assert made.json["channels"]["display"]["spend"] == 0
    assert "newsletter" not in made.json["channels"]
