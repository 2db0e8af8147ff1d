"""The same with nothing shortened: real processes, real runs with marts and reports, kills at any moment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mediamix.project.runs import all_runs, current
from mediamix.training.record import all_trainings
from training.catching import mail_server
from training.world import SPEC, Shop

pytestmark = pytest.mark.kills
COMMAND = (sys.executable, "-m", "mediamix", "train")
#: Seconds after which a training is killed, the first ones while it starts.
MOMENTS = (1.0, 3.0, 5.0, 8.0, 11.0)


def begun(shop: Shop, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, str(shop.root), "--json"],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def test_trainings_killed_at_any_moment_are_recorded_once_and_told_once(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    with mail_server() as box:
        alerts = f"""\
alerts:
  mail: {{host: 127.0.0.1, port: {box.port}, security: none, sender: mediamix@example.com}}
  to: {{ann: {{email: [ann@example.com]}}}}
"""
        (shop.root / "mediamix.yml").write_text(SPEC + alerts)
        for weeks in (80, 81):
            shop.deliver(weeks)
            for moment in MOMENTS:
                process = begun(shop, {})
                time.sleep(moment)
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
            process = begun(shop, {})
            out, _ = process.communicate(timeout=300)
            told = json.loads(out)
            assert process.returncode == 0, told
            assert current(shop.project) == next(
                step["told"]["run"] for step in told["steps"] if step["name"] == "fit"
            )
        done = [one for one in all_trainings(shop.project) if one.decision == "promoted"]
        assert len(done) == 2
        assert {record.state for record in all_runs(shop.project)} == {"done"}
        assert len(all_runs(shop.project)) == 2
        # The data end long ago, which lasts: told once, whatever was killed.
        keys = [line for text in box.texts() for line in text.splitlines() if "the data ends with" in line]
        assert len(keys) == 1
