"""What the Bayesian model can't fit, said before anything is computed: by `fit`, and by `check`.

No native code is needed for it, so that `check` stays quick; what needs the components is told by
`needs_model`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mediamix.core.errors import DataError, SpecError, UserError
from mediamix.core.registry import suggestion
from mediamix.core.spec import AdstockSpec, SaturationSpec, Spec
from mediamix.core.types import Kind
from mediamix.data.dataset import Dataset

if TYPE_CHECKING:
    from mediamix.transforms.base import Adstock

DAYS_PER_WEEK = 7.0
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
    """Whether only the posed model can tell if it can be fitted: components, priors, or its size."""
    named = any(
        (channel.adstock.kind, channel.saturation.kind) != (AdstockSpec().kind, SaturationSpec().kind)
        or channel.prior
        for channel in spec.channels.values()
    )
    large = dataset.exposure_gtc.size > LARGE or spec.sampler.chains * spec.sampler.draws > MANY_DRAWS
    return named or large


def refusals(dataset: Dataset, spec: Spec) -> Iterator[UserError]:
    """All that stops a fit and is seen without posing the model."""
    yield from _about_data(dataset, spec)
    if spec.calibration is not None:
        yield SpecError(
            "this version can't calibrate a fit with experiments",
            expected="a spec without 'calibration'",
            got=f"calibration: {spec.calibration}",
            next_step="state the experiment's result as a prior on the channel's roi (median and p95)",
        )
    if spec.geo is not None and spec.geo.shared_shock and len(dataset.geos) == 1:
        yield SpecError(
            "geo.shared_shock: a shock that all geos share needs several of them",
            expected="data of several geos",
            got=f"one, {dataset.geos[0]}",
            next_step="leave shared_shock out: in a national model the noise of a period is that shock",
        )
    for channel in dataset.channels:
        if channel.kind not in (Kind.PAID, Kind.ORGANIC):
            yield SpecError(
                f"channels.{channel.name}: this version has no model of the kind '{channel.kind}'",
                expected="kind paid or organic",
                got=str(channel.kind),
                next_step="model it as paid or organic, or give it as a control",
            )
    for key, named in (("channels", spec.channels), ("report.names", spec.report.names)):
        strangers = [name for name in named if name not in dataset.channel_names]
        if strangers:
            yield _no_such_channel(key, strangers, dataset)
    if spec.holdout.last > dataset.n_periods // 2:
        yield SpecError(
            f"holdout.last leaves {dataset.n_periods - spec.holdout.last} of {dataset.n_periods} periods",
            expected=f"at most {dataset.n_periods // 2}",
            got=str(spec.holdout.last),
            next_step="hold out fewer periods",
        )
    periods = spec.trend.every * DAYS_PER_WEEK / dataset.every.days
    # The default is at least a period, also of a year's length.
    if spec.trend.kind == "knots" and periods < 1 and spec.trend.every != Spec().trend.every:
        yield SpecError(
            "trend.every: the trend has knots closer than a period",
            expected=f"at least {dataset.every.days / DAYS_PER_WEEK:.3g} weeks, a {dataset.every.label(1)}",
            got=f"{spec.trend.every:g}",
            next_step="give the knots more distance; 26 weeks is the default",
        )


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
