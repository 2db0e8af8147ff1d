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
    own_nd = np.ascontiguousarray(log_p_dn.T)
    lowest_n, highest_n = own_nd.min(axis=1), own_nd.max(axis=1)
    found, pareto_k = np.empty(len(own_nd)), np.zeros(len(own_nd))
    even_n = highest_n - lowest_n < EVEN
    low_e = lowest_n[even_n]
    found[even_n] = low_e - np.log(np.exp(low_e[:, None] - own_nd[even_n]).mean(axis=1))
    for i in np.flatnonzero(~even_n):
        own, highest = own_nd[i], highest_n[i]
        smoothed = smooth(-own)
        found[i] = np.log(smoothed.weights_s @ np.exp(own - highest)) + highest
        pareto_k[i] = smoothed.pareto_k
    return found, pareto_k
