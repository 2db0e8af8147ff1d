"""The page of what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Result = Mapping[str, Any]


def page(results: Result, host: Result, versions: Result) -> str:
    """Markdown, a section per part that was measured."""
    made = ", ".join(f"{name} {version}" for name, version in versions.items())
    head = [
        "# Many fits",
        "",
        "Made by `uv run python benchmarks/many/run.py`, a part at a time: "
        f"{host['cores']} cores, {host['system']} {host['machine']}; {made}. Beside each part stands how "
        "many processes "
        "wanted a processor when it ended (the load of five minutes): on two cores times hold up to about 3.",
    ]
    sections = [SECTIONS[name](results[name]) for name in SECTIONS if name in results]
    return "\n".join([*head, *(line for lines in sections for line in ["", *lines])]) + "\n"


def _made(one: Result) -> str:
    return f"({one['made']}, load {one['load']:.1f})"


def _time(one: Result) -> list[str]:
    bill = one["bill"]
    verdicts = ", ".join(f"{number} {name}" for name, number in one["verdicts"].items())
    return [
        "## A table of brands",
        "",
        f"{one['brands']} brands, {one['rows']:,} daily rows, five to eight channels each, summed to "
        "weeks; the default "
        "Bayesian spec with its checks, `mediamix fit-all mediamix.yml --by brand --out brands` "
        f"{_made(one)}.",
        "",
        "| brands | fits | no fit | verdicts | cores | seconds, all included | seconds of a core a fit | "
        "of them computed | "
        "1,000 fits |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        f"| {one['brands']} | {one['done']} | {one['failed']} | {verdicts} | {one['cores']} | "
        f"{one['wall']:,.0f} | "
        f"{bill['core_seconds'] / bill['fits']:.2f} | {bill['cpu_seconds'] / bill['fits']:.2f} | "
        f"{bill['core_hours_per_1000']:.2f} core-hours |",
    ]


def _killed(one: Result) -> list[str]:
    return [
        "## Killed half-way",
        "",
        f"The same command on {one['brands']} brands, killed with all of its processes (SIGKILL of the "
        "group), and given "
        f"again; then against a run that nobody disturbed {_made(one)}.",
        "",
        "| fits there after the kill | found by the second call | made by it | made twice | files compared "
        "| that differ |",
        "| --- | --- | --- | --- | --- | --- |",
        f"| {one['before']} | {one['found']} | {one['fits']} | {one['twice']} | "
        f"{one['files']} | {one['differ']} |",
    ]


def _ray(one: Result) -> list[str]:
    return [
        "## A Ray cluster that loses a node",
        "",
        f"{one['brands']} brands on two nodes of this machine, one killed after {one['killed_after']} "
        "fits; files against "
        f"those of the engine `local` {_made(one)}.",
        "",
        "| fits | begun again | made by a second call | files compared | that differ |",
        "| --- | --- | --- | --- | --- |",
        f"| {one['done']} | {one['begun_again']} | {one['made_again']} | {one['files']} | {one['differ']} |",
    ]


def _overhead(one: Result) -> list[str]:
    rows = [
        f"| {words} | {one[name]['wall']:.1f} | {one[name]['inside'] / 2:.1f} | {one[name]['overhead']:.1%} |"
        for name, words in (("waits", "sleeps for a second"), ("computes", "computes for a second"))
    ]
    return [
        "## What the engine adds",
        "",
        f"{one['tasks']} stand-ins of one second on two processes of the engine `local`, their start "
        "included "
        f"{_made(one)}. Beyond the stand-ins' own seconds is the engine's; one that sleeps needs no "
        "processor, so that "
        "a busy machine hardly touches it.",
        "",
        "| stand-in | seconds | of the stand-ins | overhead |",
        "| --- | --- | --- | --- |",
        *rows,
    ]


def _libraries(one: Result) -> list[str]:
    rows = [
        f"| {name} | {found['results']} of {one['tasks']} | {found['begun']} | {found['killed']} | "
        f"{found['seconds']:.1f} |"
        for name, found in one["libraries"].items()
    ]
    return [
        "## What libraries lose",
        "",
        f"{one['tasks']} tasks of 0.2 s on two processes; every {one['every']} s the process that began a "
        "task last is "
        f"killed, {one['kills']} times {_made(one)}. A result counts if it arrives; a library that waits "
        "for what it lost is "
        "given up after a minute.",
        "",
        "| library | results | begun | kills | seconds |",
        "| --- | --- | --- | --- | --- |",
        *rows,
    ]


SECTIONS = {
    "time": _time,
    "killed": _killed,
    "ray": _ray,
    "overhead": _overhead,
    "libraries": _libraries,
}
