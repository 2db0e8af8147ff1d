"""The questions: numbers equal those of the command line, once solved they are kept, errors are clear."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from api_cases import API, Served, serving

from mediamix.api.settings import Settings
from mediamix.cli import main
from mediamix.core.documents import as_yaml
from mediamix.project.folder import FIT

ASK = f"{API}/runs/current"


def said(*arguments: object) -> Any:
    """What a command prints as JSON."""
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(io.StringIO()):
        assert main([str(argument) for argument in (*arguments, "--json")]) == 0, out.getvalue()
    return json.loads(out.getvalue())


@pytest.fixture
def fit(served: Served) -> Path:
    return served.project.runs / served.run / FIT


BOUNDS = {"tv": {"change": [-0.2, 0.3]}, "search": [0, 1e7]}


def _yaml(folder: Path, name: str, raw: dict[str, Any]) -> Path:
    path = folder / name
    path.write_text(as_yaml(raw))
    return path


def test_a_plan_is_that_of_the_command(served: Served, fit: Path, tmp_path: Path) -> None:
    today = said("optimize", fit, "--anyway")["budget"]
    budget = round(1.1 * today, 2)
    # A question is written once, as JSON for the one and as options for the other.
    pairs: Sequence[tuple[str, dict[str, Any], tuple[object, ...]]] = (
        ("optimize", {}, ()),
        ("optimize", {"budget": budget, "objective": "mean"}, ("--budget", budget, "--objective", "mean")),
        ("optimize", {"bounds": BOUNDS}, ("--bounds", _yaml(tmp_path, "bounds.yml", BOUNDS))),
        (
            "optimize",
            {"last": 20, "history": False, "objective": "mean"},
            ("--last", 20, "--no-history", "--objective", "mean"),
        ),
        ("target", {"target": {"roi": 1.2}}, ("--target", "roi=1.2")),
    )
    for kind, question, options in pairs:
        answer = served.call("POST", f"{ASK}/{kind}", "viewer", json={**question, "anyway": True})
        assert answer.status_code == 200, answer.text
        assert answer.json() == said("optimize", fit, "--anyway", *options), question
        assert answer.headers["x-run"] == served.run


def test_scenarios_and_what_ifs_are_those_of_the_command(served: Served, fit: Path, tmp_path: Path) -> None:
    moves = {"what_ifs": {"more tv": {"change": "tv", "by": 0.2}, "none": [{"without": "search"}]}}
    options = ("--sweep", "0.8,1.2", "--steps", 3, "--problem", _yaml(tmp_path, "problem.yml", moves))
    told = said("optimize", fit, "--anyway", "--objective", "mean", *options)
    asked = {"objective": "mean", "anyway": True}
    # As the command makes them of its two ends.
    multiples = [0.8 + (1.2 - 0.8) * step / 2 for step in range(3)]
    answer = served.call("POST", f"{ASK}/scenarios", json={"multiples": multiples, **asked})
    assert answer.json()["scenarios"] == told["scenarios"]
    answer = served.call("POST", f"{ASK}/what-if", json={**moves, **asked})
    assert answer.json()["what_ifs"] == told["what_ifs"]


def test_a_calendar_and_a_forecast_are_those_of_the_commands(served: Served, fit: Path) -> None:
    answer = served.call("POST", f"{ASK}/flight", json={"periods": 3, "history": False, "anyway": True})
    assert answer.json() == said("flight", fit, "--weeks", 3, "--no-history", "--anyway")
    for _ in range(2):  # of a future that is made, and of one that is kept
        answer = served.call("POST", f"{ASK}/predict", json={"periods": 3, "anyway": True})
        assert answer.json() == said("predict", fit, "--periods", 3, "--anyway")


def test_measures_are_those_of_the_run(served: Served, fit: Path) -> None:
    import mediamix as mm

    kept = json.loads((fit / "summary.json").read_text())
    assert served.call("GET", f"{ASK}/summary", "viewer").json() == kept
    told = served.call("GET", f"{ASK}/diagnostics", "viewer").json()
    assert told["diagnostics"] == kept["diagnostics"]
    assert told["verdict"]["level"] == kept["diagnostics"]["verdict"]
    rows = served.call("GET", f"{ASK}/roi", "viewer").json()["rows"]
    table = mm.roi(mm.load(fit))
    assert [row["channel"] for row in rows] == table["channel"].tolist()
    assert [row["roi_mean"] for row in rows] == table["roi_mean"].tolist()
    rows = served.call("GET", f"{ASK}/contributions", "viewer").json()["rows"]
    assert len(rows) == len(mm.contributions(mm.load(fit)))
    page = served.call("GET", f"{ASK}/report.html", "viewer")
    assert page.content == (fit.parent / "report.html").read_bytes()
    assert page.headers["content-security-policy"].startswith("sandbox")


def test_a_read_that_one_has_is_not_sent_again(served: Served) -> None:
    for path in (
        f"{ASK}/roi",
        f"{ASK}/summary",
        f"{API}/runs",
        f"{API}/specs",
        f"{API}/datasets",
        "/openapi.json",
    ):
        first = served.call("GET", path)
        again = served.call("GET", path, headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b""), path
        assert again.headers["etag"] == first.headers["etag"]
        assert served.call("GET", path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_same_question_is_solved_once(promoted: tuple[Path, dict[str, str]]) -> None:
    with serving(*promoted) as one:
        asked = []
        solvers = one.app.state.service.solvers
        inner = solvers.answer

        async def counted(*given: Any, **more: Any) -> bytes:
            asked.append(given)
            return await inner(*given, **more)

        solvers.answer = counted
        question = {
            "objective": "mean",
            "history": False,
            "anyway": True,
            "bounds": {"tv": [0, 1e7], "search": [0, 1e7]},
        }
        other = {**dict(reversed(question.items())), "by": None}  # the same, said otherwise
        first, again = (one.call("POST", f"{ASK}/optimize", json=this) for this in (question, other))
        assert (first.status_code, len(asked)) == (200, 1)
        assert first.content == again.content
        assert first.headers["etag"] == again.headers["etag"]
        wrong = [one.call("POST", f"{ASK}/optimize", json={"budget": 5}) for _ in range(2)]
        assert [answer.status_code for answer in wrong] == [409, 409]
        assert wrong[0].json()["detail"] == wrong[1].json()["detail"]
        assert len(asked) == 2  # what is wrong stays wrong
        assert b'mediamix_answers_total{kind="optimize",of="kept"} 2.0' in one.call("GET", "/metrics").content


@pytest.mark.kills
def test_a_killed_solver_is_replaced(promoted: tuple[Path, dict[str, str]]) -> None:
    import os
    import signal

    with serving(*promoted, Settings(solvers=1)) as one:
        question = {"objective": "mean", "history": False, "anyway": True}
        assert one.call("POST", f"{ASK}/optimize", json=question).status_code == 200
        pool = one.app.state.service.solvers._pool
        (process,) = pool._processes.values()
        os.kill(process.pid, signal.SIGKILL)
        process.join(10)
        answer = one.call("POST", f"{ASK}/optimize", json={**question, "last": 30})
        assert answer.status_code == 200, answer.text


def test_what_a_fit_cannot_answer_is_said(served: Served) -> None:
    cases = [
        ("optimize", {}, "verdict", "its verdict is failed"),
        ("optimize", {"bounds": {"radio": [0, 1]}, "anyway": True}, "budget", "radio"),
        ("target", {"target": {}, "anyway": True}, "budget", "one of outcome, roi"),
        ("target", {"target": {"outcome": 1e15}, "anyway": True}, "budget", "out of reach"),
        ("scenarios", {"totals": [1e6], "multiples": [1], "anyway": True}, "budget", "leave one out"),
        ("what-if", {"what_ifs": {"x": {"change": "radio", "by": 1}}, "anyway": True}, "budget", "radio"),
        (
            "predict",
            {"media": [{"date": "2020-01-01", "channel": "tv", "spend": 1}], "anyway": True},
            "data",
            "",
        ),
        ("predict", {"anyway": True}, "data", ""),
        (
            "flight",
            {"channels": {"radio": {"burst": 3}}, "history": False, "anyway": True},
            "budget",
            "radio",
        ),
    ]
    for kind, question, problem, words in cases:
        answer = served.call("POST", f"{ASK}/{kind}", json=question)
        found = answer.json()
        assert answer.status_code == 409, (kind, question, answer.text[:300])
        assert found["type"] == f"urn:mediamix:problem:{problem}", (kind, question, found)
        assert words in json.dumps(found), (kind, question, found)
        assert str(served.project.root) not in answer.text


def test_a_row_is_predicted(served: Served, fit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import mediamix as mm
    from mediamix.api.answering import row
    from mediamix.measure.forecast import forecast

    monkeypatch.setattr(row, "refuse_failed", lambda *_, **__: None)
    loaded = mm.load(fit)
    ahead = mm.read_future(loaded.dataset, periods=3, spec=loaded.spec)
    table = forecast(loaded, ahead, anyway=True)
    day = f"{table['date'].iloc[2]:%Y-%m-%d}"
    tv = loaded.dataset.channel_names.index("tv")
    usual = {"date": day, "tv_spend": float(ahead.spend_gtc[0, 2, tv])}
    for path in ("/predict", f"{API}/predict"):
        found = served.call("POST", path, "viewer", json={"date": day}).json()
        assert found["predicted_revenue"] == table["mean"].iloc[2]
        assert (found["p5"], found["p95"]) == (table["p5"].iloc[2], table["p95"].iloc[2])
        assert found["source"] == served.run
    same = served.call("POST", "/predict", json=usual).json()["predicted_revenue"]
    more = served.call("POST", "/predict", json={**usual, "tv_spend": 3 * usual["tv_spend"] + 1}).json()
    assert same == pytest.approx(table["mean"].iloc[2])
    assert more["predicted_revenue"] > same
    wrong = {"date": "2020-01-01", "radio": 1, "tv": "much", "tv_spend": -1}
    findings = served.call("POST", "/predict", json=wrong).json()["findings"]
    assert [part for part in ("radio", "tv must", "tv_spend must", "date must") if part in str(findings)] == [
        *("radio", "tv must", "tv_spend must", "date must")
    ]


def test_a_baseline_answers_simple_clients(changing: Served) -> None:
    line = {
        "features": ["tv_spend", "weekday"],
        "intercept": 100.0,
        "slope": [2.0, 3.0],
        "rmse": 1.0,
        "slope_draws": [[2.0, 3.0], [2.0, 3.0]],
        "intercept_draws": [100.0, 100.0],
        "unit": "EUR",
    }
    changing.project.line.parent.mkdir()
    changing.project.line.write_text(json.dumps(line))
    found = changing.call("POST", "/predict", json={"tv_spend": 10, "weekday": 2}).json()
    assert (found["predicted_revenue"], found["source"]) == (100.0 + 2.0 * 10 + 3.0 * 2, "baseline")
    answer = changing.call("POST", "/predict", json={"weekday": "monday", "radio": 2})
    assert answer.status_code == 409
    assert "weekday is text" in answer.text
