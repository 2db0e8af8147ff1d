"""``mediators`` in the spec: what can't be, whatever the data are."""

from __future__ import annotations

import pytest
import yaml

from mediamix.core.errors import SpecError
from mediamix.core.spec import Spec, parse_spec
from mediamix.core.spec.mediators import upstream

WIDE = {
    "wide": "x.csv",
    "outcome": "sales",
    "media": {"tv": {"spend": "tv_cost"}, "search": {"spend": "search_cost", "exposure": "search_clicks"}},
}


def by(*causes: str, **more: object) -> dict[str, object]:
    return {"driven_by": [*causes], **more}


@pytest.mark.parametrize(
    ("mediators", "words"),
    [
        ({"awareness": by("tv", "awareness")}, "mediators.awareness is its own cause"),
        ({"a": by("b"), "b": by("a", "tv")}, "the mediators a, b stand on a circle"),
        (
            {"a": by("b"), "b": by("c"), "c": by("a"), "d": by("tv")},
            "a, b, c stand on a circle",
        ),
        ({"awareness": by("tv", "tv")}, "names 'tv' twice"),
        ({"awareness": by("tv", channels={"video": {}})}, "names 'video', which isn't in its driven_by"),
        ({"Awareness": by("tv"), "awareness ": by("tv")}, "in 'mediators' are one name"),
        (
            {"a": by("tv", column="x"), "b": by("tv", column="X")},
            "a and b have one column, 'x'",
        ),
        ({"revenue": by("tv")}, "its column 'revenue' is the outcome"),
        ({"awareness": by("tv", column="Sales")}, "its column 'Sales' is the outcome"),
        ({"visits": by("tv", column="tv_cost")}, "is the spend of the channel tv"),
        ({"search_clicks": by("tv")}, "is the exposure of the channel search"),
        ({"awareness": {}}, "mediators.awareness.driven_by: is missing"),
        ({"awareness": by()}, "mediators.awareness.driven_by"),
        ({"awareness": {"from": ["tv"], "driven_by": ["tv"]}}, "unknown key 'mediators.awareness.from'"),
        ({"awareness": by("tv", scale="sum")}, "expected 'level' or 'total'"),
    ],
)
def test_what_cannot_be_is_named(mediators: object, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        parse_spec({"mediators": mediators, "data": WIDE})


def test_all_contradictions_come_at_once() -> None:
    raw = {"a": by("a"), "b": by("c"), "c": by("b"), "revenue": by("tv", "tv")}
    with pytest.raises(SpecError) as error:
        parse_spec({"mediators": raw})
    said = str(error.value)
    assert all(words in said for words in ("a is its own cause", "on a circle", "twice", "is the outcome"))


def test_they_are_part_of_the_hash_where_there_are_any_and_come_back_from_yaml() -> None:
    spec = parse_spec({"mediators": {"awareness": by("tv")}})
    assert spec.hash != Spec().hash == parse_spec({"mediators": {}}).hash
    assert parse_spec(yaml.safe_load(spec.to_yaml())) == spec


def test_they_are_ordered_by_what_drives_them() -> None:
    spec = parse_spec(
        {"mediators": {"clicks": by("awareness", "search"), "awareness": by("tv"), "c": by("clicks")}}
    )
    assert upstream(spec.mediators) == ["awareness", "clicks", "c"]
