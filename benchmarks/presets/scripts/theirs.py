"""LightweightMMM, run by the interpreter of its own environment: ``theirs.py CASE OPTIONS OUT``.

With ``own`` priors as it is. With the ``same`` priors as ours: those that it can be told through its own
``custom_priors``, and two that it can't as a factor on its model (its effects are always half-normal, and its
intercept is that of the first period, ours that of the middle).
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "peers" / "scripts"))

from contract import SEED, CompileClock, Job, run

WEEKS_PER_YEAR = 365.25 / 7
#: Its trend is μ·t^κ; a straight line within float32.
STRAIGHT = (1.0 - 1e-5, 1.0 + 1e-5)
TINY, NEAR = 1e-30, 1e-7
PARAMETERS = {
    "lag_weight": "retention",
    "ad_effect_retention_rate": "retention",
    "peak_effect_delay": "delay",
    "exponent": "exponent",
    "half_max_effective_concentration": "half_effect",
    "slope": "slope",
}


def retention_prior(location: float, scale: float, kind: str) -> Any:
    """The prior of a retention α whose half-life or spread is log-normal.

    Half-life h: α = 2^(−1/h). Spread s: α = exp(−1 / (2 s²)). Both are α = exp(−x) with x log-normal.
    """
    import jax.numpy as jnp
    from numpyro import distributions as dist

    halving = kind == "half_life"
    constant = math.log(math.log(2.0)) if halving else math.log(0.5)
    times = 1.0 if halving else 2.0
    logs = dist.LogNormal(constant - times * location, times * scale)
    return linked(logs, lambda x: jnp.exp(-x), lambda a: -jnp.log(a), lambda a: -jnp.log(a))


def exponent_prior(location: float, scale: float) -> Any:
    """A logit-normal prior."""
    import jax.numpy as jnp
    from jax.nn import sigmoid
    from numpyro import distributions as dist

    def logit(v: Any) -> Any:
        return jnp.log(v) - jnp.log1p(-v)

    normal = dist.Normal(location, scale)
    return linked(normal, sigmoid, logit, lambda v: -jnp.log(v) - jnp.log1p(-v))


def linked(
    base: Any, link: Callable[[Any], Any], back: Callable[[Any], Any], slope: Callable[[Any], Any]
) -> Any:
    """The distribution of ``link(x)`` in (0, 1), x ~ `base`; LightweightMMM can't be handed NumPyro's own.

    Args:
        base: Of x.
        link: From x.
        back: To x.
        slope: log |dx/dv|, v = link(x).
    """
    import jax.numpy as jnp
    from numpyro import distributions as dist

    class Linked(dist.Distribution):
        """Kept off its ends, which float32 has no logarithm of."""

        support = dist.constraints.unit_interval

        def sample(self, key: Any, sample_shape: tuple[int, ...] = ()) -> Any:
            return jnp.clip(link(base.sample(key, sample_shape)), TINY, 1.0 - NEAR)

        def log_prob(self, value: Any) -> Any:
            inside = jnp.clip(value, TINY, 1.0 - NEAR)
            return base.log_prob(back(inside)) + slope(inside)

    return Linked(batch_shape=(), event_shape=())


def same_priors(priors: dict[str, tuple[float, float]], periods: int) -> dict[str, Any]:
    """Ours, by its names: outcome and exposure are divided by their means in both."""
    import numpy as np
    from numpyro import distributions as dist

    def log_normal(name: str) -> Any:
        return dist.LogNormal(*priors[name])

    told: dict[str, Any] = {
        "intercept": dist.Normal(*priors["level"]),
        "coef_trend": dist.Normal(0.0, priors["slope_line"][1] / (periods - 1)),
        "expo_trend": dist.Uniform(*STRAIGHT),
        "sigma": log_normal("sigma"),
    }
    pairs = sorted(name for name in priors if name.startswith("season_"))
    told["gamma_seasonality"] = dist.Normal(0.0, np.array([[priors[name][1]] for name in pairs]))
    if "half_life" in priors:
        told["lag_weight"] = retention_prior(*priors["half_life"], kind="half_life")
    if "spread" in priors:
        told["ad_effect_retention_rate"] = retention_prior(*priors["spread"], kind="spread")
        told["peak_effect_delay"] = log_normal("delay")
    if "exponent" in priors:
        told["exponent"] = exponent_prior(*priors["exponent"])
    if "half_effect" in priors:
        told["half_max_effective_concentration"] = log_normal("half_effect")
        told["slope"] = log_normal("slope")
    return told


def with_factors(model: Callable[..., None], priors: dict[str, tuple[float, float]]) -> Callable[..., None]:
    """Its model with what it can't be told: shares and the level in the middle have our priors.

    share_c = β_c · mean_t h_ct (of an outcome of mean 1), so p(β_c) = p(share_c) · share_c / β_c.
    """
    import jax.numpy as jnp
    import numpyro
    from numpyro import distributions as dist

    share_prior, level_prior = dist.LogNormal(*priors["share"]), dist.Normal(*priors["level"])

    def model_with(**given: Any) -> None:
        with numpyro.handlers.trace() as seen:
            model(**given)
        effect_c = seen["coef_media"]["value"]
        share_c = effect_c * seen["media_transformed"]["value"].mean(axis=0)
        ours = share_prior.log_prob(share_c) + jnp.log(share_c) - jnp.log(effect_c)
        theirs = dist.HalfNormal(given["media_prior"]).log_prob(effect_c)
        numpyro.factor("effects", (ours - theirs).sum())
        first, slope = seen["intercept"]["value"], seen["coef_trend"]["value"]
        middle = first + slope * (len(given["target_data"]) - 1) / 2.0
        numpyro.factor("level", (level_prior.log_prob(middle) - level_prior.log_prob(first)).sum())

    return model_with


def fit(job: Job) -> None:
    """Read, fit, contributions."""
    options = job.options
    same = options["setting"] == "same"
    with job.stage("import_s"):
        import numpy as np
        import numpyro
        import pandas as pd

        # One device per chain, or the chains run one after the other.
        numpyro.set_host_device_count(options["chains"])
        import jax.numpy as jnp
        from lightweight_mmm.lightweight_mmm import LightweightMMM
    with job.stage("read_s"):
        wide = pd.read_csv(job.case / "wide.csv")
        spend = wide[options["channels"]].to_numpy(float)
        target = wide["revenue"].to_numpy(float)
        target = target / target.mean()
        media = spend / spend.mean(axis=0)
        share_of_spend = spend.sum(axis=0) / spend.sum()
        priors = {name: tuple(both) for name, both in options["priors"].items()} if same else {}
    clock = CompileClock()
    with job.stage("fit_s"):
        began, cpu = time.perf_counter(), time.process_time()
        mmm = LightweightMMM(model_name=options["model"])
        if same:
            mmm._model_function = with_factors(mmm._model_function, priors)
        mmm.fit(
            media=jnp.asarray(media),
            media_prior=jnp.asarray(share_of_spend),
            target=jnp.asarray(target),
            degrees_seasonality=2,
            seasonality_frequency=WEEKS_PER_YEAR if same else 52,
            weekday_seasonality=False,
            number_warmup=options["tune"],
            number_samples=options["draws"],
            number_chains=options["chains"],
            custom_priors=same_priors(priors, len(target)) if same else None,
            seed=SEED,
        )
        drawn = mmm._mcmc.get_samples(group_by_chain=True)
        samples = {name: np.asarray(x) for name, x in drawn.items() if name != "mu"}
    job.seconds["fit_cpu_s"] = time.process_time() - cpu
    job.seconds["sample_s"] = job.seconds["fit_s"] - clock.seconds(began)
    with job.stage("contributions_s"):
        share = np.einsum("mdtc,mdc->mdc", samples["media_transformed"], samples["coef_media"]) / len(target)
    diverging = int(np.asarray(mmm._mcmc.get_extra_fields()["diverging"]).sum())
    job.seconds["cpu_s"] = time.process_time()
    named = {ours: samples[name] for name, ours in PARAMETERS.items() if name in samples}
    named["share"] = share
    job.write(named, share.reshape(-1, share.shape[2]), divergences=diverging)


if __name__ == "__main__":
    run(fit)
