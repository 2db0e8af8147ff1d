"""A search on one page: the model that was chosen and why, how the search went, what it chose from."""

from __future__ import annotations

import numpy as np

from mediamix.core.numbers import UNKNOWN, percent, times
from mediamix.models.evolve.convergence import CUTS, Course
from mediamix.models.evolve.record import OBJECTIVES, Found, found_of
from mediamix.reporting.blocks import (
    Block,
    Callout,
    Cell,
    Column,
    Figure,
    Kpi,
    Kpis,
    Legend,
    Panels,
    Table,
    Text,
)
from mediamix.reporting.figures import Point, cloud, level
from mediamix.reporting.material import Material
from mediamix.reporting.palette import ACCENT, BASELINE, GOOD, MUTED
from mediamix.reporting.section import Section

#: Candidates that are drawn beside the models of the Pareto fronts.
SHOWN = 800
#: Candidates beyond this quantile of an objective are out of the picture.
WORST = 0.9
LONG = 3
STEPS = (
    "raise model.evolve.iterations: more candidates per trial",
    "narrow the ranges of channels whose transforms are known",
)


def build(material: Material) -> list[Block]:
    """The one-pager of a search; nothing for a fit without one."""
    found = found_of(material.fit)
    if found is None:
        return []
    courses = found.courses
    return [
        Text(f"The model was chosen by a rule: {found.reason}.", "lead"),
        _tiles(found),
        _channels(material, found),
        _converged(courses),
        Panels(
            tuple(_course(found, one) for one in courses),
            "Medians of all trials, and one standard deviation.",
        ),
        _cloud(found),
        Text(
            "Intervals of this report are what the models of the chosen one's group differ by: how much the "
            "choice of transforms matters. They hold no error of sampling, and are narrower than what is not "
            "known.",
            "note",
        ),
    ]


def _tiles(found: Found) -> Kpis:
    where = "the validation" if np.isfinite(found.errors[found.chosen, 1]) else "all periods"
    words = {
        "NRMSE": f"error in {where}, over the outcome's range",
        "DECOMP.RSSD": "distance between shares of effect and of spend",
        "MAPE.lift": "mean distance to what experiments measured",
    }
    tiles = [
        Kpi(name, f"{value:.{LONG}g}", words[name])
        for name, value in zip(OBJECTIVES.values(), found.objectives[found.chosen], strict=False)
    ]
    test = found.errors[found.chosen, 2]
    if np.isfinite(test):
        tiles.append(Kpi("NRMSE, untouched", f"{test:.{LONG}g}", "in periods that no step has used"))
    return Kpis(tuple(tiles))


def _channels(material: Material, found: Found) -> Table:
    """Each channel's share of spend and of effect, return, and transforms."""
    measures, data = material.summary.channels, material.fit.dataset
    paid = data.spend_c > 0
    spend = data.spend_c / max(float(data.spend_c[paid].sum()), 1e-300)
    effect = found.effect[found.chosen]
    whole = float(effect[paid].sum())
    rows = []
    for c, (own, m) in enumerate(zip(found.channels, measures, strict=True)):
        hyper = [
            f"{name.removeprefix(own + '.')} {value:.{LONG}g}"
            for name, value in zip(found.names, found.values[found.chosen], strict=True)
            if name.startswith(f"{own}.")
        ]
        rows.append(
            (
                Cell(m.name, material.colours[m.name]),
                percent(float(spend[c])) if paid[c] else UNKNOWN,
                percent(float(effect[c]) / whole) if paid[c] and whole > 0 else UNKNOWN,
                UNKNOWN if m.roi is None else f"{times(m.roi.mean)} ({times(m.roi.p5)} – {times(m.roi.p95)})",
                ", ".join(hyper),
            )
        )
    labels = ("Share of spend", "Share of effect, chosen model", "Return, with 90% of its group")
    columns = (Column("Channel", False), *(Column(text) for text in labels), Column("Transforms", False))
    return Table(columns, tuple(rows), "The chosen model")


def _converged(courses: tuple[Course, ...]) -> Callout:
    lines = tuple(one.words for one in courses)
    if all(one.converged for one in courses):
        return Callout("ok", "The search has converged by Robyn's rules", "", lines)
    return Callout("warning", "The search has not converged by Robyn's rules", "", (*lines, *STEPS))


def _course(found: Found, one: Course) -> Figure:
    per = len(found.front) // found.trials
    at = (np.arange(CUTS) + 1.0) * per / CUTS
    parts = zip(at, one.median, one.sd, strict=True)
    said = [f"up to candidate {x:,.0f}: {m:.{LONG}g} ± {s:.{LONG}g}" for x, m, s in parts]
    return Figure(
        spec=level(
            at,
            mean=one.median,
            low=one.median - one.sd,
            high=one.median + one.sd,
            stops=(),
            said=said,
            line=(one.median_limit, "converged below"),
            axis="candidates of each trial",
            unit=one.name,
        ),
        alt=f"{one.name} over the search, from {one.median[0]:.{LONG}g} to {one.median[-1]:.{LONG}g}.",
        title=one.name,
    )


def _cloud(found: Found) -> Figure:
    nrmse, rssd = found.objectives[:, 0], found.objectives[:, 1]
    usable = np.isfinite(found.objectives).all(axis=1)
    near = usable & (nrmse <= np.quantile(nrmse[usable], WORST)) & (rssd <= np.quantile(rssd[usable], WORST))
    rest = np.flatnonzero(near & (found.front == 0))
    rest = rest[np.linspace(0, max(len(rest) - 1, 0), min(SHOWN, len(rest))).astype(int)]
    members = set(found.members.tolist())
    models = [int(i) for i in np.flatnonzero(found.front > 0) if i != found.chosen]
    dots = [Point(float(nrmse[i]), float(rssd[i]), BASELINE) for i in rest]
    for i in sorted(models, key=lambda i: i in members):
        colour = ACCENT if i in members else MUTED
        dots.append(Point(float(nrmse[i]), float(rssd[i]), colour, _said(found, i)))
    chosen = found.chosen
    dots.append(
        Point(float(nrmse[chosen]), float(rssd[chosen]), GOOD, f"chosen: {_said(found, chosen)}", True)
    )
    return Figure(
        spec=cloud(dots, axis="NRMSE", unit="DECOMP.RSSD"),
        alt=f"Candidates by NRMSE and DECOMP.RSSD; {len(models) + 1:,} are on Pareto fronts, the chosen one "
        f"has {_said(found, chosen)}.",
        title="What it was chosen from",
        caption="Left and low is better. No candidate beats one of the first front in both.",
        legend=(
            Legend("candidates", BASELINE, "dot"),
            Legend("models of the Pareto fronts", MUTED, "dot"),
            Legend("of the chosen one's group", ACCENT, "dot"),
            Legend("chosen", GOOD, "ring"),
        ),
    )


def _said(found: Found, i: int) -> str:
    return f"NRMSE {found.objectives[i, 0]:.{LONG}g}, DECOMP.RSSD {found.objectives[i, 1]:.{LONG}g}"


SECTION = Section("search", "The search, and the model that it chose", 84, "trust", build)
