"""A control that media move is noticed; one that spend follows, or that follows nothing, isn't."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from funnels import ONE, market, spec
from mediamix.core.spec import parse_spec
from mediamix.measure.gather import gather
from mediamix.measure.preceded import Preceded, chance_of, preceded
from mediamix.measure.trust.mediator import CHANCE, CHECK
from mediamix.models.bayes import fit

N = 150
CALENDAR = np.column_stack([np.ones(N), np.linspace(-1, 1, N)])


def wave(rng, keep=0.6):
    """A series that remembers."""
    out = np.zeros(N)
    for t in range(1, N):
        out[t] = keep * out[t - 1] + rng.standard_normal()
    return out


def test_the_chance_is_that_of_an_f_test_written_out():
    from scipy import stats

    rng = np.random.default_rng(3)
    y, x = wave(rng), wave(rng)
    past, a = np.zeros(N), 0.5 ** (1 / 2)
    for t in range(N):
        past[t] = sum((1 - a) * a**lag * x[t - 1 - lag] for lag in range(t))
    base = np.column_stack([CALENDAR[2:], y[1:-1], y[:-2]])
    full = np.column_stack([base, past[2:]])
    squares = []
    for columns in (base, full):
        q, _ = np.linalg.qr(columns)
        squares.append(((y[2:] - q @ (q.T @ y[2:])) ** 2).sum())
    f = (squares[0] - squares[1]) / (squares[1] / (N - 2 - 5))
    assert chance_of(y, x, CALENDAR) == pytest.approx(stats.f.sf(f, 1, N - 2 - 5), rel=1e-6)


def test_what_has_nothing_to_do_with_media_has_any_chance():
    """Chances of unrelated series are even: of 400 about one in ten is below 0.1."""
    rng = np.random.default_rng(8)
    chances = np.array([chance_of(wave(rng), np.abs(wave(rng)), CALENDAR) for _ in range(400)])
    # Four standard errors around a tenth, and around a half.
    assert abs(np.mean(chances < 0.1) - 0.1) < 4 * np.sqrt(0.09 / 400)
    assert abs(np.mean(chances < 0.5) - 0.5) < 4 * np.sqrt(0.25 / 400)


def moved_and_moving():
    """Exposure that moves a control, and a control that exposure follows, seen through noise."""
    rng = np.random.default_rng(4)
    x, demand = rng.gamma(2.0, 1.0, N), wave(rng, 0.9)
    stock = np.zeros(N)
    for t in range(1, N):
        stock[t] = 0.7 * stock[t - 1] + 0.3 * np.sqrt(x[t])
    follower = np.maximum(0.0, 5 + demand + rng.normal(0, 0.7, N)) ** 2
    return stock + rng.normal(0, 0.2, N), demand + rng.normal(0, 0.5, N), np.column_stack([x, follower])


def test_which_way_it_goes_is_told():
    moved, moving, exposure = moved_and_moving()
    one, two = preceded(
        np.column_stack([moved, moving]), exposure, CALENDAR, (("moved", "moving"), ("tv", "search"))
    )
    assert (one.control, one.channel) == ("moved", "tv")
    assert one.chance < CHANCE < one.back
    assert two.control == "moving"
    assert two.back < two.chance


def test_the_check_speaks_of_what_media_move_alone(mixed_fit):
    evidence = gather(mixed_fit)
    seen = (
        Preceded("awareness", "tv", 0.0005, 0.2),
        Preceded("price", "tv", 0.4, 0.5),
        Preceded("demand", "search", 0.0005, 1e-9),
    )
    (told,) = CHECK.find(replace(evidence, preceded=seen))
    assert told.where == "awareness"
    assert "of tv" in told.message


def test_a_declared_mediator_is_not_asked_about():
    data, short = market(), spec({}).sampler
    declared = gather(fit(data, spec(ONE)))
    plain = gather(fit(data, parse_spec({"sampler": short.model_dump()})))
    assert {one.control for one in plain.preceded} - {one.control for one in declared.preceded} == {
        "awareness"
    }


def test_constant_and_short_series_say_nothing():
    rng = np.random.default_rng(2)
    flat = np.ones((N, 1))
    assert preceded(flat, rng.gamma(2, 1, (N, 1)), CALENDAR, (("price",), ("tv",))) == ()
    assert preceded(rng.normal(size=(N, 1)), flat, CALENDAR, (("price",), ("tv",))) == ()
    assert chance_of(wave(rng)[:10], wave(rng)[:10], CALENDAR[:10]) == 1.0
