"""The engine's posterior against the same model written plainly in NumPyro.

There the baseline's coefficients are ordinary sampled parameters; here they are integrated out
and drawn exactly. All means have to agree within 0.1 posterior standard deviations and all
standard deviations within 10 %. Every parameter needs `ENOUGH` effective draws on both sides: the
Monte Carlo error of a difference of means is then at most √(2/ENOUGH) = 0.028 sd, of a ratio of
standard deviations about as much, so that a correct engine fails in about one run in a hundred (the
seeds are fixed: it passes or not). Positive parameters are compared on the log scale, where their
priors are normal; half-lives as retention 2^(−1/half-life), because nothing else enters the model:
below a tenth of a period the likelihood is flat, and a logarithm would measure rare visits there.

Run it with ``pytest -m oracle -s tests/oracle``; it takes minutes.
"""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from mediamix.core.spec import parse_spec
from mediamix.models.bayes import fit
from mediamix.simulate import Scenario, simulate
from oracle import plain

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(importlib.util.find_spec("numpyro") is None, reason="numpyro is not installed"),
    pytest.mark.filterwarnings("ignore"),
]

SEED = 1
ENOUGH = 2500
MEANS, SPREADS = 0.1, 0.10
DRAWS, TUNE = 8000, 1500


def by_numpyro(model: plain.Plain) -> dict[str, np.ndarray]:
    """Draws of every parameter in model units, chain × draw."""
    import jax
    import numpyro

    numpyro.set_host_device_count(2)
    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    from numpyro import distributions as dist
    from numpyro.infer import MCMC, NUTS

    design = jnp.asarray(model.design * model.sd)
    rows = np.flatnonzero(model.trained)

    def posterior() -> None:
        u = numpyro.sample("u", dist.Normal(0, 1).expand([len(model.names())]))
        z = numpyro.sample("z", dist.Normal(0, 1).expand([len(model.sd)]))
        theta = model.natural(jnp, u)
        mean = (model.media(jnp, theta) + design @ z)[rows]
        numpyro.sample("y", dist.Normal(mean, theta["sigma"]), obs=model.outcome)

    sampler = MCMC(
        NUTS(posterior, dense_mass=True, target_accept_prob=0.85),
        num_warmup=TUNE,
        num_samples=DRAWS,
        num_chains=2,
        chain_method="parallel",
        progress_bar=False,
    )
    sampler.run(jax.random.PRNGKey(SEED))
    drawn = {name: np.asarray(values) for name, values in sampler.get_samples(group_by_chain=True).items()}
    theta = model.natural(np, np.moveaxis(drawn["u"], -1, 0))
    linear = {name: drawn["z"][..., j] * model.sd[j] for j, name in enumerate(model.terms)}
    return {**theta, **linear}


def by_engine(dataset, model: plain.Plain) -> dict[str, np.ndarray]:
    """The same names and units from a fit."""
    spec = parse_spec({"sampler": {"chains": 4, "draws": DRAWS, "tune": 1000, "seed": SEED}})
    columns = dict(fit(dataset, spec).posterior.columns())
    for name in list(columns):
        if name.startswith("half_effect["):
            channel = dataset.channel_names.index(name[len("half_effect[") : -1])
            x = dataset.exposure_gtc[0, :, channel]
            columns[name] = columns[name] / x[x > 0].mean()
        elif name.startswith("beta["):
            del columns[name]
        elif name == "intercept":
            columns[name] = columns[name] / model.mean - 1
        elif name == "sigma" or name.partition("[")[0] in ("trend", "seasonality", "events", "controls"):
            columns[name] = columns[name] / model.mean
    return columns


def comparable(name: str, values: np.ndarray, model: plain.Plain) -> np.ndarray:
    """On the scale of the comparison, see above."""
    if name.startswith("half_life["):
        return 0.5 ** (1 / values)
    return np.log(values) if name in model.names() else values


def test_the_posterior_is_that_of_numpyro():
    from numpyro.diagnostics import effective_sample_size

    dataset = simulate(Scenario.weekly(SEED)).dataset
    model = plain.state(dataset, {})
    theirs = by_numpyro(model)
    ours = by_engine(dataset, model)
    assert set(ours) == set(theirs)
    print(
        f"\n{'parameter':28} {'mean':>9} {'NumPyro':>9} {'Δ/sd':>7} {'sd ratio':>8} {'ESS':>7} {'NumPyro':>7}"
    )
    failed = []
    for name in theirs:
        a, b = (comparable(name, values[name], model) for values in (ours, theirs))
        moved = (a.mean() - b.mean()) / b.std()
        ratio = a.std() / b.std()
        enough = [float(effective_sample_size(x)) for x in (a, b)]
        print(
            f"{name:28} {a.mean():9.4f} {b.mean():9.4f} {moved:7.3f} {ratio:8.3f} "
            f"{enough[0]:7.0f} {enough[1]:7.0f}"
        )
        if abs(moved) > MEANS or abs(ratio - 1) > SPREADS or min(enough) < ENOUGH:
            failed.append(name)
    assert not failed
