"""Experiments: what they say, what the data say without them, and what changes with them."""

from __future__ import annotations

from mediamix.core.numbers import UNKNOWN, chance, span, times
from mediamix.measure.interval import Interval
from mediamix.measure.trust.experiments import at_odds, contradicted
from mediamix.models.calibration import Calibration, Compared, Predicted
from mediamix.reporting.blocks import Block, Cell, Column, Figure, Legend, Table, Text
from mediamix.reporting.figures import Row, forest
from mediamix.reporting.material import Material
from mediamix.reporting.palette import INK, MUTED
from mediamix.reporting.section import Section

#: Where tests and data contradict each other.
BETWEEN = (
    "If the tests hold, something drives both spend and outcome that the model doesn't know. The fit is then "
    "between tests and data, and surer than it should be: its 90% intervals don't count that. The channel's "
    "own spend, given as a control too, lets the tests decide."
)


def build(material: Material) -> list[Block]:
    """Returns with and without the experiments, then every experiment; nothing without any."""
    refits = material.fit.run.refits
    calibration = None if refits is None else refits.calibration
    if calibration is None:
        return _untold(material)
    against = sum(contradicted(one, calibration) is not None for one in calibration.tests)
    count = len(calibration.tests)
    verdict = "None of them contradicts" if not against else f"{against} of them contradict"
    verdict = "It doesn't contradict" if count == 1 and not against else verdict
    verdict = "It contradicts" if count == 1 and against else verdict
    lead = f"{count} {'experiment is' if count == 1 else 'experiments are'} part of this fit, each an "
    lead += f"observation beside the outcome. {verdict} what the rest says."
    together = at_odds(calibration)
    if together:
        names = dict(zip(material.fit.dataset.channel_names, material.channel_names, strict=True))
        said = " and of ".join(names[channel] for channel in together)
        lead += f" All tests of {said} together contradict the data, though none does by itself."
    blocks: list[Block] = [Text(lead, "lead")]
    if against or together:
        blocks.append(Text(BETWEEN, "note"))
    if calibration.before:
        blocks.append(_figure(material, calibration))
    else:
        blocks.append(Text("What the data say without them couldn't be sampled.", "note"))
    blocks.append(_table(material, calibration))
    return blocks


def _untold(material: Material) -> list[Block]:
    """Experiments of a fit that was made without its checks."""
    count = len(material.fit.dataset.experiments)
    if not count:
        return []
    noun = "experiment is" if count == 1 else "experiments are"
    return [
        Text(f"{count} {noun} part of this fit. It was made without checks: nothing is compared.", "note")
    ]


def _figure(material: Material, calibration: Calibration) -> Figure:
    """Per channel the fit's return, and the one without experiments under it."""
    own = list(material.fit.dataset.channel_names)
    tested = {one.channel for one in calibration.tests}
    ratio = material.has_value
    show = times if ratio else material.amount
    rows = []
    for name, measure in zip(own, material.summary.channels, strict=True):
        after, before = measure.roi or measure.contribution, Interval(**calibration.before[name])
        if (measure.roi is None) == ratio:
            continue
        said = f"{measure.name}: {show(before.mean)} before, {show(after.mean)} after"
        mark = " (tested)" if name in tested else ""
        rows.append(_row(measure.name + mark, material.colours[measure.name], after, show(after.mean), said))
        rows.append(_row(f"{measure.name}, before", MUTED, before, show(before.mean), said))
    return Figure(
        spec=forest(
            rows,
            axis="return per unit of spend" if ratio else f"contribution, {material.summary.outcome_unit}",
            kind="times" if ratio else "quantity",
            line=(1.0, "break-even") if ratio else None,
        ),
        alt="Per channel the result with the experiments and without them, with 90% intervals.",
        title="With the experiments and before",
        caption="Grey is what the same data say without any experiment.",
        legend=(Legend("with the experiments", INK, "dot"), Legend("data alone", MUTED, "dot")),
    )


def _row(name: str, colour: str, at: Interval, text: str, said: str) -> Row:
    return Row(name=name, colour=colour, at=at.mean, low=at.p5, high=at.p95, text=text, said=said)


def _table(material: Material, calibration: Calibration) -> Table:
    names = dict(zip(material.fit.dataset.channel_names, material.channel_names, strict=True))
    rows = []
    for one in calibration.tests:
        name = names[one.channel]
        against = contradicted(one, calibration)
        rows.append(
            (
                Cell(one.label.replace(one.channel, name, 1), material.colours[name]),
                _told(material, one, Predicted(one.lift, one.error, 1.0)),
                _told(material, one, one.data),
                _told(material, one, one.others) if len(calibration.tests) > 1 else UNKNOWN,
                _told(material, one, one.fitted),
                Cell("no", tone="good") if against is None else
                Cell(f"yes, {chance(against[1].chance)}", tone="caution"),
            )
        )  # fmt: skip
    labels = ("It says", "Data alone", "Data and other tests", "This fit", "Contradicted (by chance)")
    columns = (Column("Experiment", False), *(Column(text) for text in labels))
    return Table(columns, tuple(rows), "Every experiment, with 90% intervals")


def _told(material: Material, one: Compared, said: Predicted | None) -> str:
    if said is None:
        return UNKNOWN
    low, high = said.mean - 1.645 * said.sd, said.mean + 1.645 * said.sd
    if one.per is None:
        return f"{material.amount(said.mean)} ({material.amounts(low, high)})"
    low, high = sorted((low * one.per, high * one.per))
    return f"{times(said.mean * one.per)} ({span(low, high, '{:.2f}'.format)})"


SECTION = Section("calibration", "What experiments say beside the data", 42, "understand", build)
