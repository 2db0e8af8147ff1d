"""What spend by channel and period brings: the planner's view of a fit's future.

The only place of flighting that looks into a `Fit`'s channels is `outlook`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from jaxtyping import Float

from mediamix.core.delivery import frequency_of, joined
from mediamix.core.errors import SpecError
from mediamix.core.machine import cores
from mediamix.core.threads import spread
from mediamix.data.dataset import Dataset
from mediamix.decide.flighting.beside import Beside, Starts
from mediamix.decide.flighting.limits import Limits
from mediamix.measure.thinning import thinned_rows
from mediamix.models.base import ChannelEffect, Fit
from mediamix.models.course_draws import ahead_of
from mediamix.transforms.ahead import FLOOR, Ahead, carry
from mediamix.transforms.base import pick_saturation

Made = TypeVar("Made")


@dataclass(frozen=True, eq=False)
class Outlook:
    """The planned channels over the window and its tail.

    Args:
        channels: Their responses; rows are draws × geos, draw by draw.
        rate_ct: Exposure per unit of money.
        n_draws: Draws.
    """

    channels: tuple[Beside, ...]
    rate_ct: Float[np.ndarray, "channel time"]
    n_draws: int

    def draws(self, x_ct: Float[np.ndarray, "channel time"]) -> Float[np.ndarray, "channel draw time"]:
        """Contribution of spends per draw and period, the longest tail included."""
        length = max(channel.periods for channel in self.channels)

        def one(c: int) -> np.ndarray:
            channel = self.channels[c]
            rows = channel.rows(x_ct[c] * self.rate_ct[c]) - channel.rows(np.zeros(channel.horizon))
            by_draw: np.ndarray = rows.reshape(self.n_draws, -1, rows.shape[1]).sum(axis=1)
            return np.pad(by_draw, ((0, 0), (0, length - rows.shape[1])))

        return np.stack(each(one, len(self.channels)))

    def picked(self, channels: Sequence[int]) -> Outlook:
        """Some of the channels."""
        return replace(
            self, channels=tuple(self.channels[c] for c in channels), rate_ct=self.rate_ct[list(channels)]
        )


@dataclass(frozen=True, eq=False)
class Expected:
    """Expected contribution of spends: the objective. With `lines` its concave envelope.

    Args:
        outlook: The channels.
        lines: Per channel, or None where it is concave or exact.
        zero: Per channel, its value without spend in the exact curves.
    """

    outlook: Outlook
    lines: tuple[Starts | None, ...]
    zero: tuple[float, ...]

    @staticmethod
    def of(outlook: Outlook) -> Expected:
        """The exact objective."""
        zero = each(lambda c: _at_zero(outlook.channels[c]), len(outlook.channels))
        return Expected(outlook, (None,) * len(outlook.channels), tuple(zero))

    def enveloped(self, limits: Limits) -> Expected:
        """The concave envelope over what the limits let one spend: nowhere below the objective."""
        rate_ct = self.outlook.rate_ct
        money_c = np.minimum(limits.total, limits.channel_high_c)

        def one(c: int) -> Starts | None:
            most = float(money_c[c] * rate_ct[c].max())
            return self.outlook.channels[c].lines(
                limits.lower_ct[c] * rate_ct[c], limits.upper_ct[c] * rate_ct[c], most
            )

        return replace(self, lines=tuple(each(one, len(rate_ct))))

    @property
    def is_exact(self) -> bool:
        """No envelope differs from its curve."""
        return all(part is None for part in self.lines)

    def picked(self, channels: Sequence[int]) -> Expected:
        """Some of the channels."""
        return Expected(
            self.outlook.picked(channels),
            tuple(self.lines[c] for c in channels),
            tuple(self.zero[c] for c in channels),
        )

    def values(self, x_ct: Float[np.ndarray, "channel time"]) -> Float[np.ndarray, " channel"]:
        """Expected contribution per channel."""

        def one(c: int) -> float:
            value = self.outlook.channels[c].value(x_ct[c] * self.outlook.rate_ct[c], self.lines[c])
            return (value - self.zero[c]) / self.outlook.n_draws

        return np.array(each(one, len(x_ct)))

    def value(self, x_ct: Float[np.ndarray, "channel time"]) -> float:
        """Expected contribution of all channels, outcome units."""
        return float(self.values(x_ct).sum())

    def slope(
        self, x_ct: Float[np.ndarray, "channel time"]
    ) -> tuple[float, Float[np.ndarray, "channel time"]]:
        """The same, and what the next unit of money brings in each channel and period."""
        rate_ct, n = self.outlook.rate_ct, self.outlook.n_draws

        def one(c: int) -> tuple[float, np.ndarray]:
            value, slope = self.outlook.channels[c].slope(x_ct[c] * rate_ct[c], self.lines[c])
            return (value - self.zero[c]) / n, slope * rate_ct[c] / n

        parts = each(one, len(x_ct))
        return float(sum(value for value, _ in parts)), np.stack([slope for _, slope in parts])

    def curvature(self, x_ct: Float[np.ndarray, "channel time"]) -> Float[np.ndarray, "channel time time"]:
        """Minus the second derivatives per channel, convex parts left out."""
        rate_ct, n = self.outlook.rate_ct, self.outlook.n_draws

        def one(c: int) -> np.ndarray:
            bend = self.outlook.channels[c].curvature(x_ct[c] * rate_ct[c], self.lines[c])
            return bend * np.outer(rate_ct[c], rate_ct[c]) / n

        return np.stack(each(one, len(x_ct)))


def outlook(
    fit: Fit,
    planned: Sequence[int],
    rate_ct: Float[np.ndarray, "channel time"],
    after_c: Float[np.ndarray, " channel"],
    draws: int,
    future: Dataset | None = None,
) -> Outlook:
    """The future of a fit's channels after its data.

    In a fit of several geos a channel's exposure is split over them as in the last year of the data.

    Args:
        fit: A fit.
        planned: Positions of the channels.
        rate_ct: Exposure per unit of money, per planned channel and period.
        after_c: Exposure per period after the window.
        draws: Used, evenly thinned.
        future: The window's controls, for effects that follow one; absent: they are at their mean.

    Raises:
        SpecError: A planned channel saturates before it carries over.
    """
    effects = {c: fit.channels[c].alike for c in planned}
    transforms = {c: [path.transform for one in own for path in one.paths] for c, own in effects.items()}
    other_order = [c for c, own in transforms.items() if not all(t.adstock_first or t.reaches for t in own)]
    if other_order:
        names = [fit.channels[c].channel.name for c in other_order]
        raise SpecError(
            f"channels.{names[0]}.order: flighting plans channels whose adstock comes first",
            expected="order: adstock_first for every channel that is planned",
            got=f"order: saturation_first for {', '.join(names)}",
            next_step="fit these channels with order: adstock_first; budgets over a whole window "
            "(`mediamix optimize`) work with either order",
        )
    _refuse_unlike_paths([one for own in effects.values() for one in own])
    data, rows = fit.dataset, thinned_rows(fit.n_draws, draws)
    horizon = rate_ct.shape[1]
    made = [
        _of_models(ahead_of(fit.channels[c].thinned(rows), fit, future), data, c, horizon, float(after))
        for c, after in zip(planned, after_c, strict=True)
    ]
    return Outlook(tuple(made), rate_ct, len(rows))


def _refuse_unlike_paths(effects: Sequence[ChannelEffect]) -> None:
    """SpecError for a channel whose direct effect and effect on a mediator have different saturations."""
    for effect in effects:
        kinds = {path.transform.saturation.name: path.via for path in effect.paths}
        if len(kinds) > 1:
            name = effect.channel.name
            mediator = next(filter(None, kinds.values()))[0]
            raise SpecError(
                f"mediators.{mediator}.channels.{name}: flighting plans channels "
                "that saturate alike on all of their ways to the outcome",
                expected="one saturation for what it does directly and through mediators",
                got=" and ".join(kinds),
                next_step="fit with one; budgets over a whole window (`mediamix optimize`) work with any",
            )


def _of_models(effect: ChannelEffect, data: Dataset, channel: int, horizon: int, after: float) -> Beside:
    """A channel's future, of a stacked fit that of each member."""
    return Beside(tuple(_of_paths(one, data, channel, horizon, after) for one in effect.alike))


