"""The short form of `kill.py`: a few kills and pairs of the fast commands."""

from __future__ import annotations

import pytest
from kill import main


@pytest.mark.parametrize(("only", "kills", "pairs"), [("build", 2, 1), ("fit,optimize", 3, 1)])
def test_nothing_is_lost_by_kills_nor_by_two_at_a_time(
    only: str, kills: int, pairs: int, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["--only", only, "--kills", str(kills), "--pairs", str(pairs), "--seed", "7"])
    assert code == 0, capsys.readouterr().out
