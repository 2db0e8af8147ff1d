"""Files that people write: read as meant, within bounds, refused with the line."""

from __future__ import annotations

import json
import time
import tracemalloc
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mediamix.core.documents import as_yaml, parse_json, parse_yaml, read_document, switch, yaml_text
from mediamix.core.documents.limits import MAX_BYTES, MAX_DEPTH
from mediamix.core.errors import BudgetError, FolderError, SpecError
from mediamix.core.spec import load_spec, parse_spec
from mediamix.decide.flighting.rules import load_rules
from mediamix.decide.problem.bounds import load_bounds
from mediamix.decide.problem.file import load_problem

#: Seconds of processor time, for a machine that is three times slower than one of today.
SECOND = 3.0
MEGABYTES = 150

BOMB = "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in pairwise("abcdefghi")
)
KEY_BOMB = "a: &a {x: 1, y: 2}\n" + "".join(
    f"{name}: &{name} {{{', '.join(f'k{i}: *{before}' for i in range(20))}}}\n"
    for before, name in pairwise("abcdefghi")
)
TEXT_BOMB = f"a: &a {'y' * 1_000_000}\nb: [{', '.join(['*a'] * 5000)}]\n"
MANY_KEYS = "".join(f"unknown_key_{i}: {i}\n" for i in range(50_000))
MANY_CHANNELS = "channels:\n" + "".join(f"  channel_{i}: {{adstok: 1}}\n" for i in range(5_000))
HUGE = {
    "aliases": (BOMB, "too many values"),
    "aliases of mappings": (KEY_BOMB, "too many values"),
    "aliases of a long text": (TEXT_BOMB, "too many values"),
    "lists": ("data: " + "[" * 1000 + "]" * 1000, "nested too deeply"),
    "mappings": ("data: " + "{a: " * 100_000 + "1" + "}" * 100_000, "nested too deeply"),
    "lines": ("\n".join("  " * i + "a:" for i in range(1000)), "nested too deeply"),
    "keys": (MANY_KEYS, "and 49,990 more"),
    "long keys": ("".join(f"{'k' * 1000}{i}: 1\n" for i in range(2000)), "and 1,990 more"),
    "keys of channels": (MANY_CHANNELS, "and 4,990 more"),
    "values": ("data: {controls: [" + "x, " * 300_000 + "]}", "too many values"),
    "bytes": ("# " + "x" * MAX_BYTES, "too large"),
}


@pytest.mark.parametrize("name", HUGE)
def test_what_nobody_writes_is_refused_at_once_and_in_little_memory(name: str, tmp_path: Path) -> None:
    text, words = HUGE[name]
    path = tmp_path / "mediamix.yml"
    path.write_text(text)
    began = time.process_time()
    with pytest.raises((SpecError, FolderError), match=words) as error:
        load_spec(path)
    assert time.process_time() - began < SECOND
    assert len(str(error.value)) < 5_000
    tracemalloc.start()
    with pytest.raises((SpecError, FolderError), match=words):
        load_spec(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < MEGABYTES * 2**20


@pytest.mark.parametrize("read", [load_bounds, load_problem, load_rules])
@pytest.mark.parametrize("name", ["aliases", "lists", "keys", "bytes"])
def test_the_files_of_decisions_have_the_same_bounds(read, name: str, tmp_path: Path) -> None:
    path = tmp_path / "decision.yml"
    path.write_text(HUGE[name][0])
    began = time.process_time()
    with pytest.raises((BudgetError, FolderError), match=r"too|more"):
        read(path)
    assert time.process_time() - began < SECOND


def test_a_device_without_an_end_is_a_file_that_is_too_large() -> None:
    if not Path("/dev/zero").exists():
        pytest.skip("this system has no /dev/zero")
    with pytest.raises(FolderError, match="too large"):
        read_document("/dev/zero", "the spec", SpecError)


def test_without_libyaml_the_bounds_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_text, "_LOADER", yaml.SafeLoader)
    for name in ("aliases", "lists", "lines"):
        text, words = HUGE[name]
        with pytest.raises(SpecError, match=words):
            parse_yaml(text, "spec", SpecError)
    assert parse_yaml("a: [1, no]", "spec", SpecError) == {"a": [1, "no"]}
    with pytest.raises(SpecError, match="U\\+0000"):
        parse_yaml("a\n: \0", "spec", SpecError)
    with pytest.raises(SpecError, match="line 2"):
        parse_yaml("a:\n\tb: 1", "spec", SpecError)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("NO", "NO"), ("on", "on"), ("off", "off"), ("yes", "yes"), ("y", "y"), ("n", "n"),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None), ("'null'", "null"),
        ("12", 12), ("-3", -3), ("1_000_000", 1_000_000), ("0", 0), ("1.50", 1.5), (".5", 0.5),
        ("1e3", 1000.0), ("1.2.3", "1.2.3"), ("'12'", "12"),
        ("2.0e+5", 200_000.0), ("1_000.5", 1000.5), (".inf", float("inf")), ("-.inf", float("-inf")),
        ("012", "012"), ("0x1F", "0x1F"), ("0o17", "0o17"), ("1:30", "1:30"), ("2026-12-21", "2026-12-21"),
        ("2026-12-21 10:00:00", "2026-12-21 10:00:00"), ("1,000", "1,000"), ("1e400", "1e400"),
        ("1__0", "1__0"), ('"\\u00e4"', "ä"), ("=", "="), ("inf", "inf"), ("nan", "nan"),
        ("9223372036854775807", 2**63 - 1), ("9" * 50, "9" * 50), ("!!str 12", "12"), ("!!int '12'", 12),
    ],
)  # fmt: skip
def test_a_bare_word_is_what_its_author_meant(text: str, value: object) -> None:
    found = parse_yaml(f"key: {text}", "f", SpecError)
    assert found == {"key": value}
    assert type(found["key"]) is type(value)  # type: ignore[index]


