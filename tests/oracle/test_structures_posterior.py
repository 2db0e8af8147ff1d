"""Effects that vary over time, and channels that work together: the posterior of the same model in NumPyro.

Everything is sampled there, the baseline's coefficients too, and the formulas of courses and pairs are stated
a second time. What counts as agreement stands in `oracle.compare`.
"""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest

from mediamix.core.spec import parse_spec
from mediamix.data.dataset import Dataset
from mediamix.models.bayes import fit
from mediamix.simulate import Scenario, simulate
from oracle import compare, plain

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.structures,
    pytest.mark.skipif(importlib.util.find_spec("numpyro") is None, reason="numpyro is not installed"),
    pytest.mark.filterwarnings("ignore"),
]

SEED, TUNE, DRAWS, LENGTH = 1, 1500, 8000, 40.0
LINEAR = ("trend", "seasonality", "weekday", "events", "controls")
SAMPLER = {"chains": 4, "draws": DRAWS, "tune": 1000, "seed": SEED}


def data() -> Dataset:
    return simulate(Scenario(every="week", periods=120, channels=3, seed=6)).dataset


def waves(n: int, length: float) -> np.ndarray:
    """Columns of a Matérn 5/2 process over n periods, centred: the formulas of Solin & Särkkä."""
    border = max(1.5 * (n - 1) / 2, 4.0 * length)
    t = np.arange(n) - (n - 1) / 2
    columns = []
    for k in range(1, 1000):
        frequency = np.pi * k / (2 * border)
        power = 16 / 3 * (np.sqrt(5) / length) ** 5 / ((np.sqrt(5) / length) ** 2 + frequency**2) ** 3
        if k == 1:
            most = power
        if power < 0.02 * most:
            break
        columns.append(np.sqrt(power / border) * np.sin(frequency * (t + border)))
    matrix = np.column_stack(columns)
    return matrix - matrix.mean(axis=0)


def compared(model: plain.Plain, spec: dict[str, Any], media: Any, more: list[str], natural: Any) -> None:
    """Draw from both and compare.

    Args:
        model: The plain model without the structure.
        spec: Of the engine, with it.
        media: Sum of what media do over the window, of (xp, theta, extra).
        more: Names of what the structure adds, as the engine's draws call them.
        natural: (xp, u) → the structure's parameters by name, all that `more` names among them.
    """
    numpyro, dist, jnp = compare.start()
    design, rows = jnp.asarray(model.design * model.sd), np.flatnonzero(model.trained)
    count = natural(np, None)

    def posterior() -> None:
        u = numpyro.sample("u", dist.Normal(0, 1).expand([len(model.names())]))
        w = numpyro.sample("w", dist.Normal(0, 1).expand([count]))
        z = numpyro.sample("z", dist.Normal(0, 1).expand([len(model.sd)]))
        theta = model.natural(jnp, u)
        mean = (media(jnp, theta, natural(jnp, w)) + design @ z)[rows]
        numpyro.sample("y", dist.Normal(mean, theta["sigma"]), obs=jnp.asarray(model.outcome))

    drawn = compare.sample(posterior, DRAWS, TUNE, SEED)
    theirs = model.natural(np, np.moveaxis(drawn["u"], -1, 0))
    theirs |= {name: drawn["z"][..., j] * model.sd[j] for j, name in enumerate(model.terms)}
    extra = natural(np, np.moveaxis(drawn["w"], -1, 0))
    theirs |= {name: extra[name] for name in more}
    dataset = data()
    columns = dict(fit(dataset, parse_spec({"sampler": SAMPLER, **spec})).posterior.columns())
    for name in list(columns):
        if name.startswith("half_effect["):
            channel = dataset.channel_names.index(name[len("half_effect[") : -1])
            x = dataset.exposure_gtc[0, :, channel]
            columns[name] = columns[name] / x[x > 0].mean()
        elif name.startswith("beta["):
            del columns[name]
        elif name == "intercept":
            columns[name] = columns[name] / model.mean - 1
        elif name == "sigma" or name.partition("[")[0] in LINEAR:
            columns[name] = columns[name] / model.mean
    spreads = {name for name in more if "spread" in name}
    positive = set(model.names()) | spreads
    assert not compare.disagreements(
        compare.summaries(columns, positive), compare.summaries(theirs, positive)
    )


def test_effects_over_time() -> None:
    dataset = data()
    model = plain.state(dataset, {}, 0)
    columns = waves(dataset.n_periods, LENGTH)
    varying = model.channels[0].name
    names = [f"course[{varying}: wave {k + 1}]" for k in range(columns.shape[1])]

    def natural(xp: Any, w: Any) -> Any:
        if w is None:
            return 1 + len(names)
        size = 0.15 * xp.exp(np.log(4.0) / plain.Z95 * w[0])
        found = {f"course_spread[{varying}]": size}
        return found | {name: size * w[1 + k] for k, name in enumerate(names)}

    def media(xp: Any, theta: Any, extra: Any) -> Any:
        total = 0.0
        for c, h in zip(model.channels, model.responses(xp, theta), strict=True):
            r = (
                h * xp.exp(sum(extra[n] * columns[:, k] for k, n in enumerate(names)))
                if c.name == varying
                else h
            )
            total = total + theta[f"{c.effect}[{c.name}]"] * c.scale / r.sum() * r
        return total

    spec = {"channels": {varying: {"varying": {"by": "time", "length": LENGTH}}}}
    compared(model, spec, media, [f"course_spread[{varying}]", *names], natural)


def test_channels_that_work_together() -> None:
    dataset = data()
    model = plain.state(dataset, {}, 0)
    channels = [c.name for c in model.channels]
    pairs = [(0, 1), (1, 2)]
    names = [f"synergy[{channels[a]} × {channels[b]}]" for a, b in pairs]

    def natural(xp: Any, w: Any) -> Any:
        if w is None:
            return 1 + len(pairs)
        size = 0.01 * xp.exp(np.log(5.0) / plain.Z95 * w[0])
        return {"synergy_spread": size} | {name: size * w[1 + p] for p, name in enumerate(names)}

    def media(xp: Any, theta: Any, extra: Any) -> Any:
        responses, n, total = model.responses(xp, theta), dataset.n_periods, 0.0
        for i, (c, h) in enumerate(zip(model.channels, responses, strict=True)):
            halves = sum(extra[name] for name, pair in zip(names, pairs, strict=True) if i in pair)
            brought = theta[f"{c.effect}[{c.name}]"] * c.scale - 0.5 * n * halves
            total = total + brought / h.sum() * h
        for name, (a, b) in zip(names, pairs, strict=True):
            product = responses[a] * responses[b]
            total = total + extra[name] * n * product / product.sum()
        return total

    spec = {"synergy": {"pairs": [[channels[a], channels[b]] for a, b in pairs]}}
    compared(model, spec, media, ["synergy_spread", *names], natural)