def _of_paths(effect: ChannelEffect, data: Dataset, channel: int, horizon: int, after: float) -> Ahead:
    """A channel's future on all of its paths: their rows beside each other, draw by draw."""
    # As long as the response curves count carry-over out of a window.
    tail = round(data.every.per_year / 2)
    ends = [path.transform.max_lag for path in effect.paths]
    if all(ends):
        tail = min(tail, max(ends) - 1)
    parts = [_ahead(path, data, channel, (horizon, tail), after) for path in effect.paths]
    if len(parts) == 1:
        return parts[0]
    lags, draws = max(part.weight_rl.shape[1] for part in parts), len(effect.beta_dg)

    def beside(arrays: Sequence[np.ndarray]) -> np.ndarray:
        by_draw = [array.reshape(draws, -1, *array.shape[1:]) for array in arrays]
        return np.ascontiguousarray(np.concatenate(by_draw, axis=1).reshape(-1, *arrays[0].shape[1:]))

    return replace(
        parts[0],
        theta_rk=beside([part.theta_rk for part in parts]),
        weight_rl=beside([np.pad(p.weight_rl, ((0, 0), (0, lags - p.weight_rl.shape[1]))) for p in parts]),
        past_rt=beside([part.past_rt for part in parts]),
        gain_rt=beside([part.gain_rt for part in parts]),
    )


