"""The periods after the history, as a `Dataset` without outcome: what a forecast is asked about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from mediamix.core.errors import DataError, FolderError, UserError
from mediamix.core.names import plain
from mediamix.core.spec import ChannelSpec, Data, Spec, Time
from mediamix.core.types import NATIONAL, Event, Finding, Kind
from mediamix.data.around import around_holidays
from mediamix.data.assemble import assemble
from mediamix.data.cells import capped, matched, require
from mediamix.data.checking import Evidence, by_severity, some
from mediamix.data.checks import control_holes, currency, duplicates, negative
from mediamix.data.continuation import about_channels, about_dates, axis_of, following
from mediamix.data.dataset import Dataset
from mediamix.data.files import Source, merge_errors, read_rows
from mediamix.data.holiday import holiday_events
from mediamix.data.mediators import known_ahead
from mediamix.data.normalise import long_tables, population_column
from mediamix.data.periods import DAY, TimeAxis
from mediamix.data.repeat import YEAR, annual_events, controls_year_before, media_year_before, refuse_short
from mediamix.data.rows import Rows
from mediamix.data.spelling import one_spelling
from mediamix.data.tables import Tables
from mediamix.data.timeline import MAX_PERIODS
from mediamix.data.unlike import far_controls, other_units

KEYS = ("date", "geo")


@dataclass(frozen=True)
class _Given:
    """The future as raw tables, and what is said about how they came about."""

    media: Rows
    controls: Rows | None
    events: Rows | None
    findings: tuple[Finding, ...]


def read_future(
    history: Dataset,
    media: Source | None = None,
    controls: Source | None = None,
    events: Source | None = None,
    *,
    periods: int | None = None,
    spec: Spec,
) -> Dataset:
    """The periods that follow `history`, from long tables or as a repetition of the year before.

    Without `periods` the media table says how far the future reaches. With `periods` every table
    that isn't given is repeated from the same periods 52 weeks, 364 days or 12 months before, and
    events that come every year are continued; findings say so. A channel without rows has no
    spend, and so has a geo. A geo that has left before the end of the history is not repeated.

    Args:
        history: What was fitted.
        media: ``date, channel, spend`` and the exposure that the fit uses; ``geo`` if the fit has geos.
        controls: ``date`` and every control of the history but mediators, which are forecast.
        events: ``date, event``; optional ``end_date, geo``. Holidays of the spec come by themselves.
        periods: How many periods.
        spec: Of the fit, for geos and holidays.

    Returns:
        A dataset with the channels, controls, geos and currency of the history and no outcome.

    Raises:
        FolderError: A file is absent or can't be read.
        DataError: All that is wrong with the rows, at once: dates in the history, gaps, unknown
            channels, missing exposure or controls.
    """
    history = known_ahead(history, spec)
    _refuse_arguments(history, media, controls, periods)
    spec = _spec_of(history, spec)
    ahead = None if periods is None else TimeAxis(following(history, periods), history.every)
    given = _given(history, _read(media, controls, events, spec), ahead)
    tables, left_out, problems = _tables(history, given, spec)
    _refuse_national(history, tables.media, given.media.name)
    axis = ahead or axis_of(history, tables.media)
    problems += about_dates(history, tables.media, axis, given.media.name)
    problems += about_channels(history, tables.media, given.media.name)
    dataset, more, findings = _laid_out(history, tables, axis, spec)
    problems += more
    problems += other_units(history, dataset)
    if problems:
        raise DataError(
            f"the future has {len(problems)} {'problem' if len(problems) == 1 else 'problems'}",
            details=capped(problems),
            next_step="mend the tables of the future, and read them again",
        )
    if events is None:
        repeated, about = _annual(history, axis, spec)
        if periods is not None:
            dataset = replace(dataset, events=tuple(dict.fromkeys([*dataset.events, *repeated])))
            findings += about
        elif repeated:
            findings.append(_forgotten(repeated))
    findings += far_controls(history, dataset)
    return replace(
        dataset, findings=by_severity(list(dict.fromkeys([*given.findings, *left_out, *findings])))
    )


def _refuse_arguments(
    history: Dataset, media: Source | None, controls: Source | None, periods: int | None
) -> None:
    if periods is None and media is None:
        raise DataError(
            "nothing says how far the future reaches",
            expected="a media table, or a number of periods",
            next_step="say --periods 13 (in Python periods=13) to repeat the year before, or give --media",
        )
    if periods is None:
        return
    if not 1 <= periods <= MAX_PERIODS:
        raise DataError(
            f"can't look {periods} periods ahead",
            expected=f"1 to {MAX_PERIODS:,} periods",
            got=str(periods),
            next_step="choose a positive number of periods",
        )
    if media is None or (controls is None and history.control_names):
        refuse_short(history)


def _spec_of(history: Dataset, spec: Spec) -> Spec:
    """The spec under which future rows become what the history has."""
    outcome = {
        "column": history.outcome_name,
        "unit": history.unit,
        "currency": history.currency,
        "value_per_unit": history.value_per_unit,
    }
    channels = {c.name: ChannelSpec(kind=c.kind, exposure=c.exposure) for c in history.channels}
    return spec.model_copy(
        update={
            "data": Data(day_first=spec.data.day_first),
            "outcome": spec.outcome.model_copy(update=outcome),
            "time": Time(every=history.every),
            "channels": channels,
        }
    )


def _read(
    media: Source | None, controls: Source | None, events: Source | None, spec: Spec
) -> dict[str, Rows]:
    """Read all given tables before complaining about any."""
    errors: list[UserError] = []
    rows: dict[str, Rows] = {}
    for name, source in {"media": media, "controls": controls, "events": events}.items():
        if source is None:
            continue
        try:
            rows[name] = read_rows(source, name, spec)
        except (DataError, FolderError) as error:
            errors.append(error)
    if errors:
        raise merge_errors(errors, "the tables of the future can't be read")
    return rows


def _given(history: Dataset, rows: dict[str, Rows], ahead: TimeAxis | None) -> _Given:
    """What was given, completed from the year before where a number of periods was asked for."""
    findings = []
    rows = dict(rows)
    if ahead is not None and "media" not in rows:
        rows["media"], finding = media_year_before(_without_gone(history), ahead)
        findings += [finding, *_began_since(history)]
    if ahead is not None and "controls" not in rows and history.control_names:
        rows["controls"], finding = controls_year_before(history, ahead)
        findings.append(finding)
    return _Given(rows["media"], rows.get("controls"), rows.get("events"), tuple(findings))


def _gone_g(history: Dataset) -> np.ndarray:
    """Geos of a panel that left before the end of the history [geo]."""
    if len(history.geos) == 1:
        return np.zeros(1, dtype=bool)
    return np.asarray(~history.present_gt[:, -1])


def _without_gone(history: Dataset) -> Dataset:
    """The history without the media of geos that have left."""
    there_g11 = ~_gone_g(history)[:, None, None]
    spend, exposure = history.spend_gtc * there_g11, history.exposure_gtc * there_g11
    return replace(history, spend_gtc=spend, exposure_gtc=exposure)


def _began_since(history: Dataset) -> list[Finding]:
    """Geos that weren't there yet in the year that is repeated."""
    year = min(YEAR[history.every][0], history.n_periods)
    new_g = ~history.present_gt[:, -year] & ~_gone_g(history)
    if len(history.geos) == 1 or not new_g.any():
        return []
    names = [geo for geo, is_new in zip(history.geos, new_g, strict=True) if is_new]
    return [
        Finding(
            "repeated_year",
            "warning",
            f"media: {some(names)}",
            "began within the last year: in the periods before their beginning there are no media to repeat",
            "their forecast is one without media in these periods",
            "give the planned media as a table",
        )
    ]


