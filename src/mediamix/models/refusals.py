"""What the Bayesian model can't fit, said before anything is computed: by `fit`, and by `check`.

No native code is needed for it, so that `check` stays quick; what needs the components is told by
`needs_model`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mediamix.core.errors import DataError, SpecError, UserError
from mediamix.core.registry import suggestion
from mediamix.core.spec import AdstockSpec, SaturationSpec, Spec, Trend
from mediamix.core.spec.varying import SEASON, TIME
from mediamix.core.types import Kind
from mediamix.data.dataset import Dataset
from mediamix.models import mediators
from mediamix.models.choices import leaves_open
from mediamix.models.contradictory import contradictory

if TYPE_CHECKING:
    from mediamix.transforms.base import Adstock

DAYS_PER_WEEK = 7.0
#: What to do about a key that only a model with priors, or one of more than one equation, has a meaning for.
BAYES = "leave it out, or fit `model: {family: bayes}`"
#: Cells of geo × period × channel from which on a fit may not fit into memory.
LARGE = 200_000
#: As many draws may not fit into memory beside any dataset.
MANY_DRAWS = 100_000


def refuse(dataset: Dataset, spec: Spec) -> None:
    """Stop at what would be a wrong or an empty answer.

    Raises:
        SpecError: The spec asks for what this version has no model of, or names what isn't there.
        DataError: A channel without any exposure, or no outcome at all.
    """
    raise_all([*refusals(dataset, spec)])


def raise_all(errors: Sequence[UserError]) -> None:
    """The one error, or one that holds all of them, of the first one's type; nothing for none.

    Raises:
        UserError: Of the kind that was found.
    """
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise type(errors[0])(
            f"{len(errors)} things stop this fit",
            details=[in_a_line(error) for error in errors],
            next_step="mend these; `mediamix check` lists them with what else it finds",
        )


def in_a_line(error: UserError) -> str:
    """What an error says but for its next step."""
    said = [f"expected {error.expected}"] * bool(error.expected) + [f"got {error.got}"] * bool(error.got)
    whole = error.what + (f" ({'; '.join(said)})" if said else "")
    return ": ".join([whole, *(["; ".join(error.details)] if error.details else [])])


def needs_model(dataset: Dataset, spec: Spec) -> bool:
    """Whether only the posed model can tell what will be fitted, and if it can be: components,
    priors, its size, what is left to the data.
    """
    named = any(
        (channel.adstock.kind, channel.saturation.kind) != (AdstockSpec().kind, SaturationSpec().kind)
        or channel.beliefs
        for channel in (*spec.channels.values(), *filter(None, [spec.each_channel]))
    )
    large = dataset.exposure_gtc.size > LARGE or spec.sampler.chains * spec.sampler.draws > MANY_DRAWS
    beliefs = spec.media.pooled or spec.media.prior.share is not None
    return named or large or beliefs or leaves_open(dataset, spec)


def refusals(dataset: Dataset, spec: Spec) -> Iterator[UserError]:
    """All that stops a fit and is seen without posing the model."""
    yield from _about_data(dataset, spec)
    yield from _about_experiments(dataset, spec)
    yield from _shared_shock(dataset, spec)
    for channel in dataset.channels:
        if channel.kind is Kind.TREATMENT:
            yield SpecError(
                f"channels.{channel.name}: a treatment is a control, and this is a channel of the data",
                expected="kind paid, organic or reach_frequency",
                got=str(channel.kind),
                next_step="give it as a control, or say `kind: organic` for what carries over",
            )
        reaches = channel.kind is Kind.REACH_FREQUENCY
        if reaches and dataset.frequency_gtc is None:
            yield DataError(
                f"channels.{channel.name}: the data have no frequency of this channel",
                expected="columns reach and frequency (or impressions) in the media table",
                got="reach alone",
                next_step="read the data again with this spec, or say another kind",
            )
        if reaches and any(one.channel == channel.name for one in dataset.experiments):
            yield DataError(
                f"experiments of {channel.name}: a test of reach & frequency is not described yet",
                expected="experiments of paid or organic channels",
                got=channel.name,
                next_step="leave them out, and state their result as the channel's prior on roi",
            )
        if reaches and spec.channel(channel.name).order != "adstock_first":
            yield SpecError(
                f"channels.{channel.name}.order: of reach & frequency the frequency saturates, before reach "
                "carries over: there is no other order",
                expected="no order",
                got=spec.channel(channel.name).order,
                next_step="leave the order out",
            )
    for channel in dataset.channels:
        wanted = spec.channel(channel.name).kind
        if wanted is not None and wanted is not channel.kind:
            yield SpecError(
                f"channels.{channel.name}.kind: the data were read with another kind",
                expected=str(channel.kind),
                got=str(wanted),
                next_step="read the data with this spec"
                + " (a treatment is a control)" * (wanted is Kind.TREATMENT),
            )
    treated = [name for name in dataset.control_names if spec.channel(name).kind is Kind.TREATMENT]
    yield from contradictory(spec)
    for key, named in (("channels", spec.channels), ("report.names", spec.report.names)):
        strangers = [name for name in named if name not in (*dataset.channel_names, *treated)]
        if strangers:
            yield _no_such_channel(key, strangers, dataset)
    yield from mediators.refusals(dataset, spec)
    yield from _courses(dataset, spec)
    yield from _pairs(dataset, spec)
    if spec.holdout.last > dataset.n_periods // 2:
        yield SpecError(
            f"holdout.last leaves {dataset.n_periods - spec.holdout.last} of {dataset.n_periods} periods",
            expected=f"at most {dataset.n_periods // 2}",
            got=str(spec.holdout.last),
            next_step="hold out fewer periods",
        )
    if spec.geo is not None and len(dataset.geos) > 1 and spec.noise.kind == "student":
        yield SpecError(
            "noise: heavy tails are for national fits, and this is a panel: what geos differ by couldn't be "
            "integrated out",
            expected="noise: {kind: normal} or {kind: ar1}, or no 'geo'",
            got=f"noise: {{kind: {spec.noise.kind}}} with {len(dataset.geos):,} geos",
            next_step="leave 'noise' out, or 'geo': geos are then summed",
        )
    yield from _about_trend(dataset, spec.trend)


def of_one_equation(
    dataset: Dataset, spec: Spec, family: str, meaningless: Iterable[tuple[str, str]]
) -> Iterator[UserError]:
    """What a family without priors, of the sum of the geos, refuses beside `refusals`.

    Args:
        dataset: As it would be fitted.
        spec: As stated.
        family: Its name.
        meaningless: Keys of the spec that it has no use for, and what it has instead.
    """
    yield from refusals(dataset, spec)
    if len(dataset.geos) > 1:
        yield SpecError(
            f"geo: the {family} family fits the sum of the geos",
            expected="no 'geo', or `model: {family: bayes}`",
            got=f"{len(dataset.geos):,} geos side by side",
            next_step="leave 'geo' out: geos are then summed",
        )
    for key, why in meaningless:
        yield SpecError(
            f"{key}: the {family} family has {why}",
            expected=f"no '{key}'",
            got=f"'{key}'",
            next_step=BAYES,
        )


def _about_trend(dataset: Dataset, trend: Trend) -> Iterator[SpecError]:
    """A trend that moves faster than the data show."""
    period = dataset.every.days / DAYS_PER_WEEK
    expected = f"at least {period:.3g} weeks, a {dataset.every.label(1)}"
    # The default is at least a period, also of a year's length.
    every = None if trend.every in ("auto", Trend().every) else trend.every
    if trend.kind == "knots" and isinstance(every, float) and every < period:
        yield SpecError(
            "trend.every: the trend has knots closer than a period",
            expected=expected,
            got=f"{every:g}",
            next_step="give the knots more distance; 26 weeks is the default",
        )
    if trend.kind == "hsgp" and trend.length != "auto" and trend.length < period:
        yield SpecError(
            "trend.length: the trend's length-scale is shorter than a period",
            expected=expected,
            got=f"{trend.length:g}",
            next_step="give a longer one, or auto",
        )


def _shared_shock(dataset: Dataset, spec: Spec) -> Iterator[SpecError]:
    """What a shock that all geos share can't be combined with."""
    if spec.geo is None or not spec.geo.shared_shock:
        return
    if len(dataset.geos) == 1:
        yield SpecError(
            "geo.shared_shock: a shock that all geos share needs several of them",
            expected="data of several geos",
            got=f"one, {dataset.geos[0]}",
            next_step="leave shared_shock out: in a national model the noise of a period is that shock",
        )
    beside = {
        "noise": f"noise: {{kind: {spec.noise.kind}}}" if spec.noise.kind == "ar1" else "",
        "the experiments": f"{len(dataset.experiments):,} experiments" if dataset.experiments else "",
        "mediators": f"mediators: {', '.join(spec.mediators)}" if spec.mediators else "",
    }
    for key, got in beside.items():
        if got:
            yield SpecError(
                f"geo.shared_shock: this version has no model of it together with {got.partition(':')[0]}",
                expected=f"geo.shared_shock, or {got.partition(':')[0]}",
                got=f"shared_shock: true with {got}",
                next_step=f"leave shared_shock out, or {key}",
            )


