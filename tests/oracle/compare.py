"""Draws by NumPyro, and whether two sets of draws come from one posterior.

All means have to agree within 0.1 posterior standard deviations and the widths of all 90 % intervals
within 10 % (a standard deviation of a geo's coefficient, whose spread is itself unknown, hangs on a few
draws far out). Every quantity needs effective draws enough for both sides together, 1/ESS + 1/ESS at most
2/`ENOUGH`: the Monte Carlo error of a difference of means is then at most √(2/ENOUGH) = 0.032 sd, of a
ratio of widths about as much, and for most quantities half of that: a correct engine fails
in a few runs in a hundred (the seeds are fixed: on one kind of processor it passes or not; NumPyro's own
effective draws differ by processor, from 1,585 to over 2,000 of one quantity).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

ENOUGH = 2000
MEANS, SPREADS = 0.1, 0.10


def sample(posterior: Callable[[], None], draws: int, tune: int, seed: int) -> dict[str, np.ndarray]:
    """Two chains of NumPyro's NUTS: site → chain × draw × ...."""
    import jax
    from numpyro.infer import MCMC, NUTS

    sampler = MCMC(
        NUTS(posterior, dense_mass=True, target_accept_prob=0.85),
        num_warmup=tune,
        num_samples=draws,
        num_chains=2,
        chain_method="parallel",
        progress_bar=False,
    )
    sampler.run(jax.random.PRNGKey(seed))
    return {name: np.asarray(values) for name, values in sampler.get_samples(group_by_chain=True).items()}


def start() -> tuple[Any, Any, Any]:
    """NumPyro, its distributions and JAX's NumPy, in double precision, a device per chain."""
    import jax
    import numpyro

    numpyro.set_host_device_count(2)
    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    from numpyro import distributions

    return numpyro, distributions, jnp


def comparable(name: str, values: np.ndarray, positive: set[str]) -> np.ndarray:
    """On the scale of the comparison.

    Positive parameters on the log scale, where their priors are normal; half-lives as retention
    2^(−1/half-life), because nothing else enters the model: below a tenth of a period the
    likelihood is flat, and a logarithm would measure rare visits there.
    """
    if name.startswith("half_life["):
        return np.asarray(0.5 ** (1 / values))
    return np.log(values) if name in positive else values


@dataclass(frozen=True)
class Summary:
    """Of one quantity's draws on the scale of the comparison; `width` is that of the 90 % interval."""

    mean: float
    sd: float
    width: float
    effective: float


def summaries(draws: dict[str, np.ndarray], positive: set[str]) -> dict[str, Summary]:
    """Of every quantity, chain × draw."""
    from numpyro.diagnostics import effective_sample_size

    found = {}
    for name, values in draws.items():
        x = comparable(name, values, positive)
        low, high = np.quantile(x, [0.05, 0.95])
        found[name] = Summary(
            float(x.mean()), float(x.std()), float(high - low), float(effective_sample_size(x))
        )
    return found


def disagreements(ours: dict[str, Summary], theirs: dict[str, Summary]) -> list[str]:
    """Quantities that differ, or have too few effective draws to tell; prints a table."""
    assert set(ours) == set(theirs)
    head = ("mean", "NumPyro", "Δ/sd", "width", "ESS", "NumPyro")
    print(f"\n{'quantity':34} " + " ".join(f"{h:>9}" for h in head))
    failed = []
    for name, b in theirs.items():
        a = ours[name]
        moved, ratio = (a.mean - b.mean) / b.sd, a.width / b.width
        enough = [a.effective, b.effective]
        print(
            f"{name:34} {a.mean:9.4f} {b.mean:9.4f} {moved:9.3f} {ratio:9.3f} "
            f"{enough[0]:9.0f} {enough[1]:9.0f}"
        )
        if abs(moved) > MEANS or abs(ratio - 1) > SPREADS or sum(1 / n for n in enough) > 2 / ENOUGH:
            failed.append(name)
    return failed
