"""The report as JSON: a schema that holds still, the same numbers as everywhere, every block."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mediamix.reporting.as_json import SCHEMA, json_of
from mediamix.reporting.material import Material
from mediamix.reporting.section import build_sections

KEYS = (
    *("schema", "title", "subtitle", "client", "author", "date", "provenance", "channels"),
    *("summary", "plan", "insights", "changes", "sections"),
)
DOCS = Path(__file__).parents[2] / "docs" / "reference" / "report-json.md"


@pytest.fixture(scope="module")
def text(material: Material) -> str:
    return json_of(material, list(build_sections(material)))


def test_the_keys_are_those_that_are_documented(text: str) -> None:
    raw = json.loads(text)
    assert tuple(raw) == KEYS
    described = DOCS.read_text()
    assert f"`{SCHEMA}`" in described
    for key in (*KEYS, *raw["insights"][0]):
        assert f"`{key}`" in described, key
    kinds = {block["kind"] for section in raw["sections"] for block in section["blocks"]}
    for kind in kinds:
        assert f"`{kind}`" in described, kind


def test_numbers_are_the_summarys_and_the_plans(text: str, material: Material) -> None:
    raw = json.loads(text)
    assert material.plan is not None
    assert raw["summary"] == json.loads(json.dumps(material.summary.to_dict()))
    assert raw["plan"]["allocation"] == dict(material.plan.allocation)
    assert [one["text"] for one in raw["insights"]] == [one.text for one in material.insights]


def test_every_block_of_the_page_is_there(text: str, material: Material) -> None:
    raw = json.loads(text)
    built = list(build_sections(material))
    assert [s["name"] for s in raw["sections"]] == [b.section.name for b in built]
    for section, own in zip(raw["sections"], built, strict=True):
        assert [block["kind"] for block in section["blocks"]] == [block.kind for block in own.blocks]
        for block, one in zip(section["blocks"], own.blocks, strict=True):
            if one.kind == "figure":
                assert block["spec"] == json.loads(json.dumps(one.spec))


def test_the_same_material_gives_the_same_text(text: str, material: Material) -> None:
    assert json_of(material, list(build_sections(material))) == text
