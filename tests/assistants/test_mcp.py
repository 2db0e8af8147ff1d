"""An assistant's own client asks a project; the oracle is what the commands say."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from mediamix.assistants.believable import ESTIMATES, believable
from mediamix.assistants.tools import TOOLS, offered
from mediamix.core.spec import parse_spec
from mediamix.data.dataset import Dataset
from mediamix.project.folder import Project
from mediamix.project.record import Record, State
from mediamix.project.runs import all_runs

pytestmark = [
    pytest.mark.skipif(find_spec("mcp") is None, reason="needs the extra 'mcp'"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
Call = Callable[..., Any]


@pytest.fixture(scope="module")
def asked(weekly: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a promoted run that may be believed."""
    return project_of(weekly, tmp_path_factory.mktemp("asked"), {"chains": 4, "draws": 500, "tune": 400})


@pytest.fixture(scope="module")
def doubted(weekly: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose promoted run has far too few draws."""
    spec = {"chains": 2, "draws": 60, "tune": 50, "heal": False}
    return project_of(weekly, tmp_path_factory.mktemp("doubted"), spec)


def project_of(data: Dataset, root: Path, sampler: Mapping[str, Any]) -> Project:
    """As a run of these data would have left it."""
    import mediamix as mm

    spec = parse_spec({"sampler": sampler})
    (root / "mediamix.yml").write_text(spec.to_yaml())
    run = root / "runs" / "20261127T1000Z-0123abcd"
    run.mkdir(parents=True)
    mm.save(mm.fit(data, spec), run / "fit")
    verdict = json.loads((run / "fit" / "summary.json").read_text())["verdict"]["level"]
    at = "2026-11-27T10:00:00Z"
    Record(run.name, State.DONE, "ann", at, {}, started=at, ended=at, verdict=verdict).write(run)
    (root / "current").write_text(f"{run.name}\n")
    return Project.at(root)


def call(project: Project, name: str, arguments: Mapping[str, Any] | None = None, **how: Any) -> Any:
    """What the tool answers: the client talks to the server in this process."""
    import anyio
    from mcp.client import Client

    from mediamix.assistants.server import server_of

    async def talk() -> Any:
        async with Client(server_of(project, **how)) as client:
            return await client.call_tool(name, dict(arguments or {}))

    return anyio.run(talk)


def command(*words: object) -> Any:
    from mediamix.cli.app import app

    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code in (0, 3), result.output
    return json.loads(result.stdout)


def alike(kept: Any, whole: Any) -> None:
    """All that was kept is what the command says, digit by digit, and what was left out is nothing else."""
    if isinstance(kept, dict):
        assert set(kept) <= set(whole)
        for key, value in kept.items():
            alike(value, whole[key])
    elif isinstance(kept, list):
        assert len(kept) == len(whole)
        for one, other in zip(kept, whole, strict=True):
            alike(one, other)
    else:
        assert kept == whole


def test_the_three_questions_have_the_answers_of_the_command(asked: Project) -> None:
    fit, verdict = asked.runs / all_runs(asked)[0].id / "fit", all_runs(asked)[0].verdict
    whole = command("optimize", fit, "--budget", 50_000_000, "--json")
    for name, question in (
        ("maximise", {"budget": 50_000_000}),
        ("scenarios", {"multiples": [0.8, 1.0]}),
        ("what_if", {"what_ifs": {"less": {"change": next(iter(whole["allocation"])), "by": -0.2}}}),
    ):
        said = call(asked, name, question)
        assert not said.is_error, said.structured_content
        told = said.structured_content
        assert told["verdict"]["level"] == verdict
        assert told["verdict"]["sentence"]
        assert told["run"] == all_runs(asked)[0].id
        assert json.loads(said.content[0].text) == told
        if name == "maximise":
            assert not told["withheld"]
            for key in ("allocation", "outcome", "uplift", "channels"):
                alike(told["answer"][key], whole[key])
        if name == "scenarios":  # the table has no interval of the ROI
            assert "scenarios[].roi" in told["withheld"]
            assert {"outcome", "outcome_p5", "outcome_p95"} <= set(told["answer"]["scenarios"][0])


def test_channels_have_evidence_and_a_wrong_name_gets_the_nearest(asked: Project) -> None:
    told = call(asked, "channels").structured_content
    summary = json.loads((asked.runs / told["run"] / "fit" / "summary.json").read_text())
    assert told["answer"]["channels"] == summary["channels"]
    assert not told["withheld"]
    name = next(iter(summary["channels"]))
    one = call(asked, "channels", {"channel": name}).structured_content
    assert set(one["answer"]["channels"]) == {name}
    wrong = call(asked, "channels", {"channel": name + "x"})
    assert wrong.is_error
    assert name in wrong.structured_content["next"]


def test_a_failed_verdict_gives_no_number_whatever_is_asked(doubted: Project) -> None:
    for name, question in (
        ("channels", {}),
        ("maximise", {"budget": 50_000_000}),
        ("forecast", {"periods": 4}),
    ):
        refused = call(doubted, name, question)
        assert refused.is_error
        assert refused.structured_content["kind"] == "VerdictError"
    anyway = call(doubted, "maximise", {"budget": 1000, "anyway": True})
    assert anyway.is_error
    assert "can't set a failed verdict aside" in anyway.structured_content["what"]
    told = call(doubted, "diagnostics").structured_content
    assert told["verdict"]["level"] == "failed"
    assert told["verdict"]["next_steps"]


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("maximise", {"budget": -1}, "budget"),
        ("maximise", {"budgt": 1}, "budgt"),
        ("target", {}, "target"),
        ("channels", {"run": "../../etc"}, "no run"),
        ("nothing", {}, "no tool"),
        ("begin_run", {}, "no tool"),
    ],
)
def test_what_cant_be_asked_is_told(asked: Project, name: str, arguments: dict[str, Any], said: str) -> None:
    refused = call(asked, name, arguments)
    assert refused.is_error
    assert said in json.dumps(refused.structured_content)
    assert "Traceback" not in refused.content[0].text


def test_it_reads_only_unless_it_may_write(ran: Path) -> None:
    assert {tool.name for tool in TOOLS} - set(offered(write=False)) == {"begin_run"}
    project = Project.at(ran)
    again = call(project, "begin_run", write=True).structured_content
    assert again["new"] is False  # the same data, spec and seed: found, not made
    runs = call(project, "runs").structured_content
    assert [run["id"] for run in runs["runs"]] == [again["run"]]


def test_over_standard_input_and_output(asked: Project) -> None:
    import anyio
    from mcp.client import Client
    from mcp.client.stdio import StdioServerParameters, stdio_client

    async def talk() -> tuple[Any, Any]:
        started = StdioServerParameters(
            command=sys.executable, args=["-m", "mediamix", "mcp", str(asked.root)], env=None
        )
        async with Client(stdio_client(started)) as client:
            return await client.list_tools(), await client.call_tool("diagnostics", {})

    tools, said = anyio.run(talk)
    assert {tool.name for tool in tools.tools} == set(offered(write=False))
    for tool in tools.tools:
        assert tool.annotations.read_only_hint
        assert "anyway" not in tool.input_schema["properties"]
    assert said.structured_content["verdict"]["level"] == all_runs(asked)[0].verdict


numbers = st.floats(allow_nan=False, allow_infinity=False)
answers = st.recursive(
    numbers | st.text(max_size=3) | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["mean", "p5", "p95", "roi", "roi_p5", "roi_p95", "roi_mean", "budget", "tv"]),
        inner,
        max_size=6,
    ),
    max_leaves=12,
)


@given(answers)
def test_no_estimate_stays_without_its_interval(answer: Any) -> None:
    kept, withheld = believable(answer)

    def look(value: Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if isinstance(inner, float):
                    stem = key.removesuffix("_mean")
                    low, high = ("p5", "p95") if key == "mean" else (f"{stem}_p5", f"{stem}_p95")
                    if key == "mean" or key.endswith("_mean") or key in ESTIMATES:
                        assert isinstance(value[low], float)
                        assert isinstance(value[high], float)
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(kept)
    if not withheld:
        assert kept == answer
