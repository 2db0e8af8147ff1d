r"""A regression as a `Fit`: media and the baseline's columns on the outcome.

    y_t = Σ_c β_c h_c(x_c)_t + Σ_j D_tj v_j + ε_t

h is the exposure itself, or what an adstock and a saturation with fixed parameters make of it. β may be
shrunk or bounded; the baseline's columns (the same as the Bayesian model's) are neither. National only.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from mediamix.core import seeds
from mediamix.core.errors import DataError, FolderError
from mediamix.core.spec import Spec
from mediamix.core.types import Kind
from mediamix.data.dataset import Dataset
from mediamix.inference.draws import Draws
from mediamix.models.base import ChannelEffect, Fit, RunInfo
from mediamix.models.choices import Choice, settled
from mediamix.models.design import baseline_blocks
from mediamix.models.linear.choosing import chosen
from mediamix.models.linear.drawing import Drawn, bootstrap, exact
from mediamix.models.linear.media import MediaColumn, media_columns
from mediamix.models.linear.solving import Penalty, Rows
from mediamix.models.linear.told import refused
from mediamix.models.posterior import Effects, baseline_terms, name_draws, read_draws, read_noise
from mediamix.models.refusals import raise_all
from mediamix.transforms.basis import Block

FAMILY = "linear"
#: Stream of random numbers of the fit's seed.
STREAM = 21
#: A column whose part beside the baseline is below this is the baseline's.
SAME = 1e-7


@dataclass(frozen=True)
class Columns:
    """A dataset and a spec as columns.

    Args:
        dataset: National.
        spec: With a number where it said ``auto``.
        media: Of the channels.
        blocks: Of the baseline.
        trained_t: Rows that are fitted.
        choices: What the spec left to the data.
    """

    dataset: Dataset
    spec: Spec
    media: tuple[MediaColumn, ...]
    blocks: tuple[Block, ...]
    trained_t: Bool[np.ndarray, " time"]
    choices: tuple[Choice, ...] = ()

    @property
    def unit(self) -> float:
        """Standard deviation of the outcome."""
        return float(self.dataset.outcome_gt[0, self.trained_t].std())

    @property
    def unit_c(self) -> Float[np.ndarray, " channel"]:
        """Of every media column."""
        sd_c = np.array([column.window_t[self.trained_t].std() for column in self.media])
        return np.where(sd_c > 0, sd_c, 1.0)

    @property
    def rows(self) -> Rows:
        """In standard deviations, media's and the outcome's."""
        design_tp = np.column_stack([block.matrix for block in self.blocks])
        media_tc = np.column_stack([column.window_t for column in self.media])
        positive = self.spec.model.linear.positive
        names = self.dataset.channel_names
        bounded = names if positive == "all" else positive
        return Rows(
            self.dataset.outcome_gt[0, self.trained_t] / self.unit,
            media_tc[self.trained_t] / self.unit_c,
            design_tp[self.trained_t],
            np.array([name in bounded for name in names]),
        )


def fit(dataset: Dataset, spec: Spec) -> Fit:
    """Fit the regression; the same data, spec and seed give the same draws.

    Raises:
        SpecError: The spec asks for what a regression has no place for.
        DataError: A constant outcome, or columns that can't be told apart.
    """
    began = time.perf_counter()
    columns = ready(dataset, spec)
    keys, rows = columns.spec.model.linear, columns.rows
    penalty, _ = chosen(rows, keys)
    sampler = columns.spec.sampler
    draws, rng = sampler.chains * sampler.draws, seeds.generator(sampler.seed, STREAM)
    plain = keys.estimator in ("ols", "ridge") and not rows.positive_k.any()
    how = keys.intervals if keys.intervals != "auto" else "exact" if plain else "bootstrap"
    if how == "exact":
        drawn = exact(rows, keys.estimator, penalty, draws, rng)
    else:
        n = len(rows.outcome_n)
        block = min(max(2, round(n ** (1 / 3))) if keys.block == "auto" else keys.block, n)
        drawn = bootstrap(rows, keys.estimator, penalty, draws, block, rng)
    seconds = {"sample_s": time.perf_counter() - began}
    run = RunInfo(columns.dataset.hash, columns.spec.hash, sampler.seed, seconds, method=how)
    return _to_fit(columns, drawn, penalty, replace(run, choices=columns.choices))


def ready(dataset: Dataset, spec: Spec) -> Columns:
    """All that comes before the first draw.

    Raises:
        SpecError: See `fit`.
        DataError: See `fit`.
    """
    dataset = dataset.national() if spec.geo is None else dataset
    raise_all([*refused(dataset, spec)])
    spec, choices = settled(dataset, spec, lambda specs: [_evidence(_columns(dataset, s)) for s in specs])
    columns = replace(_columns(dataset, spec), choices=choices)
    raise_all([*_unfit(columns)])
    return columns


def _columns(dataset: Dataset, spec: Spec) -> Columns:
    trained_t = dataset.observed_gt[0].copy()
    if spec.holdout.last:
        trained_t[-spec.holdout.last :] = False
    return Columns(dataset, spec, media_columns(dataset, spec), baseline_blocks(dataset, spec), trained_t)


def _evidence(columns: Columns) -> float | None:
    """By OLS, to the order of Schwarz: ``−½ (n log RSS/n + p log n)``; None without rows left."""
    rows = columns.rows
    n, p = len(rows.outcome_n), rows.free_rank + rows.shrunk_nk.shape[1]
    if n - p < 2:
        return None
    y_n = rows.left(rows.outcome_n)
    square = float(((y_n - rows.left_nk @ np.linalg.lstsq(rows.left_nk, y_n, rcond=None)[0]) ** 2).sum())
    return -0.5 * float(n * float(np.log(max(square, 1e-300) / n)) + p * float(np.log(n)))


def _unfit(columns: Columns) -> list[DataError]:
    """What columns can't be fitted."""
    y_n = columns.dataset.outcome_gt[0, columns.trained_t]
    if y_n.std() <= 1e-12 * max(float(np.abs(y_n).max()), 1e-300):
        return [
            DataError(
                f"the outcome {columns.dataset.outcome_name} is the same in every period",
                expected="an outcome that moves",
                got=f"{y_n[0]:g} in all {len(y_n):,} periods",
                next_step="check the column that `outcome` names",
            )
        ]
    rows, names = columns.rows, columns.dataset.channel_names
    n, k = rows.shrunk_nk.shape
    used = rows.free_rank + k
    if n - used < 2:
        return [
            DataError(
                f"{n:,} periods are too few for {used:,} columns",
                expected=f"at least {used + 2:,} periods with an outcome",
                got=f"{n:,}; {rows.free_rank:,} columns are the baseline's",
                next_step="say less of the baseline (trend: {kind: linear}, seasonality: {yearly: 1}), drop "
                "channels, or fit `model: {family: bayes}`",
            )
        ]
    size_c, left_c = (np.sqrt((a**2).sum(axis=0)) for a in (rows.shrunk_nk, rows.left_nk))
    lost = [name for name, a, b in zip(names, left_c, size_c, strict=True) if a <= SAME * b]
    if lost:
        return [
            DataError(
                f"the baseline's columns say all of {', '.join(lost)}: a regression can't tell them apart",
                expected="media that move otherwise than trend, season, events and controls do",
                next_step="drop the channel or the control that it follows, or fit `model: {family: bayes}`",
            )
        ]
    scaled = rows.left_nk / left_c
    if columns.spec.model.linear.estimator == "ols" and np.linalg.matrix_rank(scaled, tol=SAME) < k:
        return [
            DataError(
                "some channels are sums of others: ols can't tell them apart",
                expected="channels that move apart",
                got=", ".join(names),
                next_step="merge them, or say `model: {linear: {estimator: ridge}}`",
            )
        ]
    return []


