"""What the Bayesian model can't fit, said before anything is computed."""

from __future__ import annotations

from mediamix.core.errors import DataError, SpecError
from mediamix.core.registry import suggestion
from mediamix.core.spec import Spec
from mediamix.core.types import Kind
from mediamix.data.dataset import Dataset


def refuse(dataset: Dataset, spec: Spec) -> None:
    """Stop at what would be a wrong or an empty answer.

    Raises:
        SpecError: The spec asks for what this version has no model of, or names what isn't there.
        DataError: A channel without any exposure, or no outcome at all.
    """
    _refuse_data(dataset)
    if spec.calibration is not None:
        raise SpecError(
            "this version can't calibrate a fit with experiments",
            expected="a spec without 'calibration'",
            got=f"calibration: {spec.calibration}",
            next_step="state the experiment's result as a prior on the channel's roi (median and p95)",
        )
    for channel in dataset.channels:
        if channel.kind not in (Kind.PAID, Kind.ORGANIC):
            raise SpecError(
                f"channels.{channel.name}: this version has no model of the kind '{channel.kind}'",
                expected="kind paid or organic",
                got=str(channel.kind),
                next_step="model it as paid or organic, or give it as a control",
            )
    for name in spec.channels:
        if name not in dataset.channel_names:
            raise SpecError(
                f"channels.{name}: the data have no such channel",
                expected=f"one of {', '.join(dataset.channel_names)}",
                got=name,
                next_step=suggestion(name, dataset.channel_names) or "remove the entry",
            )
    if spec.holdout.last > dataset.n_periods // 2:
        raise SpecError(
            f"holdout.last leaves {dataset.n_periods - spec.holdout.last} of {dataset.n_periods} periods",
            expected=f"at most {dataset.n_periods // 2}",
            got=str(spec.holdout.last),
            next_step="hold out fewer periods",
        )


def _refuse_data(dataset: Dataset) -> None:
    empty = [name for c, name in enumerate(dataset.channel_names) if not dataset.exposure_gtc[..., c].any()]
    if empty:
        raise DataError(
            f"channels without any exposure: {', '.join(empty)}",
            expected="exposure in at least one period of the data",
            next_step="remove the channel from the data, or correct its exposure",
        )
