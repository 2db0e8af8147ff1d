"""The noise of a fit: its priors, how it hangs together from period to period, and how heavy its tails are.

    normal:   ε_t independent, N(0, σ²)
    ar1:      ε_t = ρ ε_{t−1} + √(1 − ρ²) η_t,   η_t ~ N(0, σ²):   σ is the deviation of ε in a period
    student:  ε_t independent, σ times Student's t with ν > 2 degrees of freedom

`Fit.sigma_dg` is the standard deviation of ε in a period for all of them: of student ``σ √(ν / (ν − 2))``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from mediamix.core.spec import NoiseKind, PriorSpec, Spec
from mediamix.inference.draws import Draws
from mediamix.models.likelihood import LEAST_NU
from mediamix.models.priors import NOISE, Prior

#: Correlation of the noise of neighbouring periods: next to none has real mass, nine tenths hardly any.
RHO = PriorSpec(median=0.2, p95=0.7)
#: Degrees of freedom: mostly 3 to 30; from 30 on nobody could tell it from normal noise.
NU = PriorSpec(median=8.0, p95=30.0)
#: Names of what is drawn besides sigma, per kind.
NAMES: dict[NoiseKind, tuple[str, ...]] = {"normal": (), "ar1": ("rho",), "student": ("nu",)}
#: Draws that normal scores are averaged over.
SCORED = 400


def noise_priors(spec: Spec) -> list[Prior]:
    """Of sigma and of what else the noise has, in the order of u; of ν that of ν − 2."""
    own = spec.noise.prior
    found = [Prior.of("sigma", "positive", own.get("sigma", NOISE))]
    if spec.noise.kind == "ar1":
        found.append(Prior.of("rho", "unit", own.get("rho", RHO)))
    if spec.noise.kind == "student":
        belief = own.get("nu", NU)
        above = belief.less(LEAST_NU)
        found.append(Prior.of("nu", "positive", above))
    return found


def named_noise(kind: NoiseKind, noise_dm: Float[np.ndarray, "draw parameter"]) -> dict[str, np.ndarray]:
    """Draws by name, sigma in model units, from the parameters of a model's noise."""
    found = {"sigma": noise_dm[:, 0]}
    for i, name in enumerate(NAMES[kind], start=1):
        found[name] = noise_dm[:, i] + (LEAST_NU if name == "nu" else 0.0)
    return found


def noise_parameters(kind: NoiseKind, posterior: Draws, mean: float) -> list[Float[np.ndarray, " draw"]]:
    """The way back from `named_noise`.

    Args:
        kind: Of the noise.
        posterior: Named draws.
        mean: The outcome's, which sigma is a share of in model units.
    """
    own = [posterior.stacked(name) - (LEAST_NU if name == "nu" else 0.0) for name in NAMES[kind]]
    return [posterior.stacked("sigma") / mean, *own]


