"""What users get wrong: exit code 2, one message that says what and where, nothing written.

One channel alone is allowed with a warning; one that is all zero is an error like any other.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from driving import call, tree

Break = Callable[[Path], None]
FIT = ("fit", "mediamix.yml", "--out", "new")
RUN = ("run", "mediamix.yml", "--out", "new")
OPTIMIZE = ("optimize", "fit")


#: What people might change in a plan.
EDITS: dict[str, Callable[[dict[str, Any]], object]] = {
    "spend": lambda raw: raw["allocation"].update(tv=1.0),
    "name": lambda raw: raw["channels"].update(radio=raw["channels"].pop("tv")),
    "gain": lambda raw: raw["uplift"].update(mean=1e9),
    "window": lambda raw: raw["window"].update(end="2030-12-31"),
    "verdict": lambda raw: raw["verdict"].update(level="ok", sentence="All is well."),
    "warning": lambda raw: raw["warnings"].append("none"),
}


@dataclass(frozen=True)
class Case:
    """A command, how its input is broken, and words that the message must hold."""

    name: str
    arguments: tuple[str, ...]
    spoil: Break
    words: tuple[str, ...]


def nothing(folder: Path) -> None:
    """The arguments are wrong enough."""


def both(first: Break, second: Break) -> Break:
    """Two things wrong."""

    def spoil(folder: Path) -> None:
        first(folder)
        second(folder)

    return spoil


def text(path: str, content: str) -> Break:
    """A file with this content."""

    def spoil(folder: Path) -> None:
        (folder / path).write_text(content)

    return spoil


def binary(path: str) -> Break:
    """A file whose content is damaged from its middle on."""

    def spoil(folder: Path) -> None:
        content = (folder / path).read_bytes()
        half = len(content) // 2
        (folder / path).write_bytes(content[:half] + b"\x00\xff" * 40)

    return spoil


def spec(**changes: object) -> Break:
    """The spec with some sections replaced."""

    def spoil(folder: Path) -> None:
        path = folder / "mediamix.yml"
        path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **changes}))

    return spoil


def table(name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Break:
    """A data table after `change`."""

    def spoil(folder: Path) -> None:
        path = folder / "data" / f"{name}.csv"
        change(pd.read_csv(path, dtype=object)).to_csv(path, index=False)

    return spoil


def cell(name: str, row: int, column: str, value: str) -> Break:
    """One cell replaced; `row` as a spreadsheet counts (the header is 1)."""

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[row - 2, column] = value
        return frame

    return table(name, change)


def zero(channel: str) -> Break:
    """A channel without any spend and delivery."""

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[frame["channel"] == channel, ["spend", "impressions", "clicks"]] = "0"
        return frame

    return table("media", change)


def first_weeks(folder: Path) -> None:
    """15 weeks of every table."""
    for name in ("media", "outcome", "controls"):
        table(name, lambda frame: frame[frame["date"].isin(sorted(frame["date"].unique())[:15])])(folder)


def used(path: str) -> Break:
    """A folder with a file of somebody else's."""

    def spoil(folder: Path) -> None:
        (folder / path).mkdir()
        (folder / path / "mine.txt").write_text("mine")

    return spoil


def plan_of_another_seed(folder: Path) -> None:
    """A plan of a fit of the same data and channels, with another seed."""
    from mediamix.core.spec import load_spec

    spec(sampler={"chains": 2, "draws": 100, "tune": 100, "seed": 99})(folder)
    assert load_spec(folder / "mediamix.yml").sampler.seed == 99
    assert call("fit", "mediamix.yml", "--out", "other").code in (0, 3)
    assert call("optimize", "other", "--anyway", "--no-history", "--out", "plan.json").code == 0


def plan_with(change: Callable[[dict[str, Any]], object]) -> Break:
    """A plan of the fit, changed by hand."""

    def spoil(folder: Path) -> None:
        assert call(*OPTIMIZE, "--no-history", "--out", "plan.json").code == 0
        raw = json.loads((folder / "plan.json").read_text())
        change(raw)
        (folder / "plan.json").write_text(json.dumps(raw))

    return spoil


