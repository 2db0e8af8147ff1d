"""An effect that isn't the same all the time: a positive factor on a channel's response, over the periods.

    f_t = exp( a Σ_k φ_k(t) w_k ),   w ~ N(0, 1)

The columns φ are a smooth course (a Gaussian process over time, whose size a is sampled), waves of the
calendar's year, or a control; the size of those is given by the spec. They have mean zero over the window,
and an effect (ROI or share) is about the window as a whole: f says when more of it happens. Beyond what is
known of a control it counts as its mean, and beyond a process's borders that is at its mean.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from mediamix.core.spec import PriorSpec, Spec
from mediamix.core.spec.varying import SEASON, TIME, Varying
from mediamix.data.dataset import Dataset
from mediamix.models.priors import Prior
from mediamix.transforms import basis, hsgp

#: Pairs of waves of a season's effect, and weeks over which one over time stays about the same.
PAIRS, WEEKS = 2, 26.0
DAYS_PER_WEEK = 7.0
#: Names of sampled parameters: weights of a course's columns, and its size.
WEIGHT, COURSE_SIZE = "course", "course_spread"
#: The 95 % point of the size of a course over time, in medians.
WIDER = 4.0


@dataclass(frozen=True, eq=False)
class Course:
    """Columns of one channel's factor.

    Args:
        by: ``time``, ``season``, or the name of a control.
        names: One per column.
        matrix_sk: From the first period with known media on.
        spread: Median of its size, where that is sampled; None: the columns have it.
    """

    by: str
    names: tuple[str, ...]
    matrix_sk: Float[np.ndarray, "series column"]
    spread: float | None

    def factor(
        self, weight_dk: Float[np.ndarray, "draw column"], periods: int
    ) -> Float[np.ndarray, "draw series"]:
        """F of the first so many periods; beyond the columns it is at its mean.

        Args:
            weight_dk: Weights times size.
            periods: From the first one with known media on.
        """
        known = weight_dk @ self.matrix_sk[:periods].T
        out = np.ones((len(weight_dk), periods))
        np.exp(known, out=out[:, : known.shape[1]])
        return out

    @property
    def sampled(self) -> bool:
        """Whether its size is sampled, beside the weights."""
        return self.spread is not None

    def followed(self, columns_tk: Float[np.ndarray, "time column"]) -> Course:
        """The same with the columns of the periods that follow."""
        return replace(self, matrix_sk=np.concatenate([self.matrix_sk, columns_tk]))


@dataclass(frozen=True)
class Courses:
    """The courses of a model's channels, and where their parameters are.

    Args:
        each: Per channel; None: its effect stays the same. Empty: all do.
        after: Index of the first parameter in u: per course its size, if that is sampled, and its weights.
    """

    each: tuple[Course | None, ...] = ()
    after: int = 0

    def __bool__(self) -> bool:
        return any(self.each)

    @property
    def count(self) -> int:
        """Parameters."""
        return sum(len(one.names) + one.sampled for one in self.each if one is not None)

    @property
    def end(self) -> int:
        """Index of the first parameter behind them."""
        return self.after + self.count

    @property
    def places(self) -> list[tuple[int, int]]:
        """Index of each course's first weight, and of its size (−1: not sampled)."""
        found, at = [], self.after
        for one in self.each:
            if one is None:
                found.append((0, -1))
                continue
            found.append((at + one.sampled, at if one.sampled else -1))
            at += one.sampled + len(one.names)
        return found

    def weights(
        self, theta_dk: Float[np.ndarray, "draw parameter"]
    ) -> list[Float[np.ndarray, "draw column"] | None]:
        """Per channel the weights of its course's columns, times their size."""
        found: list[Float[np.ndarray, "draw column"] | None] = []
        for one, (first, size) in zip(self.each, self.places, strict=True):
            if one is None:
                found.append(None)
                continue
            own = theta_dk[:, first : first + len(one.names)]
            found.append(own * theta_dk[:, size, None] if size >= 0 else own)
        return found

    @property
    def priors(self) -> list[Prior]:
        """Of sizes and weights, in the order of u."""
        found = []
        for one in self.each:
            if one is None:
                continue
            if one.spread is not None:
                belief = PriorSpec(median=one.spread, p95=WIDER * one.spread)
                found.append(Prior.of(COURSE_SIZE, "positive", belief))
            found += [Prior.normal(WEIGHT)] * len(one.names)
        return found

    def packed(self, length: int, per_course: int) -> tuple[list[int], list[np.ndarray]]:
        """Integers per channel and columns, for the kernels.

        Args:
            length: Of a row, padded with zeros.
            per_course: Integers that the kernel takes for one.
        """
        integers: list[int] = []
        columns, column = [], 0
        for one, (first, size) in zip(self.each, self.places, strict=True):
            n = 0 if one is None else len(one.names)
            own = [n, first, size, column]
            if len(own) != per_course:
                raise AssertionError("a course doesn't match the kernel's")
            integers += own
            column += n
            if one is not None:
                padded = np.zeros((n, length))
                padded[:, : len(one.matrix_sk)] = one.matrix_sk.T
                columns.append(padded.ravel())
        return integers, columns