@pytest.mark.parametrize(
    "name", ["no", "on", "y", "null", "true", "2024", "012", "1e3", "2026-12-21", "1:30", "~"]
)
def test_keys_are_text_always(name: str, tmp_path: Path) -> None:
    assert parse_yaml(f"{name}: 1", "f", SpecError) == {name: 1}
    spec = tmp_path / "mediamix.yml"
    spec.write_text(f"channels:\n  {name}: {{exposure: clicks}}\n")
    assert list(load_spec(spec).channels) == [name]
    spec.write_text(f"data: {{wide: t.csv, outcome: y, media: {{{name}: {{spend: on}}}}, controls: [n, no]}}")
    data = load_spec(spec).data
    assert (list(data.media or ()), data.outcome, data.controls) == ([name], "y", ["n", "no"])
    bounds = tmp_path / "bounds.yml"
    bounds.write_text(f"{name}: [0, 1_000]")
    assert load_bounds(bounds) == {name: (0.0, 1000.0)}
    rules = tmp_path / "rules.yml"
    rules.write_text(f"channels: {{{name}: {{period: {{2026-12-21: [0, 5]}}}}}}")
    assert load_rules(rules)["channels"][name].period == {"2026-12-21": (0, 5)}


def test_norway_is_a_country_and_a_switch_is_a_switch(tmp_path: Path) -> None:
    path = tmp_path / "mediamix.yml"
    path.write_text("holidays: {country: NO}\nseasonality: {weekly: off}\noutcome: {column: on}")
    spec = load_spec(path)
    assert spec.holidays is not None
    assert (spec.holidays.country, spec.seasonality.weekly, spec.outcome.column) == ("NO", "off", "on")
    for word, meant in (("off", False), ("no", False), ("False", False), ("on", True), ("true", True)):
        path.write_text(f"history: {word}")
        assert load_problem(path).history is meant
        assert load_rules(path)["history"] is meant
    path.write_text("history: never")
    with pytest.raises(BudgetError, match="history"):
        load_problem(path)
    assert switch(3) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb: 2\na: 3", "'a' on line 1 and again on line 3"),
        ("sampler:\n  draws: 1\n  draws: 1", "'draws' on line 2 and again on line 3"),
        ("x: {1: a, '1': b}", "'1' on line 1 and again on line 1"),
        ("a: 1\na: 2\nb: 1\nb: 2", "gives 2 keys more than once"),
        ("a: &a [*a]", "a part of"),
        ("a: *b", "stands for nothing"),
        ("? [1, 2]\n: 3", "a key that is a mapping or a list"),
        ("? {a: b}\n: 3", "a key that is a mapping or a list"),
        ("a: &a [1]\n*a : 3", "a key that is a mapping or a list"),
        ("? \n: 3", "a key without a name"),
        ("a: !!python/name:os.system x", "line 1: the tag"),
        ("a: !mine {b: 1}", "line 1: the tag"),
        ("a: !!set {b}", "line 1: the tag"),
        ("a: 1\n---\nb: 1", "line 2: a second document"),
        ("a: b: c", "needs quotes"),
        ("a:\n\tb: 1", "begins with a tab"),
        ("<<: 3", "takes over a mapping"),
    ],
)
def test_what_can_not_be_meant_is_refused_with_its_line(text: str, words: str) -> None:
    with pytest.raises(BudgetError, match=words):
        parse_yaml(text, "bounds.yml", BudgetError)