@dataclass(frozen=True)
class Noise:
    """How a fit's noise behaves, but for its size, over D draws.

    Args:
        rho_d: Correlation of neighbouring periods; None: they are independent.
        nu_d: Degrees of freedom; None: it is normal.
    """

    rho_d: Float[np.ndarray, " draw"] | None = None
    nu_d: Float[np.ndarray, " draw"] | None = None

    @classmethod
    def of(cls, drawn: Mapping[str, np.ndarray]) -> Noise:
        """From draws by name."""
        return cls(drawn.get("rho"), drawn.get("nu"))

    @classmethod
    def read(cls, posterior: Draws) -> Noise:
        """From a fit's named draws."""
        return cls.of({name: posterior.stacked(name) for name in ("rho", "nu") if name in posterior})

    @property
    def plain(self) -> bool:
        """Whether it is normal and independent."""
        return self.rho_d is None and self.nu_d is None

    @property
    def words(self) -> str | None:
        """For people; None of plain noise."""
        if self.rho_d is not None:
            low, high = np.quantile(self.rho_d, (0.05, 0.95))
            return (
                f"noise that remembers (ar1): neighbouring periods correlate with {self.rho_d.mean():.2f} "
                f"({low:.2f} to {high:.2f})"
            )
        if self.nu_d is not None:
            low, high = np.quantile(self.nu_d, (0.05, 0.95))
            return (
                f"noise with heavy tails (student): {np.median(self.nu_d):.0f} degrees of freedom "
                f"({low:.0f} to {high:.0f}; normal noise has endlessly many)"
            )
        return None

    def thinned(self, rows: np.ndarray) -> Noise:
        """The same with some of the draws."""
        rho_d = None if self.rho_d is None else self.rho_d[rows]
        return Noise(rho_d, None if self.nu_d is None else self.nu_d[rows])

    def deviation(self, sigma_dg: Float[np.ndarray, "draw geo"]) -> Float[np.ndarray, "draw geo"]:
        """Standard deviation in a period, given sigma in outcome units."""
        if self.nu_d is None:
            return sigma_dg
        return np.asarray(sigma_dg * np.sqrt(self.nu_d / (self.nu_d - 2.0))[:, None])

    def shaped(
        self,
        normal_dt: Float[np.ndarray, "draw time"],
        rng: np.random.Generator,
        before_d: Float[np.ndarray, " draw"] | None = None,
        gap: int = 1,
    ) -> Float[np.ndarray, "draw time"]:
        """Noise of standard deviation 1 from standard normals, one per draw and period.

        Args:
            normal_dt: Of consecutive periods.
            rng: For the tails.
            before_d: The last known noise, in standard deviations; None: nothing is known of it.
            gap: Periods between that and the first one.
        """
        if self.nu_d is not None:
            heavy = rng.chisquare(np.broadcast_to(self.nu_d[:, None], normal_dt.shape))
            return np.asarray(normal_dt * np.sqrt((self.nu_d[:, None] - 2.0) / heavy))
        if self.rho_d is None or not normal_dt.shape[1]:
            return normal_dt
        out = np.empty_like(normal_dt)
        fresh_d = np.sqrt(1.0 - self.rho_d**2)
        out[:, 0] = normal_dt[:, 0]
        if before_d is not None:
            lasting_d = self.rho_d**gap
            out[:, 0] = lasting_d * before_d + np.sqrt(1.0 - lasting_d**2) * normal_dt[:, 0]
        for t in range(1, normal_dt.shape[1]):
            out[:, t] = self.rho_d * out[:, t - 1] + fresh_d * normal_dt[:, t]
        return out

    def lasting(
        self, before_d: Float[np.ndarray, " draw"], gap: int, periods: int
    ) -> Float[np.ndarray, "draw time"]:
        """What is expected of the noise in the periods to come, given the last known one and its distance."""
        if self.rho_d is None:
            return np.zeros((len(before_d), periods))
        return np.asarray(before_d[:, None] * self.rho_d[:, None] ** (gap + np.arange(periods)))

    def scores(
        self, residual_t: Float[np.ndarray, " time"], deviation_d: Float[np.ndarray, " draw"]
    ) -> Float[np.ndarray, " time"]:
        """Residuals as what would be independent standard normals if the model were right; NaN stays.

        Of noise that remembers: what is new in each period. Of heavy tails: normal scores.
        """
        if self.nu_d is not None:
            return self._normal_scores(residual_t, deviation_d)
        scaled_t = residual_t / deviation_d.mean()
        if self.rho_d is None:
            return np.asarray(scaled_t)
        known = np.flatnonzero(np.isfinite(scaled_t))
        lasting = float(self.rho_d.mean()) ** np.diff(known)
        out = scaled_t.copy()
        out[known[1:]] = (scaled_t[known[1:]] - lasting * scaled_t[known[:-1]]) / np.sqrt(1.0 - lasting**2)
        return np.asarray(out)

    def _normal_scores(
        self, residual_t: Float[np.ndarray, " time"], deviation_d: Float[np.ndarray, " draw"]
    ) -> Float[np.ndarray, " time"]:
        from scipy.special import ndtri, stdtr

        assert self.nu_d is not None
        rows = np.linspace(0, len(deviation_d) - 1, min(SCORED, len(deviation_d))).astype(int)
        nu_d1 = self.nu_d[rows, None]
        scaled = residual_t / deviation_d[rows, None] * np.sqrt(nu_d1 / (nu_d1 - 2.0))
        # The lower tail has all its digits, the upper one by symmetry.
        below = stdtr(nu_d1, -np.abs(scaled)).mean(axis=0)
        return np.asarray(np.sign(residual_t) * -ndtri(below))