def _courses(dataset: Dataset, spec: Spec) -> Iterator[SpecError]:
    """Effects that can't vary as the spec says."""
    for name, channel in spec.channels.items():
        varying, key = channel.varying, f"channels.{name}.varying"
        if varying is None:
            continue
        if varying.by not in (TIME, SEASON, *dataset.control_names):
            known = (TIME, SEASON, *dataset.control_names)
            yield SpecError(
                f"{key}.by: the data have no control '{varying.by}'",
                expected=f"one of {', '.join(known)}",
                got=varying.by,
                next_step=suggestion(varying.by, known) or "name a control, or say time or season",
            )
        elif varying.by in dataset.control_names:
            values_gt = dataset.controls_gtk[..., dataset.control_names.index(varying.by)]
            if values_gt.std(axis=1).max() <= 1e-12 * max(float(np.abs(values_gt).max()), 1.0):
                yield SpecError(
                    f"{key}.by: '{varying.by}' is the same all the time",
                    expected="a control that moves",
                    got=f"{values_gt.flat[0]:g} in every period",
                    next_step="name another control, or leave 'varying' out",
                )
        if varying.length is not None:
            periods = varying.length * DAYS_PER_WEEK / dataset.every.days
            if not 1 <= periods <= dataset.n_periods:
                yield SpecError(
                    f"{key}.length: the course would be "
                    + ("shorter than a period" if periods < 1 else "longer than the data"),
                    expected=f"{dataset.every.days / DAYS_PER_WEEK:.3g} to "
                    f"{dataset.n_periods * dataset.every.days / DAYS_PER_WEEK:.0f} weeks",
                    got=f"{varying.length:g}",
                    next_step="26 weeks is the default; an effect that stays the same needs no 'varying'",
                )


