"""What an array gave back, the next one takes."""

from __future__ import annotations

import subprocess
import sys

import pytest

_CODE = """
import resource
import numpy as np
from mediamix.core.heap import keep_freed
keep_freed()
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones(5_000_000)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(faults(), faults())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's malloc")
def test_a_freed_array_leaves_its_pages_to_the_next() -> None:
    done = subprocess.run([sys.executable, "-c", _CODE], capture_output=True, text=True, check=True)
    # 40 MB are 9,766 pages.
    assert all(int(word) < 100 for word in done.stdout.split())
