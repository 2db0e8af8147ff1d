"""Whatever is wrong with a spec, it is said in our words, from Python as from a file."""

from __future__ import annotations

import datetime
import traceback
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, get_args

import pytest
from pydantic import BaseModel

import mediamix as mm
from mediamix.core.errors import SpecError
from mediamix.core.spec import PriorSpec, Sampler, Section, Spec, parse_spec

#: What only pydantic says.
FOREIGN = (
    "Input should", "valid integer", "valid number", "valid string", "valid dictionary", "valid list",
    "type=", "pydantic", "validation error", "input_value", "Field required", "Extra inputs", "unable to",
    "instance of", "[key]", "str.", "dict[", "list[", "greater than", "at least 1 character",
)  # fmt: skip

LOOP: dict[str, Any] = {}
LOOP["again"] = LOOP
BAD = (
    None, True, False, -1, 0, 3, 10**30, 2.5, float("nan"), float("inf"), "", "many", "x" * 5000, "012",
    "\ud800", b"bytes", [], [1], [None, "a"], {}, {"a": 1}, {"kind": []}, {3: {}}, {"tv": {"spend": []}},
    {"tv": []}, LOOP, (1, 2), {1, 2}, object(), int, datetime.date(2026, 1, 1), Decimal("1.5"), complex(1, 2),
    PriorSpec(median=1, p95=2),
)  # fmt: skip


def sections(model: type[BaseModel] = Spec, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every key, through mappings by a name."""
    for name, entry in model.model_fields.items():
        yield (*path, name)
        for inner, further in inside(entry.annotation):
            yield from sections(inner, (*path, name, *further))


def inside(annotation: Any) -> Iterator[tuple[type[BaseModel], tuple[str, ...]]]:
    """Sections in a type, and the keys that lead to them."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation, ()
    for inner in get_args(annotation):
        for section, path in inside(inner):
            yield section, (("tv",) if getattr(annotation, "__origin__", None) is dict else ()) + path


def nested(path: tuple[str, ...], value: object) -> dict[str, object]:
    for name in reversed(path):
        value = {name: value}
    assert isinstance(value, dict)
    return value


def in_our_words(make: Callable[[], object]) -> str | None:
    """What is said, where something is wrong; nobody but us says it, tracebacks included."""
    try:
        make()
    except SpecError as error:
        text = "".join(traceback.format_exception(error))
        said = text[text.index("SpecError") :]
        assert not [word for word in FOREIGN if word in said], said
        assert "ValidationError" not in text
        message = str(error)
    else:
        return None
    assert len(message) < 8_000
    return message


PATHS = sorted(set(sections()))


def test_the_walk_reaches_the_whole_spec() -> None:
    assert {
        ("sampler", "draws"),
        ("channels", "tv", "prior", "tv", "median"),
        ("data", "media", "tv", "spend"),
    } <= {*PATHS}
    assert len(PATHS) > 40


@pytest.mark.parametrize("path", PATHS, ids=".".join)
def test_every_key_refuses_in_our_words(path: tuple[str, ...]) -> None:
    said = [in_our_words(lambda v=value: Spec(**nested(path, v))) for value in BAD]  # type: ignore[misc]
    assert sum(text is not None and path[0] in text for text in said) > len(BAD) / 3
    for value in BAD[:12]:
        in_our_words(lambda v=value: parse_spec(nested(path, v)))  # type: ignore[misc]
        in_our_words(lambda v=value: Spec.model_validate(nested(path, v)))  # type: ignore[misc]
        in_our_words(lambda v=value: Spec().model_copy(update=nested(path, v)))  # type: ignore[misc]


@pytest.mark.parametrize("path", PATHS, ids=".".join)
def test_a_slip_in_every_key_names_the_nearest(path: tuple[str, ...]) -> None:
    slip = path[-1] + "s"
    if path[-1] == "tv":
        pytest.skip("a name of the user's own")
    said = in_our_words(lambda: Spec(**nested((*path[:-1], slip), 1)))
    assert said is not None
    assert f"unknown key '{'.'.join((*path[:-1], slip))}': did you mean '" in said


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: mm.Spec(sampler={"draws": "many"}),
            "draws: expected a whole number from 50 to 100,000, got 'many'",
        ),
        (lambda: mm.Spec(foo=1), "unknown key 'foo': known keys: data"),
        (
            lambda: mm.Spec(data={"media": 3}),
            "media: expected text or a mapping, got 3; in quotes it is text",
        ),
        (lambda: mm.Spec(data={"media": {"tv": {"spend": 3}}}), "data.media.tv.spend: expected text, got 3"),
        (lambda: mm.Spec(channels={3: {}}), "channels.3: expected text, got 3"),
        (lambda: mm.Spec(trend={"kind": "knot"}), "'linear' or 'none', got 'knot'; did you mean 'knots'?"),
        (
            lambda: mm.Spec(trend={"every": float("inf")}),
            "a finite number above 0 or 'auto', got inf",
        ),
        (lambda: mm.Spec(holidays={"country": "Norway"}), "holidays.country: expected text of 2 characters"),
        (lambda: mm.Spec(holdout={"last": -1}), "holdout.last: expected a whole number, 0 or more, got -1"),
        (lambda: Sampler(draws=1.5), "Sampler has 1 wrong entry\n  - draws: expected a whole number"),
        (lambda: PriorSpec(median=1), "got median: one point says nothing of the width"),
        (lambda: PriorSpec(median=2, p95=1), "p95 must be larger than median"),
        (lambda: mm.Spec("mediamix.yml"), "takes its keys by name"),
        (lambda: Spec.model_validate_json("{"), "is not valid JSON"),
        (lambda: Spec.model_validate_json('{"geo": 3}'), "geo: expected a mapping with keys among"),
        (lambda: Spec.model_validate([]), "expected a mapping with keys among data"),
        (lambda: Spec().model_copy(update={"sampler": {"draws": 1}}), "sampler.draws: expected"),
        (lambda: setattr(Spec(), "geo", 3), "Spec.geo can't be set"),
        (lambda: delattr(Spec(), "geo"), "Spec.geo can't be set"),
    ],
)
def test_the_words(make: Callable[[], object], words: str) -> None:
    said = in_our_words(make)
    assert said is not None
    assert words in said


def test_a_checked_copy_keeps_what_was_given() -> None:
    spec = Spec(sampler={"draws": 100}, holidays={"country": "US"})  # type: ignore[arg-type]
    copy = spec.model_copy(update={"holdout": {"last": 4}})
    assert copy == Spec(sampler={"draws": 100}, holidays={"country": "US"}, holdout={"last": 4})  # type: ignore[arg-type]
    assert spec.holdout.last == 0
    assert spec.model_copy() == spec


def test_fifty_thousand_keys_are_counted_not_listed() -> None:
    said = in_our_words(lambda: Spec(**{f"unknown_{i}": i for i in range(50_000)}))
    assert said is not None
    assert "50,000 wrong entries" in said
    assert "and 49,990 more" in said
