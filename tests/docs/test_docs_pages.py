"""What the pages say exists: generated parts, links, commands, options, specs, names."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer.main
import yaml
from docs_pages import DOCS, ROOT, Block, blocks, pages

import mediamix as mm
from mediamix.cli.app import app
from mediamix.core.spec import parse_spec
from mediamix.decide.flighting.rules import load_rules
from mediamix.decide.problem.bounds import bounds_of
from mediamix.decide.problem.file import parse_problem

LINK = re.compile(r"\[[^\]]*\]\((?P<to>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (?P<text>.+)$", re.MULTILINE)


def _generate() -> Any:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _id(block: Block) -> str:
    return f"{block.page}: {block.text.strip().splitlines()[0][:40]}"


def test_generated_parts_are_as_the_code_says(capsys: pytest.CaptureFixture[str]) -> None:
    stale = _generate().main(["--check"])
    assert stale == 0, f"{capsys.readouterr().out.strip()}: run `python docs/generate.py`"


def test_a_stale_part_is_seen_and_mended() -> None:
    generate = _generate()
    page = "before\n<!-- generated: landing -->\nstale words\n<!-- end -->\nafter\n"
    fresh = generate.filled(page)
    assert "stale words" not in fresh
    assert "landing.media_day" in fresh
    assert fresh.startswith("before\n")
    assert fresh.endswith("after\n")
    assert generate.filled(fresh) == fresh


def test_every_generated_part_stands_on_a_page() -> None:
    used = {name for page in pages() for name in re.findall(r"<!-- generated: ([a-z_]+)", page.read_text())}
    assert used == set(_generate().PARTS)


def _anchors(page: Path) -> set[str]:
    """Anchors of the headings, as mkdocs makes them."""
    found = set()
    for match in HEADING.finditer(page.read_text(encoding="utf-8")):
        words = re.sub(r"[^\w\s-]", "", match["text"]).strip().lower()
        found.add(re.sub(r"[-\s]+", "-", words))
    return found


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    dead = []
    for match in LINK.finditer(page.read_text(encoding="utf-8")):
        target, _, anchor = match["to"].partition("#")
        if target.startswith(("http:", "https:")):
            continue
        to = page if not target else (page.parent / target).resolve()
        if not to.exists() or (anchor and to.suffix == ".md" and anchor not in _anchors(to)):
            dead.append(match["to"])
    # The reference gets its anchors from mkdocstrings.
    assert [link for link in dead if "api.md#" not in link] == []


def test_the_menu_holds_every_page() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    listed = set(re.findall(r"[\w/-]+\.md", text.partition("\nnav:")[2]))
    assert listed == {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}


def test_every_public_name_is_in_the_reference() -> None:
    text = (DOCS / "reference" / "api.md").read_text(encoding="utf-8")
    homes = re.findall(r"^::: (mediamix[\w.]+)$", text, re.MULTILINE)
    objects = {id(_resolve(home)) for home in homes}
    absent = [name for name in mm.__all__ if name != "__version__" and id(getattr(mm, name)) not in objects]
    assert absent == []


def _resolve(path: str) -> object:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _commands() -> dict[str, set[str]]:
    root: Any = typer.main.get_command(app)
    return {
        name: {
            "--help",
            *(
                o
                for parameter in command.params
                for o in (*parameter.opts, *parameter.secondary_opts)
                if o.startswith("--")
            ),
        }
        for name, command in root.commands.items()
    }


def test_commands_and_options_exist() -> None:
    known = _commands()
    of_all = {option for part in typer.main.get_command(app).params for option in part.opts}
    wrong, seen = [], 0
    for block in blocks("bash"):
        for line in block.text.splitlines():
            words = shlex.split(line, comments=True)
            if "mediamix" not in words or words[0] in ("git", "cd"):
                continue
            name, *rest = words[words.index("mediamix") + 1 :]
            seen += 1
            options = {word.partition("=")[0] for word in rest if word.startswith("--")}
            if name.startswith("--"):
                wrong += [] if name in of_all else [f"{block.page}: {line}"]
                continue
            if name not in known or options - known[name]:
                wrong.append(f"{block.page}: {line}")
    assert wrong == []
    assert seen > 10


def test_commands_named_in_sentences_exist() -> None:
    known = _commands()
    named = {
        (page.name, name)
        for page in pages()
        for name in re.findall(r"`mediamix ([a-z]+)", page.read_text(encoding="utf-8"))
    }
    assert {(page, name) for page, name in named if name not in known} == set()


@pytest.mark.parametrize("block", blocks("yaml"), ids=_id)
def test_yaml_is_what_it_says(block: Block, tmp_path: Path) -> None:
    raw = yaml.safe_load(block.text)
    if block.mark == "bounds":
        pairs, findings = bounds_of(raw)
        assert pairs
        assert findings == []
    elif block.mark == "problem":
        assert parse_problem(raw).budget.bounds
    elif block.mark == "rules":
        (tmp_path / "rules.yml").write_text(block.text, encoding="utf-8")
        assert mm.Flighting(1.0, **load_rules(tmp_path / "rules.yml")).channels
    else:
        parse_spec(raw)  # without a mark, too


def test_only_known_top_level_names_are_used() -> None:
    """``mm.something`` on any page is a public name."""
    used = {
        name
        for page in pages()
        for name in re.findall(r"\bmm\.([A-Za-z_]+)", page.read_text(encoding="utf-8"))
    }
    assert used - set(mm.__all__) == set()


def test_the_first_pages_budgets_fit_the_rows_beside_them() -> None:
    """156 weeks of rows like those of the page: no budget on it is one of another window."""
    from mediamix.cli.amounts import amount_of
    from mediamix.core.types import Channel, Every, Window
    from mediamix.data.dataset import Dataset
    from mediamix.decide.fitted.spent import refuse_far
    from mediamix.decide.problem.problem import Budget

    page = (DOCS / "start.md").read_text(encoding="utf-8")
    rows = re.findall(r"^2024-01-0[18],(tv|search),(\d+)$", page, re.MULTILINE)
    spend_tc = np.array([float(spend) for _, spend in rows]).reshape(2, 2)
    spend = np.tile(spend_tc, (78, 1))[None]
    data = Dataset(
        dates=np.datetime64("2021-01-04") + 7 * np.arange(156),
        every=Every.WEEK,
        geos=("national",),
        channels=(Channel("tv"), Channel("search")),
        outcome_name="revenue",
        unit="revenue",
        currency="EUR",
        outcome_gt=np.ones((1, 156)),
        spend_gtc=spend,
        exposure_gtc=spend,
        controls_gtk=np.zeros((1, 156, 0)),
    )
    asked = re.findall(r"`((?:--last \d+ )?--budget \S+?)`", page)
    assert len(asked) == 2
    for words in asked:
        amount, last = words.split()[-1], re.search(r"--last (\d+)", words)
        window = None if last is None else Window(156 - int(last[1]), 156)
        refuse_far(data, Budget(total=amount_of(amount)), window)