def _refuse_national(history: Dataset, media: pd.DataFrame, name: str) -> None:
    """DataError for media rows without a geo where the fit has several."""
    if len(history.geos) == 1 or set(media["geo"]) != {NATIONAL} or NATIONAL in history.geos:
        return
    raise DataError(
        f"{name}: the rows have no `geo`, and the fit has {len(history.geos)} geos",
        expected=f"rows of {some(history.geos)}",
        got="one national row per date and channel",
        next_step="add a column `geo` with where the money goes (divide national media by population, say), "
        "or fit without `geo` in the spec for a national forecast",
    )


def _tables(history: Dataset, given: _Given, spec: Spec) -> tuple[Tables, list[Finding], list[str]]:
    """Typed tables, what was left out of them, and problems of columns that can't be mended here."""
    problems: list[str] = []
    findings: list[Finding] = []
    controls = given.controls
    names = history.control_names
    if names and controls is None:
        problems.append(
            f"controls: the fit has {', '.join(names)}, and no controls are given for the future; give "
            "them, or `periods` to repeat those of the year before"
        )
    elif controls is not None:
        controls = matched(controls, (*KEYS, *names), problems)
        extra = [c for c in controls.frame.columns if c not in (*KEYS, *names)]
        mediators = {plain(one.column or name) for name, one in spec.mediators.items()}
        if between := [c for c in extra if plain(c) in mediators]:
            extra = [c for c in extra if c not in between]
            findings.append(
                Finding(
                    "given_mediator",
                    "warning",
                    f"controls: {some(between)}",
                    "a mediator follows from the media of the future: the given values are left out",
                )
            )
        if extra:
            findings.append(
                Finding(
                    "unknown_control",
                    "warning",
                    f"controls: {some(extra)}",
                    f"the fit has no such {'control' if len(extra) == 1 else 'controls'}: left out",
                )
            )
        if require(controls, ("date", *names), problems) and names:
            kept = [c for c in controls.frame.columns if c in (*KEYS, *names)]
            controls = replace(controls, frame=controls.frame[kept])
        else:
            controls = None
    # The outcome that `long_tables` wants: one row, only to be of the right form.
    past = pd.DataFrame({"date": [str(history.dates[-1])], population_column(spec) or "one": [1.0]})
    try:
        tables = long_tables(given.media, Rows("history", past), controls, given.events, spec)
    except DataError as error:
        raise DataError(
            "the tables of the future can't be read as they are",
            details=capped([*error.details, *problems]),
            next_step="mend these at the source, and read again",
        ) from error
    tables = one_spelling(tables, channels=history.channel_names, geos=history.geos)
    return tables, [*findings, *tables.findings], problems


