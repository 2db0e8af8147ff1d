"""`mediamix compare` and `mediamix fit --stack`."""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import call


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("shop") / "data"
    made = call("generate", "--out", folder, "--every", "week", "--periods", 84, "--channels", 2)
    assert made.code == 0, made.err
    base = folder / "mediamix.yml"
    short = "sampler: {chains: 2, draws: 100, tune: 150, heal: false}\n"
    base.write_text(base.read_text() + short)
    (folder / "line.yml").write_text(base.read_text() + "trend: {kind: linear}\n")
    (folder / "visits.yml").write_text(base.read_text().replace("unit: revenue", "unit: count"))
    return folder


@pytest.fixture(scope="module")
def two(shop) -> tuple[Path, Path]:
    return shop / "mediamix.yml", shop / "line.yml"


@pytest.fixture(scope="module")
def found(two):
    """The comparison, whose refits are kept beside the first spec."""
    told = call("compare", *two, "--out", two[0].parent / "picture.svg", "--json")
    assert told.code == 0, told.err
    return told


def test_the_json_and_the_picture(found, shop):
    assert found.json["weights"].keys() == {"mediamix", "line"}
    assert found.json["horizon"] == 13
    assert len(found.json["origins"]) == 2
    assert found.json["models"][0]["ahead"][-1]["last"] == 13
    assert (shop / "picture.svg").read_text().startswith("<svg")


def test_the_table_says_the_same_and_fits_nothing_again(found, two):
    told = call("compare", *two)
    assert told.code == 0, told.err
    assert "fit before" not in told.err
    assert "seasonal naive: left out" in told.err
    assert found.json["sentence"] in told.out
    for words in ("mean of last year", "weight", "inside 90 %", "Next: mediamix fit"):
        assert words in told.out


def test_a_stack_is_fitted_and_forecasts(found, two, tmp_path):
    made = call("fit", "--stack", *two, "--weights", "3,1", "--no-checks", "--out", tmp_path / "fit")
    assert made.code in (0, 3), made.err
    assert "weights: mediamix 75%, line 25%" in made.err
    told = call("predict", tmp_path / "fit", "--periods", 3, "--anyway")
    assert told.code == 0, told.err


def test_without_weights_they_are_those_of_the_comparison(found, two, tmp_path):
    made = call("fit", "--stack", *two, "--no-checks", "--out", tmp_path / "fit")
    assert made.code in (0, 3), made.err
    assert "fit before" not in made.err
    assert found.json["sentence"] in made.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compare", "mediamix.yml"], "two specs or more"),
        (["compare", "mediamix.yml", "mediamix.yml"], "there twice"),
        (["compare", "mediamix.yml", "visits.yml"], "visits is of outcomes in a count, mediamix of EUR"),
        (["compare", "mediamix.yml", "line.yml", "--origins", "40"], "too short"),
        (["compare", "mediamix.yml", "line.yml", "--out", "picture.gif"], ".svg"),
        (["fit", "--stack", "mediamix.yml", "--out", "none"], "two specs or more"),
        (["fit", "mediamix.yml", "line.yml", "--out", "none"], "--stack"),
        (["fit", "mediamix.yml", "--weights", "1", "--out", "none"], "--stack"),
        (["fit", "--stack", "mediamix.yml", "line.yml", "--weights", "1,x", "--out", "none"], "2 numbers"),
        (["fit", "--stack", "mediamix.yml", "line.yml", "--warehouse", "w", "--out", "none"], "warehouse"),
    ],
)
def test_bad_input_is_refused(shop, arguments, words, monkeypatch):
    monkeypatch.chdir(shop)
    told = call(*arguments)
    assert told.code == 2
    assert words in told.err
    assert not (shop / "none").exists()
