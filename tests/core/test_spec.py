"""mediamix.yml and its errors."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from mediamix.core.errors import FolderError, SpecError
from mediamix.core.spec import Spec, load_spec, parse_spec


def test_nothing_is_a_valid_spec_and_every_key_has_a_default() -> None:
    spec = parse_spec({})
    assert spec == Spec()
    assert spec.sampler.model_dump() == {"chains": 4, "draws": 1000, "tune": 400, "seed": 1, "heal": True}


def test_there_and_back_through_yaml() -> None:
    spec = parse_spec(
        {
            "channels": {
                "tv": {
                    "adstock": {"kind": "delayed", "max_lag": 13},
                    "prior": {"roi": {"median": 1, "p95": 5}},
                }
            },
            "geo": {},
            "holidays": {"country": "US"},
            "seasonality": {"weekly": "off"},
        }
    )
    again = parse_spec(yaml.safe_load(spec.to_yaml()))
    assert again == spec
    assert again.hash == spec.hash != Spec().hash


@pytest.mark.parametrize(("word", "meant"), [("on", "on"), ("off", "off"), ("auto", "auto")])
def test_yaml_takes_bare_on_and_off_for_booleans_but_we_know(word: str, meant: str) -> None:
    assert parse_spec(yaml.safe_load(f"seasonality: {{weekly: {word}}}")).seasonality.weekly == meant


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"chanels": {}}, "unknown key 'chanels': did you mean 'channels'"),
        ({"channels": {"tv": {"adstok": {}}}}, "unknown key 'channels.tv.adstok': did you mean 'adstock'"),
        ({"channels": {"tv": {"adstock": {"lag": 3}}}}, "did you mean 'max_lag'"),
        ({"sampler": {"draws": 0}}, r"sampler\.draws: expected a whole number from 50 to 100,000, got 0"),
        ({"channels": {"tv": {"prior": {"roi": {"median": 2, "p95": 1}}}}}, "p95 must be larger than median"),
        ({"data": {"wide": "x.csv"}}, "a wide table needs 'media"),
        ({"data": {"controls": ["price"]}}, "column mappings need 'wide"),
        ({"data": {"wide": "x.csv", "media": {"tv": {}}}}, "give 'spend', 'exposure' or both"),
        ({"time": {"every": "decade"}}, r"time\.every: expected 'day', 'week', 'fortnight', 'month'"),
        ({"holidays": {"country": "Germany"}}, r"holidays\.country"),
        ({"holidays": {"country": "DE", "before": 61}}, r"holidays\.before"),
        ({"trend": {"every": "often"}}, r"trend\.every: expected a number above 0 or 'auto', got 'often'"),
        ({"trend": {"kind": "hsgp", "length": 0}}, r"trend\.length: expected a number above 0 or 'auto'"),
        ({"trend": {"kind": "gp"}}, r"trend\.kind: .*hsgp"),
        ({"outcome": {"value_per_unit": -1}}, r"outcome\.value_per_unit"),
        ([], "must be a mapping"),
    ],
)
def test_what_is_wrong_is_named(raw: object, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        parse_spec(raw)


def test_all_findings_come_at_once() -> None:
    with pytest.raises(SpecError, match="3 wrong entries") as error:
        parse_spec({"foo": 1, "sampler": {"draws": -1, "bar": 2}})
    assert len(error.value.details) == 3


def test_files_that_are_no_spec(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="can't read the spec"):
        load_spec(tmp_path / "absent.yml")
    broken = tmp_path / "broken.yml"
    broken.write_text("a: [1,\nb: 2")
    with pytest.raises(SpecError, match="is not valid YAML"):
        load_spec(broken)
    broken.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FolderError, match="can't read the spec"):
        load_spec(broken)
    broken.write_text("")
    assert load_spec(broken) == Spec()


@pytest.mark.parametrize(
    ("said", "hash_"),
    [
        ({}, "10885dcd8ca80f71"),
        ({"holidays": {"country": "DE"}}, "e18f24dbac661938"),
        ({"channels": {"tv": {"prior": {"roi": {"median": 1, "p95": 3}}}}}, "527330efe1b2c32c"),
        ({"trend": {"every": 13}, "report": {}}, "af3b78c9b04d6b03"),
        ({"channels": {"tv": {"order": "adstock_first"}}}, Spec(channels={"tv": {}}).hash),
        ({"holidays": {"country": "DE", "before": 0, "region": None}, "events": {}}, "e18f24dbac661938"),
        ({"trend": {"every": 13, "length": "auto"}, "event_spread": "auto"}, "af3b78c9b04d6b03"),
    ],
)
def test_a_key_that_came_later_leaves_the_hash_of_who_does_not_use_it(said: dict, hash_: str) -> None:
    assert Spec(**said).hash == hash_


def test_a_key_that_came_later_counts_where_it_says_something() -> None:
    assert (
        Spec(channels={"tv": {"order": "saturation_first"}}).hash
        != Spec(channels={"tv": {"order": "adstock_first"}}).hash
    )
