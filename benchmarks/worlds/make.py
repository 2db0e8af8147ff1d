"""One world: its data set, and what each channel truly caused in the window."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from mediamix.core.types import Channel, Every
from mediamix.data.dataset import Dataset
from worlds.kinds import RETURNS, Kind
from worlds.shapes import CARRY, CURVES, SPEND, Rng, season, smooth_noise, trend

#: What all media cost over the window; nothing but a scale.
MONEY = 3e6
MOST_ROI = 10.0
#: Of a useless channel: ROI, and least and most part of all spend.
USELESS_ROI, USELESS_SPEND = 0.02, (0.1, 0.45)
#: Periods before the window in a world with a warm start.
WARM_YEARS = 0.5
WEEKDAYS = np.array([0.04, 0.0, -0.02, 0.0, 0.03, -0.08, 0.03])


@dataclass(frozen=True)
class World:
    """Data, and the truth that a fit should find.

    Args:
        kind: Name of its kind.
        seed: Within the kind.
        dataset: What is fitted.
        truth_c: Outcome that each channel's exposure of the window caused in the window.
        families: Of curve, carry-over and spend, per channel.
    """

    kind: str
    seed: int
    dataset: Dataset
    truth_c: np.ndarray
    families: tuple[tuple[str, str, str], ...]


def make(kind: Kind, seed: int) -> World:
    """The same kind and seed make the same world."""
    rng = np.random.default_rng([zlib.crc32(kind.name.encode()), seed])
    per_year = 365.25 if kind.every == "day" else 365.25 / 7.0
    before = round(WARM_YEARS * per_year) if kind.warm else 0
    n = kind.periods + before
    years = 2022.0 + np.arange(n) / per_year
    spend_tc, families = _spend(rng, kind, years)
    if kind.useless:
        part = rng.uniform(*USELESS_SPEND)
        others = spend_tc[before:, 1:].sum()
        spend_tc[:, 0] *= part / (1.0 - part) * others / spend_tc[before:, 0].sum()
    spend_tc *= MONEY / spend_tc[before:].sum()
    centre, spread = RETURNS[kind.returns]
    roi_c = np.minimum(np.exp(np.log(centre) + spread * rng.standard_normal(kind.channels)), MOST_ROI)
    roi_c[rng.random(kind.channels) < kind.nothing] = 0.0
    if kind.useless:
        roi_c[0] = USELESS_ROI
    if not roi_c.any():
        roi_c[0] = centre
    media_tc, own_tc = np.zeros_like(spend_tc), np.zeros_like(spend_tc)
    for c, (curve, carry, _) in enumerate(families):
        weight = CARRY[carry](rng, per_year / 52.18)
        respond = CURVES[curve](rng)
        unit = spend_tc[spend_tc[:, c] > 0, c].mean()
        level = np.convolve(spend_tc[:, c] / unit, weight / weight.sum())[:n]
        shape_t = respond(level)
        # What was carried into the window is no part of what the window's exposure caused.
        alone_t = shape_t.copy()
        if before:
            earlier_t = np.where(np.arange(n) < before, spend_tc[:, c], 0.0)
            alone_t -= respond(np.convolve(earlier_t / unit, weight / weight.sum())[:n])
        inside = slice(before, None)
        scale = roi_c[c] * spend_tc[inside, c].sum() / alone_t[inside].sum()
        media_tc[:, c], own_tc[:, c] = scale * shape_t, scale * alone_t
    return _world(rng, kind, seed, years, spend_tc, media_tc, own_tc, before, families)


def _spend(rng: Rng, kind: Kind, years: np.ndarray) -> tuple[np.ndarray, tuple[tuple[str, str, str], ...]]:
    """Spend of all channels in one unit, and the families that were drawn."""
    common = np.exp(0.4 * smooth_noise(rng, len(years), 0.9))
    columns, families = [], []
    for _ in range(kind.channels):
        drawn = tuple(str(rng.choice(list(each))) for each in (kind.curves, kind.carry, kind.spend))
        own = SPEND[drawn[2]](rng, years)
        if kind.together:
            own = common**kind.together * own ** (1.0 - kind.together) * (own > 0)
        columns.append(own / own.sum() * np.exp(0.7 * rng.standard_normal()))
        families.append((drawn[0], drawn[1], drawn[2]))
    return np.stack(columns, axis=1), tuple(families)


def _world(
    rng: Rng,
    kind: Kind,
    seed: int,
    years: np.ndarray,
    spend_tc: np.ndarray,
    media_tc: np.ndarray,
    own_tc: np.ndarray,
    before: int,
    families: tuple[tuple[str, str, str], ...],
) -> World:
    n, media_t = len(years), media_tc.sum(axis=1)
    share = rng.uniform(*kind.share)
    level = media_t[before:].mean() * (1.0 - share) / share
    drawn = [smooth_noise(rng, n, rng.uniform(0.3, 0.95)) for _ in range(kind.controls)]
    controls_tk = np.array(drawn).T.reshape(n, kind.controls)
    baseline_t = 1.0 + season(rng, years, kind.season) + trend(rng, years, kind.trend)
    baseline_t = baseline_t + controls_tk @ rng.normal(0.0, 0.05, kind.controls)
    if kind.every == "day":
        baseline_t = baseline_t + rng.uniform(0.5, 2.0) * WEEKDAYS[np.arange(n) % 7]
    noise_t = smooth_noise(rng, n, kind.memory)
    if kind.tails:
        noise_t = rng.standard_t(kind.tails, n) / np.sqrt(kind.tails / (kind.tails - 2.0))
    sigma = rng.uniform(*kind.noise) * (media_t[before:].mean() / share)
    outcome_t = level * baseline_t + media_t + sigma * noise_t
    days = 1 if kind.every == "day" else 7
    dates = np.datetime64("2022-01-03") + days * np.arange(kind.periods)
    names = tuple(f"channel_{c + 1}" for c in range(kind.channels))
    dataset = Dataset(
        dates=dates.astype("datetime64[D]"),
        every=Every(kind.every),
        geos=("national",),
        channels=tuple(Channel(name) for name in names),
        outcome_name="revenue",
        unit="revenue",
        currency="EUR",
        outcome_gt=outcome_t[None, before:].copy(),
        spend_gtc=spend_tc[None, before:].copy(),
        exposure_gtc=spend_tc[None, before:].copy(),
        controls_gtk=controls_tk[None, before:].copy(),
        control_names=tuple(f"control_{k + 1}" for k in range(kind.controls)),
    )
    return World(kind.name, seed, dataset, own_tc[before:].sum(axis=0), families)