def _pairs(dataset: Dataset, spec: Spec) -> Iterator[SpecError]:
    """Synergies that can't be looked for."""
    if spec.synergy is None:
        return
    if spec.geo is not None and len(dataset.geos) > 1:
        yield SpecError(
            "synergy: panels of geos have no model of channels that work together in this version",
            expected="a national model, without 'geo', or no 'synergy'",
            got=f"{len(dataset.geos):,} geos",
            next_step="leave 'geo' out (geos are then summed), or leave 'synergy' out",
        )
    if len(dataset.channels) < 2:
        yield SpecError(
            "synergy: it takes two channels to work together",
            expected="two channels or more",
            got=f"{len(dataset.channels)}",
            next_step="leave 'synergy' out",
        )
    if spec.synergy.pairs != "all":
        named = dict.fromkeys(name for pair in spec.synergy.pairs for name in pair)
        strangers = [name for name in named if name not in dataset.channel_names]
        if strangers:
            yield _no_such_channel("synergy.pairs", strangers, dataset)


def no_such_lag(channel: str, adstock: Adstock, max_lag: int, periods: int) -> SpecError | None:
    """A `max_lag` that a spec gives and that can't be: of no carry-over, or longer than the data.

    Args:
        channel: Name.
        adstock: Its component.
        max_lag: As given.
        periods: Of the data, those before the first outcome too.
    """
    key = f"channels.{channel}.adstock.max_lag"
    if not adstock.parameters:
        return SpecError(
            f"{key}: the adstock '{adstock.name}' has no length to set",
            expected="no max_lag",
            got=str(max_lag),
            next_step="leave max_lag out, or pick another adstock (`mediamix list adstock`)",
        )
    if max_lag > periods:
        return SpecError(
            f"{key}: the carry-over would be longer than the data",
            expected=f"at most {periods} periods",
            got=str(max_lag),
            next_step="give a smaller max_lag, or leave it out",
        )
    return None


def _no_such_channel(key: str, strangers: list[str], dataset: Dataset) -> SpecError:
    return SpecError(
        f"{key}.{strangers[0]}: the data have no such channel"
        + (f", nor {len(strangers) - 1:,} others that the spec names" if strangers[1:] else ""),
        expected=f"one of {', '.join(dataset.channel_names)}",
        got=", ".join(strangers[:5]),
        next_step=suggestion(strangers[0], dataset.channel_names) or "remove the entry",
    )


def _about_experiments(dataset: Dataset, spec: Spec) -> Iterator[UserError]:
    if spec.calibration is not None and not dataset.experiments:
        yield SpecError(
            "calibration: the data hold no experiments",
            expected="data that were read with the spec, or with their experiments",
            got=f"calibration: {spec.calibration}",
            next_step="read(…, spec=spec), or read(…, experiments='experiments.csv')",
        )
    if dataset.experiments and spec.synergy is not None:
        yield SpecError(
            "experiments and synergy: this version has no model of a test of channels that work together",
            expected="experiments, or synergy",
            got=f"{len(dataset.experiments)} experiments and synergy",
            next_step="leave 'synergy' out, or the experiments",
        )
    for one in dataset.experiments:
        absent = [geo for geo in one.geos if geo not in dataset.geos]
        if absent:
            yield SpecError(
                f"the experiment '{one.label}' can't be placed: the geos are summed in this fit",
                expected="a fit whose geos are kept, or experiments everywhere",
                got=f"geo {', '.join(absent)}",
                next_step="keep the geos with `geo: {}`, or leave the experiment out",
            )


def _about_data(dataset: Dataset, spec: Spec) -> Iterator[UserError]:
    empty = [name for c, name in enumerate(dataset.channel_names) if not dataset.exposure_gtc[..., c].any()]
    if empty:
        yield DataError(
            f"channels without any exposure: {', '.join(empty)}",
            expected="exposure in at least one period of the data",
            next_step="remove the channel from the data, or correct its exposure",
        )
    trained = dataset.n_periods - spec.holdout.last
    if trained > 0 and not dataset.observed_gt[:, :trained].any():
        yield DataError(
            "no outcome to learn from: none is observed in the periods that are trained on",
            expected=f"an outcome in some of the first {trained} periods",
            next_step="give the outcome, or hold out fewer periods",
        )
    try:
        _ = dataset.size_g
    except DataError as error:
        yield error
