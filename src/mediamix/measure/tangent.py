r"""A national model as a linear one around its posterior mean: what single columns would explain.

With media linear in their standard-normal coordinates, :math:`m(u) \approx m^* + J (u - u^*)`, the outcome is
normal with covariance :math:`C = \sigma^2 I + D \Lambda D^\top + J J^\top`, and a column z that the model
doesn't have is wanted by

.. math:: b = \frac{z^\top C^{-1} r}{z^\top C^{-1} z} \pm (z^\top C^{-1} z)^{-1/2}.

Noise that isn't independent and normal is made so first: rows are taken together, or weighted.
Effects with a free sign and effects that drift are such columns. Source: Rao (1948), the score test.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from mediamix.models.density import MediaModel
from mediamix.models.likelihood import Whitener
from mediamix.models.media_rows import contributions

STEP = 1e-3


@dataclass(frozen=True)
class Tangent:
    """A linearised model on its observed rows, in model units.

    Args:
        outcome_n: Observed.
        mean_cn: Each channel's contribution at the posterior mean.
        slope_kn: Derivative of all media in each media parameter's standard-normal coordinate.
        centre_k: Those coordinates at the posterior mean.
        effect_c: Which of them is a channel's effect.
        baseline_pn: Columns of the baseline times their prior standard deviations, rotated.
        sigma: Of the noise.
        white: Makes rows such that noise is independent, normal and of size sigma.
    """

    outcome_n: Float[np.ndarray, " row"]
    mean_cn: Float[np.ndarray, "channel row"]
    slope_kn: Float[np.ndarray, "parameter row"]
    centre_k: Float[np.ndarray, " parameter"]
    effect_c: tuple[int, ...]
    baseline_pn: Float[np.ndarray, "column row"]
    sigma: float
    white: Whitener = field(default=lambda rows: rows)

    def wanted(self, column_n: Float[np.ndarray, " row"], without: int | None = None) -> tuple[float, float]:
        """Coefficient of a column and its standard error.

        Args:
            column_n: The column.
            without: A channel whose effect is taken out of the model first.
        """
        kept = np.ones(len(self.centre_k), dtype=bool)
        mean_n = self.mean_cn.sum(axis=0)
        if without is not None:
            kept[self.effect_c[without]] = False
            mean_n = mean_n - self.mean_cn[without]
        slope_kn = self.slope_kn[kept]
        residual = self.outcome_n - mean_n + self.centre_k[kept] @ slope_kn
        low = self.white(np.vstack([self.baseline_pn, slope_kn]))
        # (σ² I + LᵀL)⁻¹ = (I − Lᵀ (σ² I + LLᵀ)⁻¹ L) / σ²
        inner = self.sigma**2 * np.eye(len(low)) + low @ low.T
        both = self.white(np.stack([residual, column_n]))
        column_n = both[1]
        solved = (both - (np.linalg.solve(inner, low @ both.T).T @ low)) / self.sigma**2
        precision = float(column_n @ solved[1])
        if not precision > 0:
            return 0.0, np.inf
        return float(column_n @ solved[0]) / precision, precision**-0.5

    @property
    def freedom(self) -> float:
        """Rows less what baseline and media have used of them: ``n − tr L (σ² I + LᵀL)⁻¹ Lᵀ``."""
        low = self.white(np.vstack([self.baseline_pn, self.slope_kn]))
        met = low @ low.T
        used = np.trace(np.linalg.solve(self.sigma**2 * np.eye(len(low)) + met, met))
        return float(len(self.outcome_n) - used)

    def free(self, channel: int) -> tuple[float, float]:
        """A channel's effect as a multiple of the fitted one, its sign free, and the standard error."""
        return self.wanted(self.mean_cn[channel], without=channel)

    def drift(self, channel: int) -> float:
        """Standard errors by which a channel's effect changes over the rows; 0 where there is none."""
        mean_n = self.mean_cn[channel]
        if not mean_n.any():
            return 0.0
        weight = mean_n / mean_n.sum()
        course = np.arange(len(mean_n)) - weight @ np.arange(len(mean_n))
        coefficient, error = self.wanted(mean_n * course)
        return coefficient / error


def tangent(model: MediaModel, u_dk: Float[np.ndarray, "draw parameter"]) -> Tangent:
    """Linearise a national model at the mean of draws of its standard-normal coordinates."""
    centre, media = u_dk.mean(axis=0), model.starts[-1]
    steps = np.vstack([np.zeros((1, len(centre))), STEP * np.eye(len(centre))[:media]])
    steps = np.vstack([centre + steps, centre - steps[1:]])
    theta = np.column_stack([prior.natural(steps[:, k]) for k, prior in enumerate(model.priors)])
    made = contributions(model, theta)
    total = np.sum(made, axis=0)
    s = model.linear.s_p[: model.linear.rank]
    likelihood = model.likelihood()
    noise = theta[0, model.sigma : model.sigma + likelihood.parameters]
    left = model.outcome_n - total[0]
    return Tangent(
        outcome_n=model.outcome_n,
        mean_cn=np.stack([channel[0] for channel in made]),
        slope_kn=(total[1 : media + 1] - total[media + 1 :]) / (2 * STEP),
        centre_k=centre[:media],
        effect_c=tuple(model.starts[:-1]),
        baseline_pn=s[:, None] * model.linear.u_pn,
        sigma=float(noise[0]),
        white=likelihood.whitener(left, noise, centre[len(model.priors) :]),
    )