def _laid_out(
    history: Dataset, tables: Tables, axis: TimeAxis, spec: Spec
) -> tuple[Dataset, list[str], list[Finding]]:
    """The dataset on `axis`, with what the checks of rows find: problems and findings."""
    geos = list(history.geos)
    keys = {
        "date": np.tile(axis.starts.astype("datetime64[s]"), len(geos)),
        "geo": np.repeat(geos, len(axis)),
    }
    outcome = pd.DataFrame({**keys, history.outcome_name: np.nan})
    known = tables.media[tables.media["channel"].isin(history.channel_names)]
    controls, findings = _controls_on(history, tables.controls, axis)
    findings += tables.findings
    tables = Tables(media=known, outcome=outcome, controls=controls, events=tables.events)
    evidence = Evidence(tables, None, spec, date.today())
    found = [f for check in (duplicates, negative, currency) for f in check.find(evidence)]
    absent = [name for name in history.channel_names if not (known["channel"] == name).any()]
    if absent:
        findings.append(
            Finding("no_rows", "info", f"media: {', '.join(absent)}", "no rows in the future: no spend")
        )
    media = pd.concat([_anchors(history, axis), known], ignore_index=True)
    if len(geos) > 1:
        idle = [geo for geo in geos if not (known["geo"] == geo).any()]
        if idle:
            where = f"media: {some(idle)}"
            findings.append(Finding("no_rows", "info", where, "no rows in the future: no spend there"))
    dataset = _with_controls_of_gone(history, assemble(replace(tables, media=media), spec))
    found += [*dataset.findings]
    holes = control_holes.find(Evidence(None, dataset, spec, date.today()))
    errors = [f for f in (*found, *holes) if f.severity == "error"]
    problems = [f"{f.where}: {f.message}" for f in errors]
    findings += [f for f in found if f.severity != "error"]
    dataset = replace(
        dataset,
        outcome_gt=np.full((len(dataset.geos), len(axis)), np.nan),
        population_g=history.population_g,
    )
    return dataset, problems, findings


def _with_controls_of_gone(history: Dataset, future: Dataset) -> Dataset:
    """Controls that a geo which has left lacks hold its mean: it isn't forecast."""
    gone_g = _gone_g(history)
    if not gone_g.any() or future.control_names != history.control_names:
        return future
    holes = ~np.isfinite(future.controls_gtk) & gone_g[:, None, None]
    mean_gk = history.controls_gtk.mean(axis=1)
    return replace(future, controls_gtk=np.where(holes, mean_gk[:, None, :], future.controls_gtk))


def _anchors(history: Dataset, axis: TimeAxis) -> pd.DataFrame:
    """A row of nothing per channel, so that all of them are there, in the order of the history."""
    channels = history.channels
    columns = {"spend", *(c.exposure for c in channels)}
    if any(c.kind is Kind.REACH_FREQUENCY for c in channels):
        columns.add("frequency")
    return pd.DataFrame(
        {
            "date": np.repeat(axis.starts[:1].astype("datetime64[s]"), len(channels)),
            "geo": history.geos[0],
            "channel": [c.name for c in channels],
            **dict.fromkeys(sorted(columns), 0.0),
        }
    )


def _controls_on(
    history: Dataset, controls: pd.DataFrame | None, axis: TimeAxis
) -> tuple[pd.DataFrame | None, list[Finding]]:
    """The control rows of the future, columns in the order of the history."""
    if controls is None:
        return None, []
    findings = []
    inside = axis.place(controls["date"].to_numpy()) >= 0
    if not inside.all():
        n = int((~inside).sum())
        message = f"{n} control rows lie outside {axis.starts[0]} to {axis.ends[-1] - DAY} and are left out"
        findings.append(Finding("outside_dates", "info", "controls", message))
    rows = controls[inside]
    if history.geos == (NATIONAL,) and history.population_g is not None and rows["geo"].nunique() > 1:
        message = "rows of several geos are averaged, the history's were weighted by population"
        advice = "give one national row per date"
        findings.append(Finding("geo_match", "warning", "controls", message, advice=advice))
    return rows[[*KEYS, *history.control_names]], findings


def _annual(history: Dataset, axis: TimeAxis, spec: Spec) -> tuple[tuple[Event, ...], list[Finding]]:
    """Annual events of the history, without those that the holiday calendar gives."""
    known: frozenset[str] = frozenset()
    if spec.holidays is not None:
        calendar = holiday_events(spec.holidays, history.dates[0], axis.ends[-1])
        known = frozenset(event.name for event in [*calendar, *around_holidays(calendar, spec)])
    return annual_events(history, axis, known)


def _forgotten(recurring: tuple[Event, ...]) -> Finding:
    shown = some(f"{event.name} about {event.start}" for event in recurring)
    return Finding(
        "no_events",
        "warning",
        f"events: {shown}",
        "came every year at this time, and no events are given for the future",
        "the forecast is one without them",
        "give an events table; an event without effect does no harm",
    )
