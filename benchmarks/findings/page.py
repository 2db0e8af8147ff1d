"""The page: tables of what was said, by check and by kind of world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from findings.spikes import FACTORS, Counts

if TYPE_CHECKING:
    from findings.run import Result

#: Checks that look at a fit's answer, not at worlds of a kind of their own: the rest is listed with them.
LOUD = ("warning", "error")


def markdown(results: Sequence[Result], spikes: Sequence[Counts], about: Mapping[str, Any]) -> str:
    """All tables, with the machine they were made on (no names, no paths)."""
    machine = about["host"]
    described = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    sound, unsound = _split(results)
    parts = [
        "# Findings, counted",
        f"{len(sound)} sound and {len(unsound)} unsound worlds of known truth, fitted with the default "
        "spec (panels: `geo: {}`). A sound world is one that the model describes: 156 weeks, 730 days or 8 "
        "geos × 104 weeks, two controls, true returns of 0.4 to 3.5; "
        f"{_simulated(sound)} of them are made by our simulator, all others by a generator that shares no "
        "code with it. Thresholds were chosen on worlds of other seeds. Made by "
        f"`uv run python benchmarks/findings/run.py` on {about['day']}: {machine['cores']} cores, "
        f"{machine['system']} {machine['machine']}; {described}.",
        "A fit is **wrong** where the median relative error of its channels' contributions is over 25 %, "
        "or fewer than 75 % of their 90 % intervals hold the truth. It is **not ok** where a check of the "
        "fit or of the data gives a warning or an error; what the sampler says is left out: it says nothing "
        "about the world.",
        _table(("measure", "value"), headline(sound, unsound)),
        "## By kind of world",
        _table(KIND_HEAD, kind_rows(results)),
        "## By check",
        "In how many worlds a check gave a warning or an error; most checks aren't made for most kinds.",
        _table(*check_table(results)),
        "## The data check `outliers`",
        "Spikes planted into weekly spend of several kinds, at multiples of the channel's largest value.",
        _table(SPIKE_HEAD, spike_rows(spikes)),
    ]
    return "\n\n".join(parts) + "\n"


def _split(results: Sequence[Result]) -> tuple[list[Result], list[Result]]:
    return [r for r in results if r.sound], [r for r in results if not r.sound]


def _simulated(sound: Sequence[Result]) -> int:
    return sum("simulated" in r.kind for r in sound)


def headline(sound: Sequence[Result], unsound: Sequence[Result]) -> list[tuple[str, str]]:
    """The counts that matter."""
    false = [r for r in sound if not r.ok]
    wrong = [r for r in unsound if r.wrong]
    seen = [r for r in wrong if not r.ok]
    checks = np.array([r.checks_s for r in (*sound, *unsound) if r.checks_s > 0])
    return [
        ("sound worlds whose verdict isn't ok", _part(len(false), len(sound))),
        ("unsound worlds whose verdict isn't ok", _part(sum(not r.ok for r in unsound), len(unsound))),
        ("unsound worlds whose fit is wrong", _part(len(wrong), len(unsound))),
        ("of those, verdict not ok", _part(len(seen), len(wrong))),
        (
            "sound worlds whose fit is wrong by the same measure",
            _part(sum(r.wrong for r in sound), len(sound)),
        ),
        (
            "seconds of the refits: median, most",
            f"{np.median(checks):.2f}, {checks.max():.2f}" if len(checks) else "–",
        ),
    ]


def _part(count: int, of: int) -> str:
    return f"{count} of {of} ({count / of:.0%})" if of else "–"


KIND_HEAD = ("kind", "worlds", "median error", "coverage", "wrong", "not ok", "wrong and ok", "what spoke")


def kind_rows(results: Sequence[Result]) -> list[tuple[str, ...]]:
    """A row per kind."""
    rows = []
    for kind in dict.fromkeys(r.kind for r in results):
        own = [r for r in results if r.kind == kind]
        spoke: dict[str, int] = {}
        for r in own:
            for check, severity in r.said.items():
                if severity in LOUD:
                    spoke[check] = spoke.get(check, 0) + 1
        words = ", ".join(f"{check} {n}" for check, n in sorted(spoke.items(), key=lambda item: -item[1]))
        rows.append(
            (
                kind,
                str(len(own)),
                f"{np.median([r.error for r in own]):.2f}",
                f"{np.mean([r.coverage for r in own]):.0%}",
                str(sum(r.wrong for r in own)),
                str(sum(not r.ok for r in own)),
                str(sum(r.wrong and r.ok for r in own)),
                words or "–",
            )
        )
    return rows


def check_table(results: Sequence[Result]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Head and a row per check that gave a warning anywhere, or is one of the fit's."""
    from mediamix.measure.checking import all_checks

    kinds = [kind for kind in dict.fromkeys(r.kind for r in results) if not kind.startswith("sound")]
    sound, unsound = _split(results)
    names = list(dict.fromkeys([c.name for c in all_checks()] + [c for r in results for c in r.said]))
    rows = []
    for name in names:
        loud = [r for r in results if r.said.get(name) in LOUD]
        remark = [r for r in results if r.said.get(name) == "info"]
        if not loud and name not in {c.name for c in all_checks()}:
            continue
        per_kind = {kind: sum(r.kind == kind for r in loud) for kind in kinds}
        where = ", ".join(f"{kind} {n}" for kind, n in per_kind.items() if n)
        rows.append(
            (
                f"`{name}`",
                f"{sum(r.sound for r in loud)} of {len(sound)}",
                f"{sum(not r.sound for r in loud)} of {len(unsound)}",
                where or "–",
                f"{sum(r.sound for r in remark)}, {sum(not r.sound for r in remark)}",
            )
        )
    return (
        "check",
        "false alarms, sound worlds",
        "unsound worlds",
        "which (of 5 each)",
        "remarks only: sound, unsound",
    ), rows


SPIKE_HEAD = (
    "spend",
    "series",
    "false alarms",
    *(f"×{f} found" for f in FACTORS),
    f"two of ×{FACTORS[0]}, both found",
)


def spike_rows(spikes: Sequence[Counts]) -> list[tuple[str, ...]]:
    """A row per kind of spend."""
    return [
        (
            c.kind,
            str(c.series),
            str(c.false),
            *(f"{c.found[f] / c.series:.1%}" for f in FACTORS),
            f"{c.two / c.series:.1%}",
        )
        for c in spikes
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
