"""The short form of `kill.py`: a kill of each fast command while it writes, and a build beside others."""

from __future__ import annotations

import pytest
from kill import main


def test_nothing_is_lost_by_kills_nor_by_two_at_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--only", "build,fit,optimize", "--kills", "3", "--pairs", "1", "--seed", "7"])
    assert code == 0, capsys.readouterr().out


@pytest.mark.kills
@pytest.mark.parametrize(("only", "kills", "pairs"), [("build", 2, 1), ("fit,optimize", 3, 1)])
def test_nothing_is_lost_at_any_moment(
    only: str, kills: int, pairs: int, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["--only", only, "--kills", str(kills), "--pairs", str(pairs), "--seed", "7"])
    assert code == 0, capsys.readouterr().out
