"""A dataset and a spec, turned into a model in model units with the scales to come back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from mediamix.core.delivery import frequency_of
from mediamix.core.errors import SpecError
from mediamix.core.spec import ChannelSpec, Spec
from mediamix.core.types import Kind
from mediamix.data.dataset import Dataset
from mediamix.data.scaling import ExposureScale, OutcomeScale
from mediamix.inference.density import Density
from mediamix.inference.linear import LinearBlock
from mediamix.models.beliefs.whole import NO_BELIEFS, Beliefs, with_beliefs
from mediamix.models.choices import Choice, by_evidence, settled
from mediamix.models.density import MediaModel
from mediamix.models.design import baseline_blocks
from mediamix.models.experiments import trials_of
from mediamix.models.noise import noise_priors
from mediamix.models.panel import PanelModel
from mediamix.models.priors import (
    COLUMN_SPREADS,
    EFFECT_SPREAD,
    INTERCEPT_SPREAD,
    NOISE_FACTOR,
    SHOCK_SPREAD,
    SPREAD,
    Amounts,
    Prior,
    effect_prior,
    linear_sd,
    parameter_prior,
)
from mediamix.models.refusals import no_such_lag, raise_all, refuse
from mediamix.models.stated import applying, useless
from mediamix.models.structured import structured
from mediamix.models.synergy import pairs_of, synergy_priors
from mediamix.models.treatments import centred
from mediamix.models.varying import Courses, course
from mediamix.transforms.base import pick_adstock, pick_saturation
from mediamix.transforms.basis import Block
from mediamix.transforms.media import ChannelTransform
from mediamix.transforms.order import frequency_rows


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
        treated_gk: Each geo's mean of the treatments above their references: see `treatments.give_back`.
        unit_c: What parameters of the scale ``exposure`` are multiples of: the reference of the exposure
            per unit of size; of reach & frequency the mean frequency.
        total: The outcome of all periods whose media are known, in units of the mean per unit of size.
        choices: What the spec left to the data.
        beliefs: About channels together, on top of the model.
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
    treated_gk: Float[np.ndarray, "geo treatment"]
    unit_c: Float[np.ndarray, " channel"]
    total: float
    choices: tuple[Choice, ...] = ()
    beliefs: Beliefs = NO_BELIEFS

    def density(self) -> Density:
        """The model's density with all beliefs on top, for a sampler."""
        return self.beliefs.density(self.model.density(), self.model.priors)


def pose(dataset: Dataset, spec: Spec) -> Problem:
    """Set up the model: national for one geo, hierarchical for several. What the spec leaves to the data
    is chosen first, and the problem's spec has it.

    Raises:
        SpecError: An unknown component, a prior that doesn't apply, a holdout that leaves too
            little, or what this version has no model of.
        DataError: A channel without any exposure; a geo without a size.
    """
    refuse(dataset, spec)
    spec, choices = settled(dataset, spec, by_evidence(lambda one: pose(dataset, one).density()))
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
    courses = tuple(course(dataset, spec, name) for name in dataset.channel_names)
    pairs = pairs_of(dataset, spec)
    unit_c = _units(dataset, exposure)
    transforms, media, scale_c, used = _channels(dataset, spec, outcome.mean, size, unit_c)
    blocks = baseline_blocks(dataset, spec)
    years = dataset.n_periods / dataset.every.per_year
    columns, treated_gk = centred(blocks, dataset, spec)
    sd = np.concatenate([linear_sd(block, years) for block in columns])
    noise = noise_priors(spec)
    trials = trials_of(dataset, transforms, exposure.reference_c, size_g, outcome.mean)
    scaled_gct = exposure.apply(exposure_gtc).transpose(0, 2, 1)
    for c in frequency_rows(transforms):
        often_gt = np.concatenate(
            [frequency_of(part(c)) for part in (dataset.before_gt, dataset.delivery_gt)], 1
        )
        scaled_gct = np.concatenate([scaled_gct, often_gt[:, None] / unit_c[c]], axis=1)
    model: MediaModel | PanelModel
    if panel:
        unequal = spec.geo is not None and spec.geo.noise == "unequal"
        spreads = list(_spreads(dataset, spec, columns))
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
            blocks=tuple(replace(b, matrix_gtp=_after(dataset, b.matrix_gtp, 0.0)) for b in columns),
            prior_sd_p=sd,
            priors=(*media, *spreads, *noise, *shock, *factors),
            unequal_noise=unequal,
            trials=trials,
            noise=spec.noise.kind,
            shared_shock=shared,
        )
        if any(courses):
            own = Courses(courses, len(model.priors))
            model = replace(model, courses=own, priors=(*model.priors, *own.priors))
    else:
        (trained_t,) = trained_gt
        design = np.column_stack([block.matrix for block in columns])
        model = MediaModel(
            transforms=transforms,
            exposure_ct=np.ascontiguousarray(scaled_gct[0]),
            effect_scale_c=scale_c,
            outcome_n=outcome.apply(dataset.outcome_gt[0, trained_t]),
            observed_t=_after(dataset, trained_gt, False)[0],
            linear=LinearBlock.of(design[trained_t], sd),
            priors=(*media, *noise),
            noise=spec.noise.kind,
            trials=trials,
        )
        model = structured(model, courses, pairs, synergy_priors(spec, len(pairs)), size)
    scales = (outcome, exposure, size_g, weight_gt, trained_gt, treated_gk, unit_c)
    return with_beliefs(Problem(dataset, spec, model, blocks, *scales, size, choices), used)


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
    max_lag, each = wanted.adstock.max_lag, spec.each_channel
    if each is not None and not adstock.parameters and max_lag == each.adstock.max_lag:
        max_lag = None  # said for each channel, and this one has no carry-over
    if max_lag is None:
        days = adstock.max_lag_days
        max_lag = 0 if days is None else max(1, round(days / dataset.every.days))
    elif refusal := no_such_lag(name, adstock, max_lag, dataset.n_before + dataset.n_periods):
        raise refusal
    reaches = dataset.channels[dataset.channel_names.index(name)].kind is Kind.REACH_FREQUENCY
    saturation = pick_saturation(wanted.saturation.kind)
    return ChannelTransform(adstock, saturation, max_lag, wanted.order, reaches)


