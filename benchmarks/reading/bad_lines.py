"""A 2-GB CSV with one bad line of each kind, checked and ingested: what is said, in which time and memory.

Run it by hand with ``uv run python benchmarks/reading/bad_lines.py [--gb 2] [--work FOLDER] [KIND …]``. It
needs 8 GB of disk, and takes minutes per kind. Each command is a process of its own. It writes
``benchmarks/reading/bad_lines.md``, with the kinds that were run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from mediamix.core.files import write_text
from mediamix.core.provenance import host

RESULT = Path(__file__).with_name("bad_lines.md")
SPEC = """\
data: {media: media.csv, outcome: outcome.csv}
outcome: {column: revenue, currency: EUR}
geo: {}
"""
#: Kind → the bad line; it stands at two thirds of the file.
KINDS: dict[str, bytes] = {
    "none": b"",
    "a cell that is no number": b"2022-06-01,geo 1,channel 1,campaign 9999,about 5,7,1",
    "too few cells": b"2022-06-01,geo 1,channel 1",
    "too many cells": b"2022-06-01,geo 1,channel 1,campaign 9999,1,234.50,7,1",
    "a quote that isn't closed": b'2022-06-01,geo 1,"channel 1,campaign 9999,1.50,7,1',
    "a broken byte": b"2022-06-01,geo 1,channel 1,campaign 9999\xc3,1.50,7,1",
}
#: Days, geos and channels of the market.
DAYS, GEOS, CHANNELS = 1095, 10, 8
_BYTES = 59.4  # of a row


@dataclass(frozen=True)
class Ran:
    """What a command came to.

    Args:
        seconds: On the clock.
        cpu_s: Of processors.
        gb: Of memory at most.
        code: Of its exit.
        said: Its message.
    """

    seconds: float
    cpu_s: float
    gb: float
    code: int
    said: str


def write_market(folder: Path, gb: float) -> int:
    """Write media and outcome; the rows of media."""
    import duckdb

    campaigns = max(1, round(gb * 1e9 / _BYTES / (DAYS * GEOS * CHANNELS)))
    day = "date '2021-01-01' + (i // ({}))::int as date, 'geo ' || ((i // {}) % 10) as geo"
    with duckdb.connect() as database:
        database.execute("set memory_limit = '1GB'")
        database.execute(
            f"copy (select {day.format(campaigns * GEOS * CHANNELS, campaigns * CHANNELS)}, "
            f"'channel ' || ((i // {campaigns}) % {CHANNELS}) as channel, "
            f"'campaign ' || lpad((i % {campaigns})::varchar, 4, '0') as campaign, "
            "printf('%.2f', (hash(i) % 1000000) / 100.0) as spend, hash(i + 1) % 100000 as impressions, "
            f"hash(i + 2) % 3000 as clicks from range({campaigns}::bigint * {DAYS * GEOS * CHANNELS}) t(i)) "
            f"to '{folder / 'media.csv'}' (header)"
        )
        database.execute(
            f"copy (select {day.format(GEOS, 1)}, 50000000 + hash(i) % 20000000 as revenue "
            f"from range({DAYS * GEOS}) t(i)) to '{folder / 'outcome.csv'}' (header)"
        )
    write_text(folder / "mediamix.yml", SPEC)
    return campaigns * DAYS * GEOS * CHANNELS


def planted(good: Path, target: Path, line: bytes) -> None:
    """Copy a file with one line more at two thirds of it."""
    at = good.stat().st_size * 2 // 3 if line else -1
    with good.open("rb") as source, target.open("wb") as out:
        done = 0
        while block := source.readlines(1 << 24):
            size = sum(map(len, block))
            if done <= at < done + size:
                block.append(line + b"\n")
            out.writelines(block)
            done += size


def ran(command: list[str], folder: Path) -> Ran:
    """Run it; memory and time are those of the largest process and of all of it."""
    code = (
        "import json, resource, subprocess, sys; "
        "done = subprocess.run(sys.argv[1:], capture_output=True, text=True); "
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6, done.returncode, "
        "(done.stdout + done.stderr)]))"
    )
    import json

    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *command], cwd=folder, capture_output=True, text=True, check=True
    )
    cpu_s, gb, exit_code, said = json.loads(done.stdout)
    lines = [line.strip() for line in said.splitlines() if "media.csv" in line and "row" in line]
    return Ran(time.perf_counter() - began, cpu_s, gb, exit_code, " ".join(lines[:2]) or said.strip()[-300:])


def page(found: dict[tuple[str, str], Ran], rows: int, size: float) -> str:
    """The figures as Markdown."""
    lines = [
        "# A large CSV with one bad line",
        "",
        f"Days of campaigns, {rows:,} rows and {size:.2f} GB, with one bad line at two thirds of them. Each "
        "command is a process of its own; its memory includes that of Python and its packages.",
        "",
        "| bad line | command | exit | on the clock | processor time | memory | × the file |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {kind} | `{name}` | {one.code} | {one.seconds:.0f} s | {one.cpu_s:.0f} s | {one.gb:.2f} GB | "
        f"{one.gb / size:.2f} |"
        for (kind, name), one in found.items()
    ]
    lines += ["", "What is said:", ""]
    lines += [f"- {kind}, `{name}`: {one.said[:300]}" for (kind, name), one in found.items() if one.code]
    lines += ["", f"On {host()['machine']} with {host()['cores']} cores that others used, too.", ""]
    return "\n".join(lines)


def main() -> None:
    """Write the market, plant each bad line, run both commands, write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", default=list(KINDS), metavar="KIND")
    parser.add_argument("--gb", type=float, default=2.0)
    parser.add_argument("--work", type=Path, default=None)
    parser.add_argument("--only", choices=("check", "ingest"), default=None)
    asked = parser.parse_args()
    found: dict[tuple[str, str], Ran] = {}
    with tempfile.TemporaryDirectory(dir=asked.work) as folder:
        good, work = Path(folder) / "good", Path(folder) / "work"
        good.mkdir()
        work.mkdir()
        rows = write_market(good, asked.gb)
        size = (good / "media.csv").stat().st_size / 1e9
        for kind in asked.kinds:
            planted(good / "media.csv", work / "media.csv", KINDS[kind])
            for name in ("outcome.csv", "mediamix.yml"):
                (work / name).write_bytes((good / name).read_bytes())
            tool = [sys.executable, "-m", "mediamix"]
            commands = {
                "check": [*tool, "check"],
                "ingest": [*tool, "ingest", "files", "media.csv", "outcome.csv", "--as", "big", "-y"],
            }
            for name, command in commands.items():
                if asked.only in (None, name):
                    found[kind, name] = ran(command, work)
                    sys.stderr.write(f"{kind}, {name}: {found[kind, name]}\n")
            (work / "mediamix.duckdb").unlink(missing_ok=True)
    text = page(found, rows, size)
    write_text(RESULT, text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
