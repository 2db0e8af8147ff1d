"""The page of plans side by side, and what it says about the claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mediamix.core.provenance import host, versions
from peers.attempts import OURS, TITLES
from peers.page import CLAIM_HEAD, table
from peers.plan_cases import PlanCase
from peers.plan_rows import PlanRow

#: Whether the curves are given → the page: a planner alone, or after its own fit, which defaults change.
PAGES = {True: Path(__file__).with_name("plans.md"), False: Path(__file__).with_name("plans_fitted.md")}
#: Differences below are of rounding: our tables have 401 points, Meridian's grid a step of the budget.
SAME = 1e-4
TIMES_FASTER = 20.0
#: Part of a budget that may stay unspent without a word.
SPENT = 0.005
HEAD = ("planner", "gain, true curves", "gain, as planned", "spent", "first plan s", "again s", "it said")


@dataclass(frozen=True)
class Results:
    """All that a page is made of.

    Args:
        cases: Name → market.
        rows: In the order run.
    """

    cases: Mapping[str, PlanCase]
    rows: Sequence[PlanRow]

    def of(self, name: str) -> list[PlanRow]:
        """The rows of a market."""
        return [row for row in self.rows if row.case == name]


def cells(row: PlanRow) -> tuple[str, ...]:
    """A row of `HEAD`; a failure says why."""
    if row.gained is None:
        return (row.title, row.reason.replace("|", "/")[:160], "–", "–", "–", "–", "")
    return (
        row.title,
        f"{row.gained:+.2%}",
        "–" if row.expected is None else f"{row.expected:+.2%}",
        "–" if row.spent is None else f"{row.spent:.1%}",
        seconds(row.first_s),
        seconds(row.again_s),
        row.note.replace("|", "/")[:80],
    )


def side_by_side(results: Results, cases: Sequence[PlanCase]) -> tuple[list[str], list[list[str]]]:
    """Head and lines of markets whose curves were given: a line per market, gain and seconds per planner."""
    planners = list(dict.fromkeys(row.planner for case in cases for row in results.of(case.name)))
    head = [
        "market: curves, bounds", "best", "small steps",
        *(f"{TITLES[p]}{part}" for p in planners for part in (", gain", ", s")),
    ]  # fmt: skip
    lines = []
    for case in cases:
        by_planner = {row.planner: row for row in results.of(case.name)}
        line = [case.title, *("–" if x is None else f"{x:+.2%}" for x in (case.best, case.climbed))]
        for planner in planners:
            row = by_planner.get(planner)
            line += [
                "–" if row is None or row.gained is None else f"{row.gained:+.2%}",
                "–" if row is None else seconds(row.first_s),
            ]
        lines.append(line)
    return head, lines


def remarks(rows: Sequence[PlanRow]) -> list[str]:
    """What the table of given curves has no column for."""
    found = []
    for row in rows:
        if row.gained is None:
            found.append(f"{row.title}: {row.reason[:160]}")
        elif row.spent is not None and row.spent < 1 - SPENT:
            found.append(f"{row.title} leaves {1 - row.spent:.0%} of the budget unspent")
        if row.note:
            found.append(f"{row.title} said that it failed: {row.note}")
    return found


def seconds(value: float | None) -> str:
    """Three digits below a tenth."""
    return "–" if value is None else f"{value:,.3f}" if value < 0.1 else f"{value:,.2f}"


def own(rows: Sequence[PlanRow]) -> PlanRow | None:
    """Our row on our own curves, or on those that all were given."""
    return next(
        (row for row in rows if row.planner == OURS and not row.curves and row.gained is not None), None
    )


def peers_of(rows: Sequence[PlanRow]) -> list[PlanRow]:
    """The peers' plans."""
    return [row for row in rows if row.planner != OURS and row.gained is not None]


def claims(results: Results) -> list[tuple[str, ...]]:
    """What is claimed, measured."""
    lines = []
    for known, where in ((True, "the same curves"), (False, "each its own fit")):
        names = [name for name, case in results.cases.items() if case.known == known]
        pairs = _pairs(results, names)
        if not pairs:
            continue
        lines.append(_kept(f"outcome under the true curves, {where}", pairs))
        if known:
            trapping = [pair for pair in pairs if results.cases[pair[0]].traps]
            steep = [pair for pair in pairs if results.cases[pair[0]].s_shaped]
            lines += _beaten("the same, where a curve is S-shaped", steep, "every one")
            lines += _beaten("the same, where S-curves trap small steps from today's split", trapping, "")
            lines.append(_found(results, names))
        else:
            lines.append(_kept("the same, ours on the peer's own fit", _on_their_curves(results, names)))
        lines += [_faster(results, names, where, which) for which in ("first", "again")]
    return lines


def _found(results: Results, names: Sequence[str]) -> tuple[str, ...]:
    """How often each planner found what dynamic programming found."""
    found: dict[str, list[bool]] = {}
    for name in names:
        best = results.cases[name].best
        for row in results.of(name):
            if best is not None and row.gained is not None:
                found.setdefault(TITLES[row.planner], []).append(row.gained >= best - SAME)
    measured = ", ".join(f"{title} in {sum(hits)} of {len(hits)}" for title, hits in found.items())
    ours = found.get(TITLES[OURS], [])
    return ("best plan found, the same curves", measured, "ours in every one", _met(all(ours)))


def _beaten(what: str, pairs: Sequence[tuple[str, float, float]], wanted: str) -> list[tuple[str, ...]]:
    if not pairs:
        return []
    better = sum(mine > theirs + SAME for _, mine, theirs in pairs)
    rest = "" if better == len(pairs) else "; in the others the peer found the best plan, too"
    measured = f"strictly better in {better} of {len(pairs)}{rest}"
    return [(what, measured, wanted, _met(better == len(pairs)) if wanted else "")]