def _to_fit(columns: Columns, drawn: Drawn, penalty: Penalty, run: RunInfo) -> Fit:
    """From draws in standard deviations to a `Fit` in natural units."""
    dataset, unit = columns.dataset, columns.unit
    beta_dc = drawn.shrunk_dk * unit / columns.unit_c
    channels, effects = [], _effects(columns, beta_dc)
    for c, column in enumerate(columns.media):
        theta_dk = np.repeat(column.theta_k[None], len(beta_dc), axis=0)
        channels.append(
            ChannelEffect(column.channel, column.transform, theta_dk, beta_dc[:, c : c + 1], np.ones(1))
        )
    weight_gt = np.ones((1, dataset.n_periods))
    none_dgp = np.empty((len(beta_dc), 1, 0))
    baseline = baseline_terms(columns.blocks, drawn.free_df * unit, weight_gt, none_dgp)
    sigma_d = drawn.sigma_d * unit
    posterior = name_draws(dataset, effects, channels, baseline, {"sigma": sigma_d}, (1, len(beta_dc)))
    words = {"exact": "drawn exactly", "bootstrap": "block bootstrap"}[run.method]
    told = {name: {**attrs, "drawn": words} for name, attrs in posterior.attrs.items()}
    told["beta"] |= {"penalty": f"{penalty.alpha:.6g}", "l1_ratio": f"{penalty.l1_ratio:g}"}
    return Fit(
        dataset=dataset,
        spec=columns.spec,
        family=FAMILY,
        posterior=replace(posterior, attrs=told),
        stats=None,
        channels=tuple(channels),
        baseline=baseline,
        sigma_dg=sigma_d[:, None],
        trained_gt=columns.trained_t[None],
        run=run,
    )


def _effects(columns: Columns, beta_dc: Float[np.ndarray, "draw channel"]) -> Effects:
    """Each channel's ROI over all periods with known media, or its share of the outcome."""
    dataset, found = columns.dataset, {}
    spend_c = dataset.spend_c + dataset.before_spend_c
    mean = float(dataset.outcome_gt[0, columns.trained_t].mean())
    for c, column in enumerate(columns.media):
        brought_d = beta_dc[:, c] * column.response_s.sum()
        paid = column.channel.kind is not Kind.ORGANIC and dataset.spend_c[c] > 0
        if paid and dataset.worth is not None:
            found[column.channel.name] = ("roi", brought_d * dataset.worth / spend_c[c])
        else:
            total = mean * len(column.response_s)
            found[column.channel.name] = ("share", brought_d / (total or 1.0))
    return found


def restore(dataset: Dataset, spec: Spec, posterior: Draws, run: RunInfo) -> Fit:
    """A `Fit` from its stored parts.

    Raises:
        FolderError: The draws don't belong to the dataset and spec.
    """
    columns = _columns(dataset, spec)
    if "beta" not in posterior or "sigma" not in posterior:
        raise FolderError("the stored draws are not those of a regression", got=", ".join(posterior.arrays))
    transforms = [column.transform for column in columns.media]
    weight_gt = np.ones((1, dataset.n_periods))
    parts = read_draws(posterior, dataset, transforms, columns.blocks, weight_gt, np.ones(1))
    return Fit(
        dataset=dataset,
        spec=spec,
        family=FAMILY,
        posterior=posterior,
        stats=None,
        channels=parts[0],
        baseline=parts[1],
        sigma_dg=read_noise(posterior, np.ones(1)),
        trained_gt=columns.trained_t[None],
        run=run,
    )
