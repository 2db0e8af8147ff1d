"""A fit's seed becomes random numbers in one place; `--seed-shift` reaches it, also in other processes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
ASK = "from mediamix.core import seeds; print(seeds.of_chains(5), seeds.generator(5, 1).integers(2**62))"


def drawn(seed: int) -> int:
    return int(np.random.default_rng([seed, 1]).integers(2**62))


@pytest.mark.parametrize(("shift", "seed"), [("0", 5), ("2", 2_000_011)])
def test_a_shift_reaches_a_process_that_a_test_starts(shift: str, seed: int) -> None:
    """It can fail: the numbers are those of the seed that is shifted by hand."""
    environment = os.environ | {
        "MEDIAMIX_TEST_SEED_SHIFT": shift,
        "PYTHONPATH": str(ROOT / "tests" / "seed_shift"),
    }
    said = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == [str(seed), str(drawn(seed))]


def test_no_fit_takes_random_numbers_elsewhere() -> None:
    """Else a shift would miss them."""
    taken = re.compile(r"default_rng\([^)]*(?:sampler|settings|run)\.seed")
    found = [path for path in (ROOT / "src").rglob("*.py") if taken.search(path.read_text(encoding="utf-8"))]
    assert found == []