def only_held_out(folder: Path) -> None:
    """A channel that runs in the last five weeks, of which eight are held out."""
    spec(holdout={"last": 8})(folder)

    def late(frame: pd.DataFrame) -> pd.DataFrame:
        new = frame[frame["channel"] == "tv"].tail(5).assign(channel="tiktok")
        return pd.concat([frame, new])

    table("media", late)(folder)


def other_spec(folder: Path) -> None:
    """The spec of another analysis in the fit's folder: valid, but not the fit's."""
    path = folder / "fit" / "spec.yml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), "trend": {"kind": "linear"}}))


def rename(**names: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda frame: frame.rename(columns=names)


def future(change: Callable[[pd.DataFrame], pd.DataFrame], weeks: int) -> Break:
    """``plan.csv``: the last rows of the media, moved by `weeks` weeks."""

    def spoil(folder: Path) -> None:
        media = pd.read_csv(folder / "data" / "media.csv", parse_dates=["date"])
        last = media[media["date"] > media["date"].max() - pd.Timedelta(weeks=4)]
        moved = last.assign(date=last["date"] + pd.Timedelta(weeks=weeks))
        change(moved).to_csv(folder / "plan.csv", index=False)

    return spoil


SPECS = [
    Case("spec absent", ("fit", "nix.yml", "--out", "new"), nothing, ("nix.yml", "check the path")),
    Case("spec isn't YAML", FIT, text("mediamix.yml", "data: [1, 2"), ("mediamix.yml", "not valid YAML")),
    Case("spec is a list", FIT, text("mediamix.yml", "- a"), ("must be a mapping",)),
    Case(
        "spec is binary",
        FIT,
        lambda f: (f / "mediamix.yml").write_bytes(b"\xff\xfe\x00") and None,
        ("can't read the spec",),
    ),
    Case("spec without data", FIT, text("mediamix.yml", ""), ("names no data", "data.media")),
    Case("unknown section", FIT, spec(samplr={}), ("'samplr'", "did you mean 'sampler'")),
    Case("unknown key", FIT, spec(sampler={"drawz": 10}), ("'sampler.drawz'", "did you mean 'draws'")),
    Case("wrong type", FIT, spec(sampler={"chains": "many"}), ("sampler.chains", "'many'")),
    Case("out of range", FIT, spec(sampler={"draws": 1}), ("sampler.draws", "50")),
    Case(
        "p95 below median",
        FIT,
        spec(channels={"tv": {"prior": {"roi": {"median": 2, "p95": 1}}}}),
        ("channels.tv.prior.roi", "p95 must be larger"),
    ),
    Case("unknown channel", FIT, spec(channels={"tvv": {}}), ("channels.tvv", "did you mean 'tv'")),
    Case(
        "unknown exposure",
        FIT,
        spec(channels={"tv": {"exposure": "impresions"}}),
        ("channels.tv.exposure", "impressions"),
    ),
    Case(
        "unknown adstock",
        FIT,
        spec(channels={"tv": {"adstock": {"kind": "delayd"}}}),
        ("adstock called 'delayd'", "did you mean 'delayed'"),
    ),
    Case(
        "unknown saturation",
        FIT,
        spec(channels={"tv": {"saturation": {"kind": "hil"}}}),
        ("saturation called 'hil'", "did you mean 'hill'"),
    ),
    Case(
        "prior of nothing",
        FIT,
        spec(channels={"tv": {"prior": {"half_lif": {"median": 1, "p95": 2}}}}),
        ("channels.tv.prior", "half_lif", "did you mean 'half_life'"),
    ),
    Case(
        "its own cause",
        FIT,
        spec(mediators={"awareness": {"driven_by": ["tv", "awareness"]}}),
        ("mediators.awareness is its own cause",),
    ),
    Case(
        "a circle of mediators",
        FIT,
        spec(mediators={"a": {"driven_by": ["b"]}, "b": {"driven_by": ["a"]}}),
        ("the mediators a, b stand on a circle",),
    ),
    Case(
        "unknown mediator and cause",
        FIT,
        spec(mediators={"pric": {"driven_by": ["tvv"]}}),
        ("no column 'pric'", "'tvv'"),
    ),
    Case("holdout too long", FIT, spec(holdout={"last": 50}), ("holdout.last: 50", "fewer than 20")),
    Case("other outcome", FIT, spec(outcome={"column": "sales"}), ("'sales'", "revenue")),
]
DATA = [
    Case(
        "a channel in the holdout only",
        FIT,
        only_held_out,
        ("tiktok: 0 of 52 trained weeks are active", "hold out fewer periods"),
    ),
    Case(
        "media absent", FIT, lambda f: (f / "data/media.csv").unlink(), ("there is no file data/media.csv",)
    ),
    Case("media of zero bytes", FIT, text("data/media.csv", ""), ("media.csv is empty",)),
    Case("header only", FIT, text("data/outcome.csv", "date,revenue\n"), ("outcome.csv", "no rows")),
    Case("misspelt spend", FIT, table("media", rename(spend="spnd")), ("media.csv", "'spend'", "spnd")),
    Case(
        "no channel column",
        FIT,
        table("media", lambda f: f.drop(columns="channel")),
        ("media.csv", "'channel'"),
    ),
    Case("misspelt outcome", FIT, table("outcome", rename(revenue="revenu")), ("'revenue'", "revenu")),
    Case(
        "column twice",
        FIT,
        text("data/outcome.csv", "date,revenue,revenue\n2024-01-01,1,2\n"),
        ("outcome.csv", "same name", "revenue"),
    ),
    Case("unparsable date", FIT, cell("media", 7, "date", "31.02.x"), ("row 7", "31.02.x")),
    Case("text in a number", FIT, cell("media", 9, "spend", "lots"), ("row 9", "spend", "lots")),
    Case("NaN in the outcome", FIT, cell("outcome", 12, "revenue", ""), ("NaN in outcome", "2023-03-13")),
    Case("channel of zeros", FIT, zero("social"), ("social", "zero")),
    Case(
        "only channel, of zeros",
        FIT,
        both(zero("tv"), table("media", lambda media: media[media["channel"] == "tv"])),
        ("tv", "zero"),
    ),
    Case("too short", FIT, first_weeks, ("15 weeks", "fewer than 20")),
    Case("negative spend", FIT, cell("media", 4, "spend", "-5000000"), ("negative", "spend")),
    Case("rows twice", FIT, table("outcome", lambda f: pd.concat([f, f.head(2)])), ("outcome", "2023-01-02")),
    Case("hole in a control", FIT, cell("controls", 20, "price", ""), ("price",)),
    Case("constant outcome", FIT, table("outcome", lambda f: f.assign(revenue="100")), ("in every period",)),
    Case(
        "not a workbook",
        FIT,
        both(spec(data={"media": "m.xlsx", "outcome": "data/outcome.csv"}), text("m.xlsx", "no zip")),
        ("m.xlsx", "can't be read"),
    ),
    Case(
        "unknown kind of file",
        FIT,
        spec(data={"media": "data/media.json", "outcome": "data/outcome.csv"}),
        ("media.json",),
    ),
    Case("run on bad data", RUN, cell("outcome", 12, "revenue", ""), ("NaN in outcome",)),
    Case("run on a missing column", RUN, table("media", rename(spend="spnd")), ("media.csv", "'spend'")),
    Case(
        "build on bad data",
        ("build", "mediamix.yml", "--warehouse", "w.duckdb"),
        cell("media", 9, "spend", "lots"),
        ("row 9", "lots"),
    ),
    Case(
        "build on what is no warehouse",
        ("build", "mediamix.yml", "--warehouse", "w.duckdb"),
        text("w.duckdb", "text" * 5000),
        ("w.duckdb", "not a DuckDB file"),
    ),
    Case("warehouse absent", (*FIT, "--warehouse", "nix.duckdb"), nothing, ("nix.duckdb", "mediamix build")),
]
FOLDERS = [
    Case("fit into a used folder", FIT, used("new"), ("new", "already used", "--force")),
    Case("run into a used folder", RUN, used("new"), ("new", "already used", "--force")),
    Case("demo into a used folder", ("demo", "--out", "new"), used("new"), ("already used", "--force")),
    Case("generate into a used folder", ("generate", "--out", "new"), used("new"), ("already used",)),
    Case("a file in the way", FIT, text("new", "x"), ("new is a file",)),
    Case("below a file", ("fit", "mediamix.yml", "--out", "mediamix.yml/new"), nothing, ("can't write",)),
    Case(
        "where nobody may write",
        ("fit", "mediamix.yml", "--out", "/proc/new"),
        nothing,
        ("can't write /proc/new",),
    ),
    Case("demo where nobody may write", ("demo", "--out", "/proc/new"), nothing, ("can't write",)),
    Case(
        "build where nobody may write",
        ("build", "mediamix.yml", "--warehouse", "/proc/w.duckdb"),
        nothing,
        ("can't write",),
    ),
    Case(
        "plan file in the way",
        (*OPTIMIZE, "--out", "plan.json"),
        text("plan.json", "{}"),
        ("plan.json", "already there", "--force"),
    ),
    Case(
        "plan table in the way",
        (*OPTIMIZE, "--out", "plan.json"),
        text("plan.csv", "x"),
        ("plan.csv", "already there"),
    ),
    Case("report in the way", ("report", "fit"), text("report.html", "x"), ("report.html", "--force")),
    Case("report's tables in the way", ("report", "fit"), used("report_tables"), ("already used", "--force")),
    Case("report over a folder", ("report", "fit", "--out", "data"), nothing, ("data is a folder",)),
    Case(
        "forecast in the way",
        ("predict", "fit", "--periods", "4", "--out", "f.csv"),
        text("f.csv", "x"),
        ("f.csv", "already there"),
    ),
]
FITS = [
    Case("no fit", ("evaluate", "nix"), nothing, ("nix is not a folder", "mediamix fit")),
    Case("no fit in the folder", ("evaluate", "data"), nothing, ("not a complete fit", "posterior.nc")),
    Case(
        "draws absent",
        ("evaluate", "fit"),
        lambda f: (f / "fit/posterior.nc").unlink(),
        ("not a complete fit", "missing: posterior.nc"),
    ),
    Case("draws damaged", ("evaluate", "fit"), binary("fit/posterior.nc"), ("fit is corrupted",)),
    Case("draws empty", OPTIMIZE, text("fit/posterior.nc", ""), ("fit is corrupted",)),
    Case("data damaged", OPTIMIZE, binary("fit/data.parquet"), ("fit is corrupted", "data.parquet")),
    Case("run.json damaged", OPTIMIZE, text("fit/run.json", "{"), ("fit is corrupted",)),
    Case(
        "run.json of another fit",
        OPTIMIZE,
        text("fit/run.json", '{"data_hash": "0", "spec_hash": "0", "seed": 1, "seconds": {}}'),
        ("fit is corrupted", "data.parquet"),
    ),
    Case("spec swapped", OPTIMIZE, other_spec, ("fit is corrupted", "spec.yml changed")),
    Case("spec.yml damaged", ("report", "fit"), text("fit/spec.yml", "nix: 1"), ("fit is corrupted",)),
]
PLANS = [
    Case("negative budget", (*OPTIMIZE, "--budget", "-5"), nothing, ("total must be a positive number",)),
    Case("no money", (*OPTIMIZE, "--budget", "0"), nothing, ("total must be a positive number",)),
    Case("bounds absent", (*OPTIMIZE, "--bounds", "nix.yml"), nothing, ("bounds nix.yml",)),
    Case(
        "bounds of nobody",
        (*OPTIMIZE, "--bounds", "b.yml"),
        text("b.yml", "tvv: [0, 1]"),
        ("'tvv'", "did you mean 'tv'"),
    ),
    Case(
        "bounds reversed",
        (*OPTIMIZE, "--bounds", "b.yml"),
        text("b.yml", "tv: [9, 1]"),
        ("tv: the lower bound 9 is above",),
    ),
    Case("bounds of words", (*OPTIMIZE, "--bounds", "b.yml"), text("b.yml", "tv: high"), ("tv:", "'high'")),
    Case("bounds in a list", (*OPTIMIZE, "--bounds", "b.yml"), text("b.yml", "- tv"), ("b.yml", "must map")),
    Case(
        "minimums above the budget",
        (*OPTIMIZE, "--last", "8", "--budget", "2M", "--bounds", "b.yml"),
        text("b.yml", "tv: [3000000, 4000000]"),
        ("minimums add up", "budget"),
    ),
    Case(
        "target of another outcome",
        (*OPTIMIZE, "--target", "orders=5"),
        nothing,
        ("explains revenue, not 'orders'",),
    ),
    Case(
        "target without number",
        (*OPTIMIZE, "--target", "revenue=much"),
        nothing,
        ("revenue=much", "revenue=2000000"),
    ),
    Case("target without name", (*OPTIMIZE, "--target", "5e6"), nothing, ("'5e6' can't be read",)),
    Case(
        "target out of reach", (*OPTIMIZE, "--target", "revenue=1e12"), nothing, ("out of reach", "at most")
    ),
    Case(
        "budget and target",
        (*OPTIMIZE, "--target", "revenue=1e6", "--budget", "5"),
        nothing,
        ("a budget and a target",),
    ),
    Case("more periods than there are", (*OPTIMIZE, "--last", "61"), nothing, ("61 periods", "1 to 60")),
    Case("sweep of one", (*OPTIMIZE, "--sweep", "1.5"), nothing, ("sweep '1.5'", "0.5,1.5")),
    Case("sweep backwards", (*OPTIMIZE, "--sweep", "1.5,0.5"), nothing, ("the lower first",)),
    Case("sweep of one step", (*OPTIMIZE, "--sweep", "0.5,1.5", "--steps", "1"), nothing, ("1 steps",)),
    Case(
        "run with impossible bounds",
        (*RUN, "--bounds", "b.yml"),
        text("b.yml", "tv: [9, 1]"),
        ("lower bound 9 is above",),
    ),
    Case(
        "run with bounds of nobody",
        (*RUN, "--bounds", "b.yml"),
        text("b.yml", "tvv: [1, 9]"),
        ("'tvv'", "did you mean 'tv'"),
    ),
    Case(
        "plan isn't JSON",
        ("report", "fit", "--plan", "plan.json"),
        text("plan.json", "{"),
        ("the plan plan.json", "not valid JSON"),
    ),
    Case(
        "plan isn't a plan",
        ("report", "fit", "--plan", "plan.json"),
        text("plan.json", "{}"),
        ("plan.json is not a plan",),
    ),
    Case(
        "plan of another fit",
        ("report", "fit", "--plan", "plan.json"),
        plan_of_another_seed,
        ("belongs to another fit", "seed 99", "plan with this fit"),
    ),
    Case(
        "plan of another version",
        ("report", "fit", "--plan", "plan.json"),
        plan_with(lambda raw: raw["made_by"].update(mediamix="0.0.1")),
        ("plan.json was written by another version", "mediamix 0.0.1"),
    ),
    Case(
        "plan of before plans said who wrote them",
        ("report", "fit", "--plan", "plan.json"),
        plan_with(lambda raw: raw.pop("made_by")),
        ("plan.json was written by another version",),
    ),
    *(
        Case(
            f"plan with an edited {name}",
            ("report", "fit", "--plan", "plan.json"),
            plan_with(change),
            ("plan.json was changed since mediamix wrote it", "digest"),
        )
        for name, change in EDITS.items()
    ),
    Case(
        "budget of a week",
        (*OPTIMIZE, "--budget", "300k"),
        nothing,
        ("of what was spent in the planned window", "60 weeks (", "--last", "--anyway"),
    ),
    Case(
        "run with a budget of a week",
        (*RUN, "--budget", "300k"),
        nothing,
        ("of what was spent in the planned window", "60 weeks (", "--last"),
    ),
    Case("cost of money", (*OPTIMIZE, "--target", "cost_per_unit=35"), nothing, ("is money", "roi=3")),
    Case(
        "truth isn't one",
        ("report", "fit", "--truth", "t.json"),
        text("t.json", "{}"),
        ("t.json", "contribution"),
    ),
]
OTHERS = [
    Case("nothing about the future", ("predict", "fit"), nothing, ("how far the future reaches",)),
    Case("no periods", ("predict", "fit", "--periods", "0"), nothing, ("0 periods",)),
    Case(
        "future in the past", ("predict", "fit", "--media", "plan.csv"), future(lambda m: m, 0), ("2024-02-",)
    ),
    Case(
        "future channel unknown",
        ("predict", "fit", "--media", "plan.csv"),
        future(lambda m: m.replace({"channel": {"tv": "tvv"}}), 4),
        ("tvv",),
    ),
    Case("noise out of range", ("generate", "--out", "new", "--noise", "9"), nothing, ("noise", "0.5")),
    Case("no channels", ("generate", "--out", "new", "--channels", "0"), nothing, ("channels", "1 to 500")),
    Case(
        "every year", ("generate", "--out", "new", "--every", "year"), nothing, ("'day', 'week' or 'month'",)
    ),
    Case("list of nothing", ("list", "chekcs"), nothing, ("'chekcs'", "did you mean 'checks'")),
    Case("unknown command", ("fitt",), nothing, ("fitt", "mediamix --help")),
    Case(
        "unknown option", ("fit", "mediamix.yml", "--outt", "new"), nothing, ("--outt", "mediamix fit --help")
    ),
    Case("option absent", ("generate",), nothing, ("--out", "mediamix generate --help")),
    Case("argument absent", ("evaluate",), nothing, ("DIR", "mediamix evaluate --help")),
    Case("words for a number", (*OPTIMIZE, "--budget", "much"), nothing, ("--budget", "can't be read")),
]
CASES = [*SPECS, *DATA, *FOLDERS, *FITS, *PLANS, *OTHERS]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_clear_message_and_nothing_written(case: Case, project: Path) -> None:
    case.spoil(project)
    before = tree(project)
    result = call(*case.arguments)
    assert result.code == 2, result.err
    assert result.out == ""
    for word in case.words:
        assert word in result.err
    assert "Traceback" not in result.err
    assert "not your fault" not in result.err
    assert tree(project) == before


@pytest.mark.parametrize(
    "case", [*SPECS[:6], *FOLDERS[:2], *FITS[:2], *PLANS[:3], *OTHERS[-4:]], ids=lambda case: case.name
)
def test_the_same_message_for_machines(case: Case, project: Path) -> None:
    case.spoil(project)
    result = call(*case.arguments, "--json")
    assert result.code == 2
    told = json.loads(result.out)
    assert (set(told), told["code"]) == ({"error", "code"}, 2)
    error = told["error"]
    assert set(error) == {"kind", "what", "expected", "got", "next", "details"}
    said = " ".join([error["what"], error["expected"], error["got"], error["next"], *error["details"]])
    for word in case.words:
        assert word in said


def test_all_findings_at_once(project: Path) -> None:
    cell("media", 7, "date", "31.02.x")(project)
    cell("outcome", 12, "revenue", "lots")(project)
    result = call(*FIT)
    assert result.code == 2
    assert "31.02.x" in result.err
    assert "lots" in result.err


def test_a_failed_build_leaves_the_warehouse_as_it_was(project: Path) -> None:
    (project / "old").mkdir()
    warehouse = project / "old" / "w.duckdb"
    import duckdb

    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create table mine as select 42 as answer")
    cell("media", 4, "spend", "-5000000")(project)
    before = tree(project)
    result = call("build", "mediamix.yml", "--warehouse", warehouse)
    assert result.code == 2
    assert "negative" in result.err or "spend" in result.err
    assert tree(project) == before


def test_one_channel_is_allowed_with_a_warning(project: Path) -> None:
    table("media", lambda frame: frame[frame["channel"] == "tv"])(project)
    result = call(*FIT)
    assert result.code == 0
    assert "there is one channel only" in result.err
