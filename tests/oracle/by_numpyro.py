"""Draws of the plainly written models by NumPyro; every parameter is sampled."""

from __future__ import annotations

from typing import Any

import numpy as np

from oracle import compare
from oracle.plain import Plain
from oracle.plain_panel import PlainPanel

SEED = 1
TUNE = 1500


def national(model: Plain, draws: int) -> dict[str, np.ndarray]:
    """Draws of every parameter in model units, chain × draw."""
    numpyro, dist, jnp = compare.start()
    design = jnp.asarray(model.design * model.sd)
    rows = np.flatnonzero(model.trained)

    def posterior() -> None:
        u = numpyro.sample("u", dist.Normal(0, 1).expand([len(model.names())]))
        z = numpyro.sample("z", dist.Normal(0, 1).expand([len(model.sd)]))
        theta = model.natural(jnp, u)
        mean = (model.media(jnp, theta) + design @ z)[rows]
        likelihood(numpyro, dist, jnp, model, theta, mean)

    drawn = compare.sample(posterior, draws, TUNE, SEED)
    theta = model.natural(np, np.moveaxis(drawn["u"], -1, 0))
    linear = {name: drawn["z"][..., j] * model.sd[j] for j, name in enumerate(model.terms)}
    return {**theta, **linear}


def likelihood(numpyro: Any, dist: Any, jnp: Any, model: Plain, theta: Any, mean: Any) -> None:
    """Of the outcome; what remembers is written row by row, each given the one before."""
    y, sigma = jnp.asarray(model.outcome), theta["sigma"]
    if model.noise == "normal":
        numpyro.sample("y", dist.Normal(mean, sigma), obs=y)
    elif model.noise == "student":
        numpyro.sample("y", dist.StudentT(theta["nu"], mean, sigma), obs=y)
    else:
        lasting = theta["rho"] ** np.diff(np.flatnonzero(model.trained))
        numpyro.sample("first", dist.Normal(mean[0], sigma), obs=y[0])
        given = mean[1:] + lasting * (y - mean)[:-1]
        numpyro.sample("later", dist.Normal(given, sigma * jnp.sqrt(1 - lasting**2)), obs=y[1:])


def panel(model: PlainPanel, draws: int) -> dict[str, np.ndarray]:
    """Every parameter of the full model is sampled: θ, v, and z of every geo."""
    import jax

    numpyro, dist, jnp = compare.start()
    g, own, c = len(model.geos), len(model.local()), len(model.channels)
    rows = model.trained_gt

    def posterior() -> None:
        u = numpyro.sample("u", dist.Normal(0, 1).expand([len(model.names())]))
        v = numpyro.sample("v", dist.Normal(0, 1).expand([len(model.terms)]))
        effect = numpyro.sample("effect", dist.Normal(0, 1).expand([g, c]))
        theta = model.natural(jnp, u)
        # Levels are centred: the data know them well, and with z = deviation / spread as the
        # parameter NUTS doesn't reach the tail of wide spreads (sds of levels were 10 to 30 % less).
        level_sd = theta["intercept_spread"]
        level = numpyro.sample("level", dist.Normal(0, level_sd).expand([g, 1]))
        slope = numpyro.sample("slope", dist.Normal(0, 1).expand([g, own - 1]))
        local = jnp.concatenate([level / level_sd, slope], axis=1)
        media = model.media(jnp, theta)
        mean = model.expected(theta, media, v, local, effect)
        sd = jnp.broadcast_to(model.noise_g(jnp, theta)[:, None], rows.shape)
        numpyro.sample("y", dist.Normal(mean[rows], sd[rows]), obs=model.outcome_gt[rows])

    drawn = compare.sample(posterior, draws, TUNE, SEED)
    theta = model.natural(np, np.moveaxis(drawn["u"], -1, 0))
    found = dict(theta)
    for j, term in enumerate(model.terms):
        found[term.name] = drawn["v"][..., j] * term.sd
    for k, term in enumerate(model.local()):
        for i, geo in enumerate(model.geos):
            # The intercept is the first.
            own_slope = drawn["slope"][..., i, k - 1] * theta[str(term.spread)] if k else 0.0
            found[label(term.name, geo)] = own_slope if k else drawn["level"][..., i, 0]
    # Contributions of an average geo per draw, summed over periods, then each geo's own.
    totals = jax.jit(lambda at: jnp.stack([part.sum(axis=1) for part in model.media(jnp, at)]))
    flat = {name: values.ravel() for name, values in theta.items()}
    sums_dcg = np.asarray(jax.lax.map(totals, flat, batch_size=200))
    for i, channel in enumerate(model.channels):
        spread = theta[f"geo_spread[{channel.name}]"]
        for k, geo in enumerate(model.geos):
            average = sums_dcg[:, i, k].reshape(spread.shape)
            relative = 1.0 + spread * drawn["effect"][..., k, i]
            found[f"contribution[{geo}, {channel.name}]"] = average * relative
    return found


def label(term: str, geo: str) -> str:
    """``intercept`` → ``intercept_geo[north]``, ``controls[price]`` → ``controls_geo[north, price]``."""
    component, _, rest = term.partition("[")
    return f"{component}_geo[{geo}, {rest}" if rest else f"{component}_geo[{geo}]"