def _ahead(
    effect: ChannelEffect, data: Dataset, channel: int, periods: tuple[int, int], after: float
) -> Ahead:
    """One path's; `periods`: of the window and of its tail."""
    transform, (horizon, tail) = effect.transform, periods
    exposure_gt = data.exposure_gtc[:, :, channel]
    recent_g = exposure_gt[:, -round(data.every.per_year) :].sum(axis=1)
    even_g = np.full(len(recent_g), 1 / len(recent_g))
    split_g = (recent_g / recent_g.sum() if recent_g.sum() > 0 else even_g) / effect.size_g
    n = data.n_before + data.n_periods
    length = n + horizon + tail
    pulse = np.zeros(length)
    pulse[0] = 1.0
    weight_dl = carry(transform, effect.theta_dk, pulse)[:, : horizon + tail]
    weight_dl = weight_dl[:, : _lags(weight_dl)]
    beside = np.concatenate([np.zeros(horizon), np.full(tail, after)])
    series_gt = np.concatenate([data.before_gt(channel), data.delivery_gt(channel)], axis=1)
    series_gt = series_gt / effect.size_g[:, None]
    geos, own = len(exposure_gt), len(transform.adstock.parameters)
    saturation, theta_dk, gain_dg = transform.saturation, effect.theta_dk[:, own:], effect.beta_dg
    if transform.reaches:
        # Linear in the reach, at the last year's frequency.
        often = frequency_of(data.delivery_gt(channel)[:, -round(data.every.per_year) :].sum(keepdims=True))
        level_d = np.array([transform.saturation(often.ravel(), theta)[0] for theta in theta_dk])
        ahead_gt = joined(split_g[:, None] * beside, often)
        past = [
            transform.respond(np.concatenate(pair), effect.theta_dk)[:, n:] / level_d[:, None]
            for pair in zip(series_gt, ahead_gt, strict=True)
        ]
        saturation, theta_dk = pick_saturation("none"), theta_dk[:, :0]
        gain_dg = gain_dg * level_d[:, None]
    else:
        past = [
            carry(transform, effect.theta_dk, np.concatenate([series, share * beside]))[:, n:]
            for series, share in zip(series_gt, split_g, strict=True)
        ]
    weight_rl = (weight_dl[:, None, :] * split_g[:, None]).reshape(-1, weight_dl.shape[1])
    largest = float(exposure_gt.max()) * float(np.abs(split_g).max()) or 1.0
    gain_dgt = _gain_dgt(replace(effect, beta_dg=gain_dg), n, horizon + tail)
    return Ahead(
        saturation=saturation,
        theta_rk=np.ascontiguousarray(np.repeat(theta_dk, geos, axis=0)),
        weight_rl=np.ascontiguousarray(weight_rl),
        past_rt=np.ascontiguousarray(np.stack(past, axis=1).reshape(-1, horizon + tail)),
        gain_rt=np.ascontiguousarray(gain_dgt.reshape(-1, horizon + tail)),
        horizon=horizon,
        floor=FLOOR * largest,
    )


def _gain_dgt(effect: ChannelEffect, first: int, periods: int) -> Float[np.ndarray, "draw geo time"]:
    """Outcome units at full saturation in the periods after so many first ones."""
    factor_dt = effect.factor(first + periods)[:, first:]
    return np.asarray(effect.beta_dg[:, :, None] * factor_dt[:, None])


def _lags(weight_dl: Float[np.ndarray, "draw lag"]) -> int:
    """Lags until the carry-over has ended in every draw, up to rounding."""
    heaviest = weight_dl.max(axis=0)
    return int(np.flatnonzero(heaviest > 1e-12 * heaviest.max())[-1]) + 1


def _at_zero(channel: Beside) -> float:
    return channel.value(np.zeros(channel.horizon))


def each(make: Callable[[int], Made], n: int) -> list[Made]:
    """``make(0) … make(n − 1)`` on threads: the kernels work without the GIL."""
    workers = min(cores(), n)
    if workers <= 1:
        return [make(c) for c in range(n)]
    return spread(make, range(n), workers)