def _kept(what: str, pairs: Sequence[tuple[str, float, float]]) -> tuple[str, ...]:
    kept = sum(mine >= theirs - SAME for _, mine, theirs in pairs)
    least = min((mine - theirs for _, mine, theirs in pairs), default=0.0)
    measured = f"at least the peer's in {kept} of {len(pairs)}; least difference {least:+.3%}"
    return (what, measured, "every one", _met(kept == len(pairs)))


def _pairs(results: Results, names: Sequence[str]) -> list[tuple[str, float, float]]:
    """Market, our gain and a peer's, for every peer's plan."""
    found: list[tuple[str, float, float]] = []
    for name in names:
        mine = own(results.of(name))
        if mine is not None and mine.gained is not None:
            gained = [row.gained for row in peers_of(results.of(name)) if row.gained is not None]
            found += [(name, mine.gained, theirs) for theirs in gained]
    return found


def _on_their_curves(results: Results, names: Sequence[str]) -> list[tuple[str, float, float]]:
    """Market, our default plan on a peer's fitted curves, and that peer's plan."""
    found = []
    for name in names:
        rows = results.of(name)
        for row in peers_of(rows):
            label = f"{TITLES[row.planner]}'s curves, default"
            mine = [r.gained for r in rows if r.curves == label and r.gained is not None]
            found += [(name, gained, row.gained) for gained in mine if row.gained is not None]
    return found


def _faster(results: Results, names: Sequence[str], where: str, which: str) -> tuple[str, ...]:
    times = []
    for name in names:
        mine = own(results.of(name))
        for row in peers_of(results.of(name)):
            ours_s = None if mine is None else getattr(mine, f"{which}_s")
            theirs_s = getattr(row, f"{which}_s")
            if ours_s and theirs_s:
                times.append((theirs_s / ours_s, f"{TITLES[row.planner]}, {results.cases[name].title}"))
    if not times:
        return (f"seconds, {where}", "–", "–", "")
    least, who = min(times)
    what = "the first plan" if which == "first" else "the same plan once more"
    return (
        f"seconds of {what}, {where}",
        f"at least {least:,.0f} times faster ({who})",
        f"at least {TIMES_FASTER:.0f} times",
        _met(least >= TIMES_FASTER),
    )


def _met(met: bool) -> str:
    return "met" if met else "missed"


def markdown(results: Results, note: str = "") -> str:
    """The page, with the machine it was made on (no names, no paths), and what is to be known of the run."""
    machine = host()
    described = ", ".join(f"{name} {version}" for name, version in versions().items())
    fits = not any(case.known for case in results.cases.values())
    parts = [
        f"# {'Fit and planner' if fits else 'The planner'} against its peers",
        f"Made by `uv run python benchmarks/peers/plans.py` on {date.today().isoformat()}, one process after "
        f"the other: {machine['cores']} cores, {machine['system']} {machine['machine']}; {described}. The "
        "peers' versions are those of the engine's page.",
        *([note] if note else []),
        READING,
        table(CLAIM_HEAD, claims(results)),
    ]
    given = [case for case in results.cases.values() if case.known]
    if given:
        parts += ["## The same curves", SAME_CURVES, table(*side_by_side(results, given))]
        notes = [f"- {case.title}: {note}" for case in given for note in remarks(results.of(case.name))]
        parts += ["\n".join(notes)] if notes else []
    fitted = [case for case in results.cases.values() if not case.known]
    if fitted:
        parts += ["## Each its own fit", OWN_FIT]
    for case in fitted:
        title = case.title[0].upper() + case.title[1:]
        parts += [f"### {title}", table(HEAD, [cells(row) for row in results.of(case.name)])]
    return "\n\n".join(parts) + "\n"


READING = """\
Everybody gets the same total as today, the same bounds, and keeps today's pattern in time; then the **true**
curves say what the plan brings. Gains are parts of today's true media contribution. *As planned* is the
expected gain on the fitted curves that the plan was made on. *First plan* runs from a model in memory, with
everything imported, to a plan, once more in the same process *again*: Meridian makes its grid and summary
anew, PyMC-Marketing compiles anew, ours makes its response tables anew where it plans on a fit. Where a
planner says that it failed, the plan is the one that it would return if asked to return it nevertheless."""
SAME_CURVES = """\
The truth is given away: 1,000 equal draws of a posterior that is the truth (adstock over 13 weeks, Hill),
to Meridian and PyMC-Marketing as the posterior of their own model, to ours as a table of 401 points per
channel; its seconds start with the table. All maximise the expected outcome, so that the best plan is the
same for all; differences of under 0.01 % are rounding. *Best* is what is possible, by dynamic programming
over the true curves; *small steps* is where moving a thousandth of the budget at a time ends, from today's
split. S-curves **trap** it where it misses more than 1 %: there the shape matters to a planner. Where it
doesn't, the way to the best plan is uphill as on concave curves, and nobody can be better than who walks it.
Slopes are drawn by consecutive seeds; all of them are listed."""
OWN_FIT = """\
The first markets of each kind from [plans under the truth](planner-truth.md). Meridian and PyMC-Marketing
with the defaults of the [engine's page](peers.md) plan for the highest expected outcome, as they do; ours
as it does by default: the gain against today in the worst 20 % of draws. Below them our planner on their
fitted curves, which leaves only the planner to differ. Where today's split says something else than the fit,
ours samples the fit again, which is most of its first plan. One seed each: single gains are luck and bad luck
as well."""
