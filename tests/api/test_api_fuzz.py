"""schemathesis: whatever the document allows, and what it doesn't, held to the document. All checks.

In CI some made-up calls of each read and question; `-m fuzz` does everything, minutes long.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from api_cases import running
from hypothesis import HealthCheck, Phase, given, settings

from mediamix.api.factory import application
from mediamix.api.roles import TABLE, Role
from mediamix.project.folder import Project

#: No check is left out, and none is told to expect something else.
ALL = ("--checks", "all", "--no-color", "--request-timeout", "60", "--max-failures", "20")


def fuzzed(url: str, key: str, cwd: Path, *options: str) -> None:
    """Run it, and show what it found."""
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json"]
    command += ["--header", f"Authorization: Bearer {key}", *ALL, *options]
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, capture_output=True, text=True, env=quiet, cwd=cwd)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2000:]


@pytest.mark.fuzz
def test_every_check_on_everything(promoted: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    shutil.copytree(promoted[0], tmp_path / "shop")
    # Its wrong keys come faster than anybody may guess.
    limits = ("--work-limit", "100000/minute", "--failure-limit", "100000/minute")
    with running(tmp_path / "shop", tmp_path / "log", *limits) as server:
        fuzzed(
            server.url,
            server.key("admin"),
            tmp_path,
            "--phases",
            "examples,coverage,fuzzing,stateful",
            "-n",
            "60",
        )
    assert '"event": "fault"' not in (tmp_path / "log").read_text()


def test_every_check_on_some_calls_of_each_question_and_read(promoted: tuple[Path, dict[str, str]]) -> None:
    import schemathesis

    # One of its own: schemathesis ends it, too.
    app = application(Project.at(promoted[0]))
    headers = {"Authorization": f"Bearer {promoted[1]['viewer']}"}
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers=headers)
    tried = []
    for found in schema.get_all_operations():
        operation = found.ok()
        rule = TABLE[operation.method.upper(), operation.path]
        slow = ("report.pdf", "events", "flight", "scenarios")
        if rule.role > Role.VIEWER or operation.path.rpartition("/")[2] in slow:
            continue  # what begins work, or takes seconds: with the marker

        @settings(
            max_examples=1, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck)
        )
        @given(case=operation.as_strategy())
        def held(case: schemathesis.Case) -> None:
            response = case.call(headers=headers)
            case.validate_response(response, headers=headers)

        held()
        tried.append(operation.path)
    assert len(tried) > 15
