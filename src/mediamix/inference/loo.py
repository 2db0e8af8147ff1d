r"""Leave-one-out predictive densities of a model whose linear part is integrated out.

With :math:`C = \sigma^2 I + D \Lambda D^\top` and :math:`r = y - m(\theta)`, the density of one row given
the others and θ is normal with

.. math:: r_i \sim N\left(r_i - \frac{[C^{-1} r]_i}{[C^{-1}]_{ii}},\; \frac{1}{[C^{-1}]_{ii}}\right),

and that given the others alone is the harmonic mean over draws of θ, by smoothed importance weights.

Source: Vehtari, Gelman & Gabry (2017), Practical Bayesian model evaluation using leave-one-out
cross-validation and WAIC; Vehtari et al. (2016), Bayesian leave-one-out cross-validation approximations for
Gaussian latent variable models (integrated importance sampling); Sundararajan & Keerthi (2001).
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from mediamix.inference.linear import LOG_2PI, LinearBlock
from mediamix.inference.psis import smooth

#: Where a row's density hardly differs between draws (range in log units), weights need no smoothing.
EVEN = 1.0


def conditional(
    residual_dn: Float[np.ndarray, "draw row"], sigma_d: Float[np.ndarray, " draw"], linear: LinearBlock
) -> Float[np.ndarray, "draw row"]:
    """Log density of each row given all others and the draw, of independent normal noise.

    Args:
        residual_dn: ``y − m`` per draw.
        sigma_d: Noise.
        linear: What is integrated out.
    """
    variance = sigma_d[:, None] ** 2
    s2 = linear.s_p[: linear.rank] ** 2
    solved = linear.left(residual_dn, sigma_d) / variance
    precision = (1.0 - (s2 / (s2 + variance)) @ linear.u_pn**2) / variance
    return np.asarray(-0.5 * (LOG_2PI - np.log(precision) + solved**2 / precision))


def leave_one_out(
    log_p_dn: Float[np.ndarray, "draw row"],
) -> tuple[Float[np.ndarray, " row"], Float[np.ndarray, " row"]]:
    """Log density of each row given all others, and k-hat of the weights behind it, 0 where they are even.

    Args:
        log_p_dn: From `conditional`.
    """
    n = log_p_dn.shape[1]
    found, pareto_k = np.empty(n), np.zeros(n)
    for i in range(n):
        own = log_p_dn[:, i]
        lowest = own.min()
        if own.max() - lowest < EVEN:
            found[i] = lowest - np.log(np.exp(lowest - own).mean())
            continue
        smoothed = smooth(-own)
        found[i] = np.log(smoothed.weights_s @ np.exp(own - own.max())) + own.max()
        pareto_k[i] = smoothed.pareto_k
    return found, pareto_k
