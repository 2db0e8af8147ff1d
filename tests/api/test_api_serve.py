"""The service as people start it: a real socket, limits that limit, JSON logs, clients in two languages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_cases import Server, running

from mediamix.api.access import keys
from mediamix.cli import main
from mediamix.project.folder import Project

CLIENTS = Path(__file__).parents[2] / "examples" / "clients"
#: Calls of one key a minute, with which it is started here.
RATE = 20


@pytest.fixture(scope="module")
def server(
    promoted: tuple[Path, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    said = tmp_path_factory.mktemp("said") / "log"
    with running(promoted[0], said, "--rate-limit", f"{RATE}/minute", "--solvers", "0") as found:
        yield found


def test_limits_limit(server: Server) -> None:
    key, other = server.key(), server.key()
    found = [server.get("/health", key) for _ in range(RATE + 3)]
    assert [status for status, _ in found] == [200] * RATE + [429] * 3
    assert 1 <= int(found[-1][1]["retry-after"]) <= 60
    assert server.get("/health", other)[0] == 200  # each has its own
    assert server.get("/health", None)[0] == 401


def test_a_client_in_python_asks_the_three_questions(server: Server) -> None:
    asked([sys.executable, str(CLIENTS / "client.py")], server)


def test_a_client_in_javascript_asks_the_three_questions(server: Server) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    asked([node, str(CLIENTS / "client.mjs")], server)


def asked(command: list[str], server: Server) -> None:
    """What a client says."""
    own = {"MEDIAMIX_URL": server.url, "MEDIAMIX_KEY": server.key(), "MEDIAMIX_ANYWAY": "1"}
    done = subprocess.run(command, env={**os.environ, **own}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert list(lines) == ["best split", "budget for a ROI of 0.5", "outcomes", "refused"]
    assert len(json.loads(lines["outcomes"])) == 2
    assert "radio" in lines["refused"]


def test_the_log_is_json_without_keys(server: Server) -> None:
    key = server.key()
    server.get("/health", key)
    server.get("/health", key + "x")
    text = server.said.read_text()
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert {line["event"] for line in lines} == {"call"}
    assert key not in text
    assert key.split("_", 2)[2] not in text


def test_keys_are_made_listed_and_revoked(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "create", str(project.root), "--name", "ci", "--role", "viewer", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert keys.Keys(project).holder(made["key"]) is not None
    assert main(["keys", "list", str(project.root), "--json"]) == 0
    listed = capsys.readouterr().out
    assert made["key"] not in listed
    assert [(one["name"], one["state"]) for one in json.loads(listed)["keys"]] == [("ci", "holds")]
    assert main(["keys", "revoke", str(project.root), "--id", made["id"]]) == 0
    assert keys.Keys(project).holder(made["key"]) is None
    assert main(["keys", "revoke", str(project.root), "--id", "nobody"]) == 2
    assert main(["keys", "revoke", str(project.root)]) == 2
    assert main(["keys", "create", str(project.root), "--role", "owner"]) == 2
    assert [json.loads(line)["what"] for line in project.audit.read_text().splitlines()] == [
        "keys create",
        "keys revoke",
    ]


def test_others_are_not_served_without_keys(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", str(project.root), "--host", "0.0.0.0", "--port", "0"]) == 2
    assert "mediamix keys create" in capsys.readouterr().err
    assert main(["serve", str(project.root), "--host", "0.0.0.0", "--no-auth"]) == 2
    assert "for this machine only" in capsys.readouterr().err
    assert main(["serve", str(project.root / "nowhere")]) == 2
    assert main(["serve", str(project.root), "--rate-limit", "many"]) == 2


def test_other_commands_do_not_import_the_service() -> None:
    code = (
        "import sys; from mediamix.cli import main\n"
        "main(['--version']); main(['list', 'adstock', '--json'])\n"
        "found = {name.partition('.')[0] for name in sys.modules}\n"
        "assert not found & {'fastapi', 'starlette', 'uvicorn', 'sqlalchemy', 'jwt', 'structlog'}, found"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
