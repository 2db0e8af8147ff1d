"""Compiling the engine beside other work: asked for only where it is missing, waited for, never left over."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mediamix.core.locks import sole_writer
from mediamix.project import compiling


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation whose engine was never compiled."""
    folder = tmp_path / "__pycache__"
    monkeypatch.setattr(compiling, "KEPT", folder)
    monkeypatch.setattr(compiling, "_LOCK", folder / "kernels")
    return folder


def test_it_is_there_where_the_engine_was_imported() -> None:
    import mediamix.models.bayes  # noqa: F401

    assert not compiling.missing()  # numba still keeps kernels where, and as, this module looks for them
    assert compiling.begin() is None


def test_it_is_missing_until_its_last_kernel_is_kept(bare: Path) -> None:
    assert compiling.missing()
    bare.mkdir()
    assert compiling.missing()
    version = f"py{sys.version_info.major}{sys.version_info.minor}"
    (bare / "density.log_posterior-130.py27.nbi").touch()
    assert compiling.missing()
    (bare / f"density.log_posterior-130.{version}.nbi").touch()
    assert not compiling.missing()


def test_a_process_at_work_is_seen_by_others(bare: Path) -> None:
    bare.mkdir()
    assert not compiling.at_work()
    hold = (
        "import sys, time; from pathlib import Path; from mediamix.core.locks import sole_writer\n"
        "with sole_writer(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(bare / "kernels")], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert compiling.at_work()
        process.kill()
    assert not compiling.at_work()


def test_what_is_compiled_meanwhile_is_not_compiled_again(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare.mkdir()
    monkeypatch.setattr(compiling, "missing", lambda: False)
    monkeypatch.setitem(sys.modules, "mediamix.models.bayes", None)  # an import of it would raise
    compiling.main()
    with sole_writer(bare / "kernels", patience=0.0):
        pass


def test_the_end_is_waited_for_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    made = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.5)"])
    monkeypatch.setattr(compiling, "begin", lambda: made)
    said: list[str] = []
    with compiling.beside(said.append):
        assert made.poll() is None
    assert made.returncode == 0
    assert said == ["Compiling the engine, once for this installation"]


def test_a_block_that_fails_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    made = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(compiling, "begin", lambda: made)
    with pytest.raises(KeyboardInterrupt), compiling.beside(lambda step: None):
        raise KeyboardInterrupt
    assert made.returncode is not None
    assert made.returncode < 0
