"""BLAS has one thread while we compute, and as many as before afterwards."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest

from mediamix.core.blas import alone

_LIBRARIES = sorted((Path(np.__file__).parents[1] / "numpy.libs").glob("*openblas*"))


@pytest.fixture
def library() -> Iterator[ctypes.CDLL]:
    if not _LIBRARIES:
        pytest.skip("this NumPy brings no OpenBLAS")
    found = ctypes.CDLL(str(_LIBRARIES[0]))
    before = found.scipy_openblas_get_num_threads64_()
    found.scipy_openblas_set_num_threads64_(2)
    yield found
    found.scipy_openblas_set_num_threads64_(before)


def _threads(library: ctypes.CDLL) -> int:
    return int(library.scipy_openblas_get_num_threads64_())


def test_one_thread_inside_and_as_many_as_before_after_an_error(library: ctypes.CDLL) -> None:
    seen = []

    @alone()
    def compute() -> None:
        seen.append(_threads(library))
        with alone():
            seen.append(_threads(library))
        seen.append(_threads(library))
        raise ValueError("ours")

    with pytest.raises(ValueError, match="ours"):
        compute()
    assert seen == [1, 1, 1]
    assert _threads(library) == 2


def test_the_last_of_several_at_once_sets_them_back(library: ctypes.CDLL) -> None:
    both = Barrier(2, timeout=30)

    @alone()
    def compute(_: int) -> int:
        both.wait()
        return _threads(library)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(compute, range(2))) == [1, 1]
    assert _threads(library) == 2


def test_the_command_tells_a_blas_that_is_not_loaded_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    said = "import os, mediamix.cli as c; c.main(['--version']); print(os.environ['OPENBLAS_NUM_THREADS'])"
    run = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert run.stdout.split()[-1] == "1"
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    run = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert run.stdout.split()[-1] == "3"
