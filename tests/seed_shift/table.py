"""Which tests fail under other seeds and on other processors: `python tests/seed_shift/table.py`.

First the suite runs once and the tests that sample are noted; then those alone run under each shift of
the seeds and on each processor that Numba, OpenBLAS and NumPy are told they have. It prints a table and
exits with 1 where a test failed. Arguments after `--` choose tests (`-- tests/report`).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as Xml
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__

ROOT = Path(__file__).parents[2]
#: NumPy's parts for AVX-512; it refuses names that it has no parts for, and renamed them in 2.4.
AVX512 = "X86_V4 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR"
#: What the three native parts are told; Numba's features follow from the name.
PROCESSORS = {
    "Intel with AVX2 (2013)": ("haswell", "Haswell", AVX512),
    "AMD Zen 3": ("znver3", "Zen", AVX512),
    "Intel without FMA (2011)": ("sandybridge", "Sandybridge", f"{AVX512} X86_V3 AVX2 FMA3"),
}


class Recorder:
    """Notes the tests that take random numbers of a fit, themselves or in what they are built on."""

    def __init__(self, log: Path) -> None:
        self.log, self.fixtures, self.tests = log, set[str](), list[str]()
        self.failed: list[str] = []
        log.touch()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        before = self.log.stat().st_size
        result = yield
        if self.log.stat().st_size > before:
            self.fixtures.add(fixturedef.argname)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Iterator[None]:
        before = self.log.stat().st_size
        result = yield
        if self.log.stat().st_size > before or self.fixtures & set(item.fixturenames):
            self.tests.append(item.nodeid)
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


def sampling(arguments: list[str], cases: Path) -> list[str]:
    """Run the tests once as they are; the ids of those that sample, also written to `cases`."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MEDIAMIX_TEST_SEED_LOG"] = str(Path(folder) / "log")
        recorder = Recorder(Path(folder) / "log")
        pytest.main(["--rootdir", str(ROOT), *arguments], plugins=[recorder])
        del os.environ["MEDIAMIX_TEST_SEED_LOG"]
    cases.write_text("\n".join(recorder.tests) + "\n")
    print(f"{len(recorder.tests)} tests sample; failed as they are: {recorder.failed or 'none'}", flush=True)
    return recorder.tests


def failures(cases: Path, shift: int, environment: dict[str, str]) -> tuple[list[str], int]:
    """Ids of the tests that fail, and how many ran."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [
            sys.executable,
            "-m",
            "pytest",
            f"--junit-xml={report}",
            f"--seed-shift={shift}",
            "--tb=line",
        ]
        ended = subprocess.run(
            [*command, f"@{cases}"],
            cwd=ROOT,
            env={**os.environ, **environment},
            check=False,
            stdout=subprocess.PIPE,
            text=True,
        )
        if not report.exists():
            raise RuntimeError(ended.stdout)
        if ended.returncode:
            print(ended.stdout[-4000:], flush=True)
        tests = list(Xml.parse(report).getroot().iter("testcase"))
    broken = [t for t in tests if t.find("failure") is not None or t.find("error") is not None]
    return [f"{t.get('classname')}::{t.get('name')}" for t in broken], len(tests)


def processors(cache: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each processor's name and the environment that tells of it."""
    known = set(__cpu_dispatch__)
    for name, (numba, blas, numpy) in PROCESSORS.items():
        # Code that was compiled for one processor stays apart from another's.
        folder = Path(cache) / numba
        yield (
            name,
            {
                "NUMBA_CPU_NAME": numba,
                "NUMBA_CPU_FEATURES": "",
                "NUMBA_CACHE_DIR": str(folder),
                "OPENBLAS_CORETYPE": blas,
                "NPY_DISABLE_CPU_FEATURES": " ".join(part for part in numpy.split() if part in known),
            },
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shifts", type=int, default=10, help="shifts 1 to this")
    parser.add_argument(
        "--cases", type=Path, help="ids of tests: read instead of the first run, or kept here"
    )
    parser.add_argument("--no-processors", action="store_true")
    parser.add_argument("--jobs", type=int, default=2, help="runs side by side")
    parser.add_argument("tests", nargs="*", help="paths for the first run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cases = options.cases or Path(folder) / "cases"
        if not cases.exists():
            sampling(options.tests, cases)
        runs = [(f"shift {n}", n, {}) for n in range(1, options.shifts + 1)]
        if not options.no_processors:
            runs += [(name, 0, environment) for name, environment in processors(folder)]

        def row(run: tuple[str, int, dict[str, str]]) -> int:
            name, shift, environment = run
            began = time.perf_counter()
            found, ran = failures(cases, shift, environment)
            lasted = time.perf_counter() - began
            print(f"| {name} | {ran} | {', '.join(found) or 'none'} | {lasted:.0f} s |", flush=True)
            return len(found)

        with ThreadPoolExecutor(options.jobs) as pool:
            bad = sum(pool.map(row, runs))
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
