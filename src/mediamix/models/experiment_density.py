"""A national density with experiments on top of it, in one native pass.

    log p(u) − ½ Σ_e ((lift_e − m_e) / error_e)² − Σ_e log(error_e √2π)
    m_e = β_c Σ_t w_ct (h_ct(x) − h_ct(x⁰_e)),   β_c = effect_c · scale_c / Σ_t w_ct h_ct(x)

An experiment doesn't touch the baseline, which is integrated out: it is a factor on top of any density, that
is called by its address. Its noise is its own. w is the course of a channel's effect (`models.varying`), 1
where that stays the same; its parameters follow from

    ∂m_e/∂log w_t = β_c (w_ct (h_ct(x) − h_ct(x⁰_e)) − m_e/β_c · w_ct h_ct(x) / Σ w h)
"""

from __future__ import annotations

import math

import numba
import numpy as np

from mediamix.inference.density import DENSITY_SIGNATURE, Density, address_of, aligned, call_density
from mediamix.models.course_kernel import PER_COURSE, course_back, log_factor
from mediamix.models.density import MediaModel
from mediamix.models.experiment_response import ROWS, add_response
from mediamix.models.experiments import channel_codes
from mediamix.models.links import natural
from mediamix.transforms.elementary import exp
from mediamix.transforms.native import REORDERED

#: Leading integers: address of the density underneath, its integers, numbers and scratch numbers; parameters,
#: tested channels, periods, experiments, parameters of the channel with most of them, columns of courses.
HEADER = 10
#: Integers per tested channel, those of its course included; and per experiment: its channel among the tested
#: ones, its steps, the first one that counts, the period of its first step.
CODES, PER_TRIAL = 6, 4
PER_CHANNEL = CODES + PER_COURSE
LOG_ROOT_2PI = 0.5 * math.log(2.0 * math.pi)


def with_trials(model: MediaModel, inner: Density) -> Density:
    """A national model's density with the model's experiments on top."""
    tested = sorted({one.channel for one in model.trials})
    k, t = len(model.priors), model.exposure_ct.shape[1]
    most = max(len(model.transforms[c].parameters) for c in tested)
    courses, columns = model.courses.packed(t, PER_COURSE)
    integers = [
        address_of(inner), len(inner.integers), len(inner.numbers), inner.scratch,
        k, len(tested), t, len(model.trials), most, sum(len(part) for part in columns) // t,
    ]  # fmt: skip
    for c in tested:
        integers += channel_codes(model.starts[c], model.transforms[c])
        integers += courses[PER_COURSE * c : PER_COURSE * (c + 1)] or [0] * PER_COURSE
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
        *columns,
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
        scratch=inner.scratch + 8 + 3 * k + len(tested) * (1 + most + 4 * t) + most + (ROWS + most + 1) * t,
    )


@numba.njit(DENSITY_SIGNATURE, **REORDERED)
def log_tested(u, gradient, integers, numbers, scratch):  # type: ignore[no-untyped-def]
    """Log density of the standard-normal coordinates; fills `gradient`."""
    inner, held = numbers[: integers[2]], integers[2] + (-integers[2]) % 8
    k, c, t, trials, most = integers[4], integers[5], integers[6], integers[7], integers[8]
    waves = integers[9]
    tests = HEADER + PER_CHANNEL * c
    links = integers[tests + PER_TRIAL * trials : tests + PER_TRIAL * trials + k]
    below = integers[tests + PER_TRIAL * trials + k :]
    location, scale = numbers[held : held + k], numbers[held + k : held + 2 * k]
    at = held + 2 * k
    effect_scale = numbers[at : at + c]
    exposure = numbers[at + c : at + c + c * t].reshape((c, t))
    columns = numbers[at + c + c * t : at + c + c * t + waves * t].reshape((waves, t))
    series = at + c + c * t + waves * t

    value = call_density(integers[0], u, gradient, below, inner, scratch)

    at = integers[3] + (-integers[3]) % 8
    theta, d_theta = scratch[at : at + k], scratch[at + k : at + 2 * k]
    at += 2 * k
    total, d_total = scratch[at : at + c], scratch[at + c : at + c + c * most].reshape((c, most))
    at += c + c * most
    course, weight = (
        scratch[at : at + c * t].reshape((c, t)),
        scratch[at + c * t : at + 2 * c * t].reshape((c, t)),
    )
    at += 2 * c * t
    # Per channel w h, and ∂ log p/∂log w.
    mass, back = (
        scratch[at : at + c * t].reshape((c, t)),
        scratch[at + c * t : at + 2 * c * t].reshape((c, t)),
    )
    at += 2 * c * t
    slope, steep, path = (
        scratch[at : at + most],
        scratch[at + most : at + most + k],
        scratch[at + most + k : at + most + k + t],
    )
    work = scratch[at + most + k + t :]

    natural(u[:k], location, scale, links, theta, d_theta)
    for i in range(c):
        info = integers[HEADER + PER_CHANNEL * i : HEADER + PER_CHANNEL * (i + 1)]
        log_factor(info[CODES:], theta, columns, course[i])
        for s in range(t):
            weight[i, s] = exp(course[i, s])
            mass[i, s] = 0.0
            back[i, s] = 0.0
        d_total[i] = 0.0
        total[i] = add_response(info, theta, exposure[i], weight[i], 0, 1.0, d_total[i], mass[i], work)
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
        own_path = path[:steps]
        own_path[:] = 0.0
        moved = add_response(info, theta, shown, own_weight, test[2], 1.0, slope, own_path, work)
        moved += add_response(info, theta, absent, own_weight, test[2], -1.0, slope, own_path, work)
        effect = theta[info[0]]
        beta = effect * effect_scale[i] / total[i]
        away = (lift - beta * moved) / error
        value -= 0.5 * away * away + math.log(error) + LOG_ROOT_2PI
        pull = away / error * beta
        gradient[info[0]] += pull * moved / effect * d_theta[info[0]]
        for j in range(info[2] + info[5]):
            push = slope[j] - moved * d_total[i, j] / total[i]
            gradient[info[0] + 1 + j] += pull * push * d_theta[info[0] + 1 + j]
        if info[CODES] > 0:
            for s in range(test[2], steps):
                back[i, test[3] + s] += pull * own_path[s]
            for s in range(t):
                back[i, s] -= pull * moved * mass[i, s] / total[i]
    for i in range(c):
        info = integers[HEADER + PER_CHANNEL * i + CODES : HEADER + PER_CHANNEL * (i + 1)]
        if info[0] > 0:
            course_back(info, theta, columns, course[i], back[i], steep)
            if info[2] >= 0:
                gradient[info[2]] += steep[info[2]] * d_theta[info[2]]
            for j in range(info[1], info[1] + info[0]):
                gradient[j] += steep[j] * d_theta[j]
    return value