def test_anchors_and_merge_keys_work_as_people_use_them() -> None:
    text = (
        "tv: &tv {kind: delayed, max_lag: 3}\nradio: {<<: *tv, max_lag: 5}\n"
        "print: {<<: [{kind: x}, *tv]}\nq: *tv"
    )
    assert parse_yaml(text, "f", SpecError) == {
        "tv": {"kind": "delayed", "max_lag": 3},
        "radio": {"kind": "delayed", "max_lag": 5},
        "print": {"kind": "x", "max_lag": 3},
        "q": {"kind": "delayed", "max_lag": 3},
    }
    assert parse_yaml("&n tv: 1\nb: *n", "f", SpecError) == {"tv": 1, "b": "tv"}
    assert parse_yaml("a: &n tv\n*n : 1", "f", SpecError) == {"a": "tv", "tv": 1}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_marks_of_editors_are_no_content(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "mediamix.yml"
    path.write_bytes("data: {media: Suchmaschinen-Käufe.csv}\r\n".encode(encoding))
    assert load_spec(path).data.media == "Suchmaschinen-Käufe.csv"


def test_a_file_of_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mediamix.yml"
    path.write_bytes("data:\n  media: Käufe.csv".encode("latin-1"))
    with pytest.raises(FolderError, match=r"no UTF-8 text(.|\n)*0xE4 on line 2"):
        load_spec(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1, "b": 2, "a": 3}', "'a'"),
        ('{"a": NaN}', "NaN"),
        ('{"a": [-Infinity]}', "Infinity"),
        ('{"a": 1e999}', "1e999"),
        ('{"a": ' + "1" * 5000 + "}", "5,000 digits"),
        ("[" * 100_000 + "]" * 100_000, "too deep"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "too deep"),
        ('{"a": 1\n"b": 2}', "line 2, column 1"),  # said alike by every Python
        ("", "line 1"),
    ],
)
def test_json_has_the_same_bounds(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(BudgetError, match=words):
        parse_json(text, "plan.json", BudgetError)
    path = tmp_path / "problem.json"
    path.write_text(text)
    with pytest.raises(BudgetError, match=words):
        load_problem(path)


def test_a_problem_may_be_json(tmp_path: Path) -> None:
    path = tmp_path / "problem.json"
    path.write_text('{"budget": 1e6,\n\t"bounds": {"no": [0, 5]}, "history": false}')
    problem = load_problem(path)
    assert (problem.budget.total, problem.budget.bounds, problem.history) == (1e6, {"no": (0.0, 5.0)}, False)


ODD = ["no", "1e3", "1_000", ".5e1", "012", "1:30", "null", "~", "=", "<<", "2026-01-01", "-", "+.inf", "<<x"]
TEXTS = st.sampled_from(ODD) | st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co", "Zl", "Zp"]), max_size=12
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=3), st.booleans())
def test_what_we_write_reads_back_as_the_same(value: dict[str, object], short: bool) -> None:
    assert parse_yaml(as_yaml(value, short=short), "f", SpecError) == value


@given(st.dictionaries(TEXTS, VALUES, max_size=3))
def test_json_reads_back_as_the_same(value: dict[str, object]) -> None:
    text = json.dumps(value)
    if "Infinity" not in text:
        assert parse_json(text, "f", SpecError) == value


def test_a_spec_with_odd_names_reads_back_as_the_same(tmp_path: Path) -> None:
    spec = parse_spec(
        {
            "channels": {"no": {"exposure": "1e3"}, "2024": {"exposure": "on"}, "<<": {"exposure": "012"}},
            "holidays": {"country": "NO"},
            "outcome": {"column": ".5e1"},
        }
    )
    path = tmp_path / "spec.yml"
    path.write_text(spec.to_yaml())
    assert load_spec(path) == spec
