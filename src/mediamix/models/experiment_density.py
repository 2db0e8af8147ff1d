"""A national density with experiments on top of it, in one native pass.

    log p(u) − ½ Σ_e ((lift_e − m_e) / error_e)² − Σ_e log(error_e √2π)
    m_e = β_c Σ_t w_ct (h_ct(x) − h_ct(x⁰_e)),   β_c = effect_c · scale_c / Σ_t w_ct h_ct(x)

An experiment doesn't touch the baseline, which is integrated out: it is a factor on top of any density, that
is called by its address. Its noise is its own. w are weights per channel and period of whoever lets effects
vary; 1 where they don't.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from mediamix.inference.density import DENSITY_SIGNATURE, Density, address_of, aligned, call_density
from mediamix.models.density import MediaModel
from mediamix.models.experiment_response import ROWS, add_response
from mediamix.models.experiments import channel_codes
from mediamix.models.links import natural
from mediamix.transforms.native import REORDERED

#: Leading integers: address of the density underneath, its integers, numbers and scratch numbers; parameters,
#: tested channels, periods, experiments, parameters of the channel with most of them.
HEADER = 9
#: Integers per tested channel, and per experiment: its channel among the tested ones, its steps, the first
#: one that counts, the period of its first step.
PER_CHANNEL, PER_TRIAL = 6, 4
LOG_ROOT_2PI = 0.5 * math.log(2.0 * math.pi)


def with_trials(model: MediaModel, inner: Density) -> Density:
    """A national model's density with the model's experiments on top."""
    tested = sorted({one.channel for one in model.trials})
    k, t = len(model.priors), model.exposure_ct.shape[1]
    most = max(len(model.transforms[c].parameters) for c in tested)
    integers = [
        address_of(inner), len(inner.integers), len(inner.numbers), inner.scratch,
        k, len(tested), t, len(model.trials), most,
    ]  # fmt: skip
    for c in tested:
        integers += channel_codes(model.starts[c], model.transforms[c])
    for one in model.trials:
        steps = one.with_gs.shape[1]
        integers += [tested.index(one.channel), steps, one.first, one.begin]
    integers += [prior.link for prior in model.priors]
    numbers = [
        inner.numbers,
        np.zeros(-len(inner.numbers) % 8),
        np.array([prior.location for prior in model.priors]),
        np.array([prior.scale for prior in model.priors]),
        model.effect_scale_c[tested],
        model.exposure_ct[tested].ravel(),
        np.ones(len(tested) * t),
        *(
            part
            for one in model.trials
            for part in ([one.lift, one.error], one.with_gs[0], one.without_gs[0])
        ),
    ]
    packed = aligned(sum(len(part) for part in numbers))
    return Density(
        log_tested,
        np.concatenate([np.array(integers, dtype=np.int64), inner.integers]),
        np.concatenate(numbers, out=packed),
        inner.dimension,
        scratch=inner.scratch + 8 + 2 * k + len(tested) * (1 + most) + most + (ROWS + most) * t,
    )


@numba.njit(DENSITY_SIGNATURE, **REORDERED)
def log_tested(u, gradient, integers, numbers, scratch):  # type: ignore[no-untyped-def]
    """Log density of the standard-normal coordinates; fills `gradient`."""
    inner, held = numbers[: integers[2]], integers[2] + (-integers[2]) % 8
    k, c, t, trials, most = integers[4], integers[5], integers[6], integers[7], integers[8]
    tests = HEADER + PER_CHANNEL * c
    links = integers[tests + PER_TRIAL * trials : tests + PER_TRIAL * trials + k]
    below = integers[tests + PER_TRIAL * trials + k :]
    location, scale = numbers[held : held + k], numbers[held + k : held + 2 * k]
    at = held + 2 * k
    effect_scale = numbers[at : at + c]
    exposure = numbers[at + c : at + c + c * t].reshape((c, t))
    weight = numbers[at + c + c * t : at + c + 2 * c * t].reshape((c, t))
    series = at + c + 2 * c * t

    value = call_density(integers[0], u, gradient, below, inner, scratch)

    at = integers[3] + (-integers[3]) % 8
    theta, d_theta = scratch[at : at + k], scratch[at + k : at + 2 * k]
    at += 2 * k
    total, d_total = scratch[at : at + c], scratch[at + c : at + c + c * most].reshape((c, most))
    at += c + c * most
    slope, work = scratch[at : at + most], scratch[at + most :]

    natural(u[:k], location, scale, links, theta, d_theta)
    for i in range(c):
        info = integers[HEADER + PER_CHANNEL * i : HEADER + PER_CHANNEL * (i + 1)]
        d_total[i] = 0.0
        total[i] = add_response(info, theta, exposure[i], weight[i], 0, 1.0, d_total[i], work)
    for e in range(trials):
        test = integers[tests + PER_TRIAL * e : tests + PER_TRIAL * (e + 1)]
        i, steps = test[0], test[1]
        info = integers[HEADER + PER_CHANNEL * i : HEADER + PER_CHANNEL * (i + 1)]
        lift, error = numbers[series], numbers[series + 1]
        shown = numbers[series + 2 : series + 2 + steps]
        absent = numbers[series + 2 + steps : series + 2 + 2 * steps]
        series += 2 + 2 * steps
        own_weight = weight[i, test[3] : test[3] + steps]
        slope[:] = 0.0
        moved = add_response(info, theta, shown, own_weight, test[2], 1.0, slope, work)
        moved += add_response(info, theta, absent, own_weight, test[2], -1.0, slope, work)
        effect = theta[info[0]]
        beta = effect * effect_scale[i] / total[i]
        away = (lift - beta * moved) / error
        value -= 0.5 * away * away + math.log(error) + LOG_ROOT_2PI
        pull = away / error * beta
        gradient[info[0]] += pull * moved / effect * d_theta[info[0]]
        for j in range(info[2] + info[5]):
            push = slope[j] - moved * d_total[i, j] / total[i]
            gradient[info[0] + 1 + j] += pull * push * d_theta[info[0] + 1 + j]
    return value
