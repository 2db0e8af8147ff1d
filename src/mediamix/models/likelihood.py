"""What a national model's rows say, given its media: one class per kind of noise, in model units.

All have the same methods, so that nothing else asks which noise it is. Parameters of the noise are sigma and
what may follow it; `z` are coordinates of the baseline's coefficients, where those are sampled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from jaxtyping import Bool, Float

from mediamix.core.spec import NoiseKind
from mediamix.inference import loo
from mediamix.inference.ar1 import Remembering
from mediamix.inference.linear import LinearBlock
from mediamix.inference.student import HeavyTailed

NORMAL, AR1, STUDENT = 0, 1, 2
#: The degrees of freedom are above it, so that the noise has a variance: what is sampled is the rest.
LEAST_NU = 2.0

Rows = Float[np.ndarray, "draw row"]
Parameters = Float[np.ndarray, "draw parameter"]
Coordinates = Float[np.ndarray, "draw coordinate"]
Coefficients = Float[np.ndarray, "draw column"]
Row = Float[np.ndarray, " number"]
Whitener = Callable[[Float[np.ndarray, "*column row"]], Float[np.ndarray, "*column row"]]
#: Integers, numbers, and how many numbers of scratch memory.
Packed = tuple[list[int], list[Float[np.ndarray, "..."]], int]


class Likelihood(Protocol):
    """Of one kind of noise, on a model's observed rows."""

    @property
    def parameters(self) -> int:
        """How many the noise has."""
        ...

    @property
    def coordinates(self) -> int:
        """How many there are of the baseline's coefficients behind all parameters; 0: integrated out."""
        ...

    def packed(self, sigma: int) -> Packed:
        """For `noise_kernel.log_likelihood`; `sigma` is its index in u."""
        ...

    def draw(
        self, residual_dn: Rows, noise_dm: Parameters, z_dj: Coordinates, rng: np.random.Generator
    ) -> Coefficients:
        """The baseline's coefficients per draw of the residuals ``y − m`` and the noise's parameters."""
        ...

    def locate(self, residual_dn: Rows, noise_dm: Parameters, v_dp: Coefficients) -> Coordinates:
        """The coordinates of coefficients: the way back from `draw`."""
        ...

    def conditional(self, residual_dn: Rows, noise_dm: Parameters, z_dj: Coordinates) -> Rows:
        """Log density of each row given all others and the draw, for `loo.leave_one_out`."""
        ...

    def whitener(self, residual_n: Row, noise_m: Row, z_j: Row) -> Whitener:
        """What makes rows such that noise is independent, normal, and of size sigma, at a point.

        Of heavy tails that holds near the point only: rows count by how far off they are.
        """
        ...


def likelihood_of(kind: NoiseKind, linear: LinearBlock, observed_t: Bool[np.ndarray, " time"]) -> Likelihood:
    """The likelihood of a kind of noise.

    Args:
        kind: Of the noise.
        linear: The factorised baseline on the observed rows.
        observed_t: Which periods those are.
    """
    if kind == "ar1":
        return Ar1(linear, observed_t)
    return Student(linear) if kind == "student" else Normal(linear)


@dataclass(frozen=True)
class Normal:
    """Normal noise, independent from period to period; the coefficients are integrated out."""

    linear: LinearBlock

    parameters = 1
    coordinates = 0

    def packed(self, sigma: int) -> Packed:
        """See `Likelihood`."""
        return [NORMAL, self.linear.rank, sigma], _columns(self.linear), self.linear.rank

    def draw(
        self, residual_dn: Rows, noise_dm: Parameters, z_dj: Coordinates, rng: np.random.Generator
    ) -> Coefficients:
        """See `Likelihood`."""
        return self.linear.draw(residual_dn, noise_dm[:, 0], rng)

    def locate(self, residual_dn: Rows, noise_dm: Parameters, v_dp: Coefficients) -> Coordinates:
        """None: there are no coordinates."""
        return np.empty((len(noise_dm), 0))

    def conditional(self, residual_dn: Rows, noise_dm: Parameters, z_dj: Coordinates) -> Rows:
        """See `Likelihood`."""
        return loo.conditional(residual_dn, noise_dm[:, 0], self.linear)

    def whitener(self, residual_n: Row, noise_m: Row, z_j: Row) -> Whitener:
        """None is needed."""
        return lambda rows: rows