def _units(dataset: Dataset, exposure: ExposureScale) -> Float[np.ndarray, " channel"]:
    """What parameters of the scale ``exposure`` are multiples of: see `Problem`.

    A mean frequency is weighed with the reach: all impressions over all that was reached.
    """
    unit_c = exposure.reference_c.copy()
    for c, channel in enumerate(dataset.channels):
        if channel.kind is Kind.REACH_FREQUENCY:
            delivered = dataset.before_gt(c).sum() + dataset.delivery_gt(c).sum(keepdims=True)
            unit_c[c] = float(frequency_of(delivered)[0, 0]) or 1.0
    return unit_c


def _channels(
    dataset: Dataset, spec: Spec, mean: float, size: float, unit_c: Float[np.ndarray, " channel"]
) -> tuple[tuple[ChannelTransform, ...], list[Prior], Float[np.ndarray, " channel"], dict[str, ChannelSpec]]:
    """Per channel its components, its priors (effect first), what turns the effect into a scaled
    contribution, and the keys that apply to it.

    Args:
        dataset: What is fitted.
        spec: How.
        mean: Outcome per unit of size and period.
        size: Sum of sizes over geos and periods, those before the window too: the total outcome
            in units of `mean`.
        unit_c: From `_units`.

    Raises:
        SpecError: Components or priors that can't be; those of all channels at once.
    """
    spend_c, before_c = dataset.spend_c, dataset.before_spend_c
    value = dataset.worth
    total = spend_c.sum()
    transforms, priors, scale, wrong = [], [], [], []
    used: dict[str, ChannelSpec] = {}
    brought_c = dataset.series_gtc.sum(axis=(0, 1))
    for c, channel in enumerate(dataset.channels):
        spend, before = spend_c[c], before_c[c]
        paid = channel.kind is not Kind.ORGANIC and bool(spend > 0)
        try:
            transform = channel_transform(dataset, spec, channel.name)
            wanted = used[channel.name] = applying(
                spec,
                channel.name,
                transform.parameters,
                panel=len(dataset.geos) > 1,
                has_roi=paid and value is not None,
            )
            effect = effect_prior(
                wanted,
                has_roi=paid and value is not None,
                spend_fraction=float(spend / total) if paid else 0.0,
            )
            priced = paid and brought_c[c] > 0 and not transform.reaches
            amounts = Amounts(
                exposure=float(unit_c[c]) * (1 if transform.reaches else len(dataset.geos)),
                price=float((spend + before) / brought_c[c]) if priced else None,
            )
            own = [parameter_prior(p, wanted, dataset.every, amounts) for p in transform.parameters]
        except SpecError as error:
            wrong.append(_of_channel(channel.name, error))
            continue
        transforms.append(transform)
        priors += [effect, *own]
        scale.append((spend + before) / (value or 1.0) / mean if effect.name == "roi" else size)
    if not wrong and (unused := useless(spec, used)):
        wrong.append(unused)
    raise_all(wrong)
    return tuple(transforms), priors, np.array(scale), used


def _of_channel(name: str, error: SpecError) -> SpecError:
    """The same error, with its key."""
    key = f"channels.{name}"
    what = error.what if key in error.what else f"{key}: {error.what}"
    return SpecError(what, expected=error.expected, got=error.got, next_step=error.next_step)


def _spreads(dataset: Dataset, spec: Spec, blocks: tuple[Block, ...]) -> Iterator[Prior]:
    """How much geos differ: per channel in its effect, then per by-geo column of the baseline."""
    for name in dataset.channel_names:
        yield Prior.of(SPREAD, "positive", spec.channel(name).beliefs.get(SPREAD, EFFECT_SPREAD))
    for block in blocks:
        if not block.by_geo:
            continue
        if block.component == "intercept":
            yield Prior.of("intercept_spread", "positive", INTERCEPT_SPREAD)
            continue
        name, usual = COLUMN_SPREADS[block.component]
        for sd in block.matrix_gtp.std(axis=(0, 1)):
            unit = float(sd) if sd > 0 else 1.0
            yield Prior.of(name, "positive", usual.per(unit))