#: All effects stay the same.
STEADY = Courses()


def course(dataset: Dataset, spec: Spec, channel: str) -> Course | None:
    """A channel's course over the dataset's series; None where its effect stays the same."""
    wanted = spec.channel(channel).varying
    if wanted is None:
        return None
    columns_sk = _columns(dataset, dataset, wanted)
    names: tuple[str, ...] = (wanted.by,)
    if wanted.by == TIME:
        names = tuple(f"wave {k + 1}" for k in range(columns_sk.shape[1]))
    elif wanted.by == SEASON:
        names = basis.fourier(dataset.dates[:1], PAIRS).names
    return Course(wanted.by, names, columns_sk, wanted.spread if wanted.by == TIME else None)


def continued(found: Course, history: Dataset, spec: Spec, channel: str, future: Dataset) -> Course:
    """A course that goes on over the periods that follow the history.

    Args:
        found: Over the history.
        history: What was fitted.
        spec: Of the fit.
        channel: Name.
        future: The periods that follow, with their controls.
    """
    wanted = spec.channel(channel).varying
    assert wanted is not None
    return found.followed(_columns(history, future, wanted))


def _columns(history: Dataset, asked: Dataset, wanted: Varying) -> Float[np.ndarray, "time column"]:
    """Columns over a dataset's series, centred and scaled by the history's window."""
    first = -asked.n_before if asked is history else history.n_periods
    n, until = history.n_periods, first + asked.n_before + asked.n_periods
    if wanted.by == TIME:
        weeks = WEEKS if wanted.length is None else wanted.length
        length = weeks * DAYS_PER_WEEK / history.every.days
        middle_k = hsgp.course_columns(np.arange(n, dtype=float), n, length).mean(axis=0)
        asked_t = np.arange(first, until, dtype=float)
        return np.asarray(hsgp.course_columns(asked_t, n, length) - middle_k)
    if wanted.by == SEASON:
        share_k = wanted.spread / np.repeat(np.arange(1.0, PAIRS + 1), 2)
        middle_k = basis.fourier(history.dates, PAIRS).matrix.mean(axis=0)
        return np.asarray(share_k * (basis.fourier(_dates(asked), PAIRS).matrix - middle_k))
    at = history.control_names.index(wanted.by)
    weight_g = history.size_g / history.size_g.sum()
    index_t, asked_t = weight_g @ history.controls_gtk[..., at], weight_g @ asked.controls_gtk[..., at]
    sd = float(index_t.std())
    known_t = (asked_t - index_t.mean()) / sd if sd > 0 else np.zeros_like(asked_t)
    # Controls aren't known before the window.
    return np.asarray(wanted.spread * np.concatenate([np.zeros(asked.n_before), known_t])[:, None])


def _dates(dataset: Dataset) -> np.ndarray:
    """First days of the periods, of those before the window too."""
    dates = dataset.dates.astype("datetime64[D]")
    if not dataset.n_before:
        return dates
    if dataset.every.months:
        back = np.arange(-dataset.n_before, 0) * dataset.every.months
        before = (dates[0].astype("datetime64[M]") + back).astype("datetime64[D]")
    else:
        back = np.arange(-dataset.n_before, 0) * int(dataset.every.days)
        before = dates[0] + back.astype("timedelta64[D]")
    return np.concatenate([before, dates])
