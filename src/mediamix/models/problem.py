"""A dataset and a spec, turned into a model in model units with the scales to come back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from mediamix.core.errors import SpecError
from mediamix.core.spec import PriorSpec, Spec
from mediamix.core.types import Kind
from mediamix.data.dataset import Dataset
from mediamix.data.scaling import ExposureScale, OutcomeScale
from mediamix.inference.linear import LinearBlock
from mediamix.models.density import MediaModel
from mediamix.models.design import baseline_blocks
from mediamix.models.panel import PanelModel
from mediamix.models.priors import (
    COLUMN_SPREADS,
    EFFECT_SPREAD,
    INTERCEPT_SPREAD,
    NOISE,
    NOISE_FACTOR,
    SHOCK_SPREAD,
    SPREAD,
    Prior,
    effect_prior,
    linear_sd,
    parameter_prior,
    refuse_unknown_priors,
)
from mediamix.models.refusals import no_such_lag, raise_all, refuse
from mediamix.transforms.base import pick_adstock, pick_saturation
from mediamix.transforms.basis import Block
from mediamix.transforms.media import ChannelTransform


@dataclass(frozen=True)
class Problem:
    """A model, and what leads back from its units to the data's.

    Args:
        dataset: What is fitted.
        spec: How.
        model: In model units: per unit of a geo's size, as a share of the mean outcome.
        blocks: Columns of the baseline.
        outcome: Scale of the outcome per unit of size.
        exposure: Scale of the exposure per unit of size.
        size_g: Of the geos, mean 1.
        weight_gt: Size where a geo is present, else 0.
        trained_gt: Where the outcome enters the likelihood.
    """

    dataset: Dataset
    spec: Spec
    model: MediaModel | PanelModel
    blocks: tuple[Block, ...]
    outcome: OutcomeScale
    exposure: ExposureScale
    size_g: Float[np.ndarray, " geo"]
    weight_gt: Float[np.ndarray, "geo time"]
    trained_gt: Bool[np.ndarray, "geo time"]


def pose(dataset: Dataset, spec: Spec) -> Problem:
    """Set up the model: national for one geo, hierarchical for several.

    Raises:
        SpecError: An unknown component, a prior that doesn't apply, a holdout that leaves too
            little, or what this version has no model of.
        DataError: A channel without any exposure; a geo without a size.
    """
    refuse(dataset, spec)
    panel = len(dataset.geos) > 1
    size_g = dataset.size_g
    trained_gt = dataset.observed_gt.copy()
    if spec.holdout.last:
        trained_gt[:, -spec.holdout.last :] = False
    weight_gt = size_g[:, None] * (dataset.present_gt if panel else np.ones_like(trained_gt))
    # Per unit of size, so that large geos don't count more than their rows.
    outcome = OutcomeScale.of_sum(dataset.outcome_gt[trained_gt], (size_g[:, None] * trained_gt)[trained_gt])
    exposure_gtc = dataset.series_gtc / size_g[:, None, None]
    exposure = ExposureScale.of(exposure_gtc)
    # An effect is about all media that are known, those from before the first outcome too.
    size = float(weight_gt.sum() + dataset.n_before * size_g.sum())
    transforms, media, scale_c = _channels(dataset, spec, outcome.mean, size)
    blocks = baseline_blocks(dataset, spec)
    years = dataset.n_periods / dataset.every.per_year
    sd = np.concatenate([linear_sd(block, years) for block in blocks])
    noise = Prior.of("sigma", "positive", NOISE)
    scaled_gct = exposure.apply(exposure_gtc).transpose(0, 2, 1)
    model: MediaModel | PanelModel
    if panel:
        unequal = spec.geo is not None and spec.geo.noise == "unequal"
        spreads = list(_spreads(dataset, spec, blocks))
        shared = spec.geo is not None and spec.geo.shared_shock
        shock = [Prior.of("shock_spread", "positive", SHOCK_SPREAD)] * shared
        factors = [Prior.of("noise_factor", "positive", NOISE_FACTOR)] * (unequal * len(dataset.geos))
        model = PanelModel(
            transforms=transforms,
            exposure_gct=scaled_gct,
            effect_scale_c=scale_c,
            outcome_gt=_after(dataset, outcome.apply(dataset.outcome_gt / size_g[:, None]), np.nan),
            observed_gt=_after(dataset, trained_gt, False),
            size_g=size_g,
            blocks=tuple(replace(b, matrix_gtp=_after(dataset, b.matrix_gtp, 0.0)) for b in blocks),
            prior_sd_p=sd,
            priors=(*media, *spreads, noise, *shock, *factors),
            unequal_noise=unequal,
            shared_shock=shared,
        )
    else:
        (trained_t,) = trained_gt
        design = np.column_stack([block.matrix for block in blocks])
        model = MediaModel(
            transforms=transforms,
            exposure_ct=np.ascontiguousarray(scaled_gct[0]),
            effect_scale_c=scale_c,
            outcome_n=outcome.apply(dataset.outcome_gt[0, trained_t]),
            observed_t=_after(dataset, trained_gt, False)[0],
            linear=LinearBlock.of(design[trained_t], sd),
            priors=(*media, noise),
        )
    return Problem(dataset, spec, model, blocks, outcome, exposure, size_g, weight_gt, trained_gt)


def _after(dataset: Dataset, array_gt: np.ndarray, fill: float | bool) -> np.ndarray:
    """An array over the window as one over the series: before it, there is `fill`."""
    if not dataset.n_before:
        return array_gt
    before = np.full((len(array_gt), dataset.n_before, *array_gt.shape[2:]), fill, dtype=array_gt.dtype)
    return np.concatenate([before, array_gt], axis=1)


def channel_transform(dataset: Dataset, spec: Spec, name: str) -> ChannelTransform:
    """The components that `spec` picks for a channel."""
    wanted = spec.channel(name)
    adstock = pick_adstock(wanted.adstock.kind)
    max_lag = wanted.adstock.max_lag
    if max_lag is None:
        days = adstock.max_lag_days
        max_lag = 0 if days is None else max(1, round(days / dataset.every.days))
    elif refusal := no_such_lag(name, adstock, max_lag, dataset.n_before + dataset.n_periods):
        raise refusal
    transform = ChannelTransform(adstock, pick_saturation(wanted.saturation.kind), max_lag, wanted.order)
    refuse_unknown_priors(name, wanted, transform.parameters, panel=len(dataset.geos) > 1)
    return transform


def _channels(
    dataset: Dataset, spec: Spec, mean: float, size: float
) -> tuple[tuple[ChannelTransform, ...], list[Prior], Float[np.ndarray, " channel"]]:
    """Per channel its components, its priors (effect first), and what turns the effect into a scaled
    contribution.

    Args:
        dataset: What is fitted.
        spec: How.
        mean: Outcome per unit of size and period.
        size: Sum of sizes over geos and periods, those before the window too: the total outcome
            in units of `mean`.

    Raises:
        SpecError: Components or priors that can't be; those of all channels at once.
    """
    spend_c, before_c = dataset.spend_c, dataset.before_spend_c
    value = dataset.worth
    total = spend_c.sum()
    transforms, priors, scale, wrong = [], [], [], []
    for channel, spend, before in zip(dataset.channels, spend_c, before_c, strict=True):
        paid = channel.kind is not Kind.ORGANIC and bool(spend > 0)
        wanted = spec.channel(channel.name)
        try:
            transform = channel_transform(dataset, spec, channel.name)
            effect = effect_prior(
                wanted,
                has_roi=paid and value is not None,
                spend_fraction=float(spend / total) if paid else 0.0,
            )
            own = [parameter_prior(p, wanted, dataset.every) for p in transform.parameters]
        except SpecError as error:
            wrong.append(_of_channel(channel.name, error))
            continue
        transforms.append(transform)
        priors += [effect, *own]
        scale.append((spend + before) / (value or 1.0) / mean if effect.name == "roi" else size)
    raise_all(wrong)
    return tuple(transforms), priors, np.array(scale)


def _of_channel(name: str, error: SpecError) -> SpecError:
    """The same error, with its key."""
    key = f"channels.{name}"
    what = error.what if key in error.what else f"{key}: {error.what}"
    return SpecError(what, expected=error.expected, got=error.got, next_step=error.next_step)


def _spreads(dataset: Dataset, spec: Spec, blocks: tuple[Block, ...]) -> Iterator[Prior]:
    """How much geos differ: per channel in its effect, then per by-geo column of the baseline."""
    for name in dataset.channel_names:
        yield Prior.of(SPREAD, "positive", spec.channel(name).prior.get(SPREAD, EFFECT_SPREAD))
    for block in blocks:
        if not block.by_geo:
            continue
        if block.component == "intercept":
            yield Prior.of("intercept_spread", "positive", INTERCEPT_SPREAD)
            continue
        name, usual = COLUMN_SPREADS[block.component]
        for sd in block.matrix_gtp.std(axis=(0, 1)):
            unit = float(sd) if sd > 0 else 1.0
            yield Prior.of(name, "positive", PriorSpec(median=usual.median / unit, p95=usual.p95 / unit))
