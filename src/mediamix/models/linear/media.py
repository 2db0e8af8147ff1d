"""Media as columns of a linear model: exposure, carried over and saturated with fixed parameters if asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from mediamix.core.spec import Spec
from mediamix.core.types import Channel
from mediamix.data.dataset import Dataset

if TYPE_CHECKING:
    from mediamix.transforms.media import ChannelTransform


@dataclass(frozen=True)
class MediaColumn:
    """One channel's column.

    Args:
        channel: Which.
        transform: Components whose parameters are fixed; none of both: the exposure itself.
        theta_k: Their parameters, natural units.
        response_s: Response over all periods with known media, those before the window too.
        n_before: Of these.
    """

    channel: Channel
    transform: ChannelTransform
    theta_k: Float[np.ndarray, " parameter"]
    response_s: Float[np.ndarray, " series"]
    n_before: int

    @property
    def window_t(self) -> Float[np.ndarray, " time"]:
        """The response in the window."""
        return self.response_s[self.n_before :]


def media_columns(dataset: Dataset, spec: Spec) -> tuple[MediaColumn, ...]:
    """A column per channel of a national dataset, in its order.

    Raises:
        SpecError: A component that isn't known, or a carry-over that is longer than the data.
    """
    found = []
    for c, channel in enumerate(dataset.channels):
        transform = transform_of(dataset, spec, channel.name)
        values = spec.model.linear.fixed.get(channel.name, {})
        theta_k = np.array([values[p.name] for p in transform.parameters])
        series_s = np.concatenate([dataset.before_gt(c), dataset.delivery_gt(c)], axis=1)[0]
        response_s = transform.respond(series_s, theta_k[None])[0]
        found.append(MediaColumn(channel, transform, theta_k, response_s, dataset.n_before))
    return tuple(found)


def transform_of(dataset: Dataset, spec: Spec, name: str) -> ChannelTransform:
    """The spec's components of a channel as far as their parameters have values."""
    from dataclasses import replace

    from mediamix.models.problem import channel_transform
    from mediamix.transforms.base import pick_adstock, pick_saturation

    given = spec.model.linear.fixed.get(name, {})
    wanted = channel_transform(dataset, spec, name) if given else None
    none = pick_adstock("none"), pick_saturation("none")
    if wanted is None:
        from mediamix.core.types import Kind
        from mediamix.transforms.media import ChannelTransform

        reaches = dataset.channels[dataset.channel_names.index(name)].kind is Kind.REACH_FREQUENCY
        return ChannelTransform(*none, max_lag=1, reaches=reaches)
    adstock = wanted.adstock if any(p.name in given for p in wanted.adstock.parameters) else none[0]
    saturation = wanted.saturation if any(p.name in given for p in wanted.saturation.parameters) else none[1]
    lag = wanted.max_lag if adstock.parameters else 1
    return replace(wanted, adstock=adstock, saturation=saturation, max_lag=lag)