@dataclass(frozen=True)
class Ar1:
    """Normal noise that remembers its last value; the coefficients are integrated out."""

    linear: LinearBlock
    observed_t: Bool[np.ndarray, " time"]

    parameters = 2
    coordinates = 0

    @cached_property
    def _block(self) -> Remembering:
        return Remembering.of(self.linear, np.flatnonzero(self.observed_t))

    def packed(self, sigma: int) -> Packed:
        """See `Likelihood`."""
        block, rank = self._block, self.linear.rank
        integers = [AR1, rank, sigma, len(block.lags), *block.lags.ravel().tolist(), *block.lag_i.tolist()]
        numbers = [self.linear.s_p[:rank], block.x_pn.ravel(), block.tables.ravel()]
        return integers, numbers, block.scratch

    def draw(
        self, residual_dn: Rows, noise_dm: Parameters, z_dj: Coordinates, rng: np.random.Generator
    ) -> Coefficients:
        """See `Likelihood`."""
        return self._block.draw(residual_dn, noise_dm[:, 0], noise_dm[:, 1], rng)

    def locate(self, residual_dn: Rows, noise_dm: Parameters, v_dp: Coefficients) -> Coordinates:
        """None: there are no coordinates."""
        return np.empty((len(noise_dm), 0))

    def conditional(self, residual_dn: Rows, noise_dm: Parameters, z_dj: Coordinates) -> Rows:
        """See `Likelihood`: a row's density given its neighbours, too."""
        return self._block.conditional(residual_dn, noise_dm[:, 0], noise_dm[:, 1])

    def whitener(self, residual_n: Row, noise_m: Row, z_j: Row) -> Whitener:
        """What is new in each row."""
        lasting = float(noise_m[1]) ** np.diff(np.flatnonzero(self.observed_t))

        def fresh(rows: Float[np.ndarray, "*column row"]) -> Float[np.ndarray, "*column row"]:
            later = (rows[..., 1:] - lasting * rows[..., :-1]) / np.sqrt(1.0 - lasting**2)
            return np.concatenate([rows[..., :1], later], axis=-1)

        return fresh


@dataclass(frozen=True)
class Student:
    """Noise with heavy tails; the coefficients are sampled."""

    linear: LinearBlock

    parameters = 2

    @property
    def coordinates(self) -> int:
        """One per column that the rows can see."""
        return self.linear.rank

    @cached_property
    def _block(self) -> HeavyTailed:
        return HeavyTailed(self.linear)

    def packed(self, sigma: int) -> Packed:
        """See `Likelihood`."""
        return [STUDENT, self.linear.rank, sigma], _columns(self.linear), self._block.scratch

    def draw(
        self, residual_dn: Rows, noise_dm: Parameters, z_dj: Coordinates, rng: np.random.Generator
    ) -> Coefficients:
        """See `Likelihood`; only what no row sees is drawn."""
        return self._block.coefficients(residual_dn, noise_dm[:, 0], noise_dm[:, 1] + LEAST_NU, z_dj, rng)

    def locate(self, residual_dn: Rows, noise_dm: Parameters, v_dp: Coefficients) -> Coordinates:
        """See `Likelihood`."""
        return self._block.coordinates(residual_dn, noise_dm[:, 0], noise_dm[:, 1] + LEAST_NU, v_dp)

    def conditional(self, residual_dn: Rows, noise_dm: Parameters, z_dj: Coordinates) -> Rows:
        """See `Likelihood`: given the coefficients rows are independent."""
        return self._block.conditional(residual_dn, noise_dm[:, 0], noise_dm[:, 1] + LEAST_NU, z_dj)

    def whitener(self, residual_n: Row, noise_m: Row, z_j: Row) -> Whitener:
        """Each row by the root of its weight ``(ν + 1) / (ν + (e/σ)²)`` (Lange, Little & Taylor, 1989)."""
        sigma, nu = noise_m[:1], noise_m[1:2] + LEAST_NU
        (error_n,) = self._block.errors(residual_n[None], sigma, nu, z_j[None]) / sigma
        root_n = np.sqrt((nu + 1.0) / (nu + error_n**2))
        return lambda rows: rows * root_n


def _columns(linear: LinearBlock) -> list[Float[np.ndarray, "..."]]:
    """Singular values and left singular vectors."""
    return [linear.s_p[: linear.rank], linear.u_pn.ravel()]
