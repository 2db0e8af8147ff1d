"""`mediamix check --prior`: its table, its JSON, its pictures, and a preset's limits."""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import call


@pytest.fixture(scope="module")
def market(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("market") / "data"
    made = call("generate", "--out", folder, "--every", "week", "--periods", 104, "--channels", 3)
    assert made.code == 0, made.err
    return folder / "mediamix.yml"


def test_the_table_and_the_json(market):
    told = call("check", market, "--prior")
    assert told.code == 0, told.err
    assert "Before any data" in told.out
    found = call("check", market, "--prior", "--json").json
    assert found["prior"]["draws"] == 2000
    assert 0 < found["prior"]["media_share"]["p50"] < 1
    assert found["prior"]["findings"] == []
    assert "prior" not in call("check", market, "--json").json


@pytest.mark.parametrize(("form", "begins"), [("png", b"\x89PNG"), ("svg", b"<svg")])
def test_the_pictures(market, tmp_path, form, begins):
    out = tmp_path / f"prior.{form}"
    told = call("check", market, "--prior", "--out", out)
    assert told.code == 0, told.err
    for path in (out, tmp_path / f"prior-returns.{form}"):
        assert path.read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("more", "words"), [(["--prior", "--out", "prior.gif"], ".svg"), (["--out", "prior.png"], "--prior")]
)
def test_another_picture_is_refused(market, more, words):
    told = call("check", market, *more)
    assert told.code == 2
    assert words in told.err


def test_what_a_preset_can_not_state_is_said(market, tmp_path):
    spec = market.with_name("preset.yml")
    spec.write_text(market.read_text() + "\npreset: meridian\n")
    found = call("check", spec, "--json").json
    about = [finding for finding in found["findings"] if finding["check"] == "preset"]
    assert len(about) > 3
    assert all(finding["severity"] == "info" for finding in about)
