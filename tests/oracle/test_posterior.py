"""The engine's posterior against the same model written plainly in NumPyro.

There the baseline's coefficients, and in panels what every geo differs by, are ordinary sampled
parameters; here they are integrated out and drawn exactly. What counts as agreement, and how often a
correct engine would fail, stands in `oracle.compare`.

What NumPyro drew of most cases is kept (`oracle.kept`). Run it with ``pytest -m oracle -s tests/oracle``; it
takes a minute, with ``--numpyro-again`` or of single structures many.
"""

from __future__ import annotations

import importlib.util
from dataclasses import replace

import numpy as np
import pytest

from mediamix.core.spec import parse_spec
from mediamix.core.types import Experiment, Kind
from mediamix.data.dataset import Dataset
from mediamix.models.bayes import fit
from mediamix.simulate import Scenario, simulate
from models_panels import absent, missing, panel, reached
from oracle import by_numpyro, compare, kept, plain, plain_panel

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(importlib.util.find_spec("numpyro") is None, reason="numpyro is not installed"),
    pytest.mark.filterwarnings("ignore"),
]

SEED, TUNE = by_numpyro.SEED, by_numpyro.TUNE
WEEKS, DAYS, PANELS = 8000, 10_000, 10_000


def sampler(draws: int) -> dict[str, int]:
    return {"chains": 4, "draws": draws, "tune": 1000, "seed": SEED}


# --- national -----------------------------------------------------------------------------------


def national_by_engine(
    dataset: Dataset, model: plain.Plain, holdout: int, draws: int
) -> dict[str, np.ndarray]:
    """The same names and units from a fit."""
    spec = parse_spec(
        {"sampler": sampler(draws), "holdout": {"last": holdout}, "noise": {"kind": model.noise}}
    )
    columns = dict(fit(dataset, spec).posterior.columns())
    for name in list(columns):
        if name.startswith("half_effect["):
            channel = dataset.channel_names.index(name[len("half_effect[") : -1])
            columns[name] = columns[name] / unit_of(dataset, channel)
        elif name.startswith("beta["):
            del columns[name]
        elif name == "intercept":
            columns[name] = columns[name] / model.mean - 1
        elif name == "sigma" or name.partition("[")[0] in LINEAR:
            columns[name] = columns[name] / model.mean
    return columns


def unit_of(dataset: Dataset, channel: int, size_g: np.ndarray | None = None) -> float:
    """What a half effect is a multiple of: the mean exposure while active, or the mean frequency."""
    if dataset.channels[channel].kind is Kind.REACH_FREQUENCY:
        return plain.mean_frequency(dataset, channel)
    x = dataset.exposure_gtc[:, :, channel] / (1.0 if size_g is None else size_g[:, None])
    return float(x[x > 0].mean())


LINEAR = ("trend", "seasonality", "weekday", "events", "controls")


def weeks() -> tuple[Dataset, int]:
    """Three years of weeks, five channels, nothing missing."""
    return simulate(Scenario.weekly(SEED)).dataset, 0


def days() -> tuple[Dataset, int]:
    """Eight months of days: weekdays, 40 outcomes missing, 14 days held out."""
    data = simulate(Scenario(seed=4, periods=240, channels=2)).dataset
    outcome = data.outcome_gt.copy()
    outcome[0, 30:60] = np.nan
    outcome[0, 100:200:10] = np.nan
    return replace(data, outcome_gt=outcome), 14


def reach_and_frequency() -> tuple[Dataset, int]:
    """Three years of weeks, a channel of reach & frequency beside two others."""
    return reached(simulate(Scenario(seed=4, every="week", periods=156, channels=2)).dataset), 0


@pytest.mark.parametrize(
    ("case", "draws"),
    [
        (weeks, WEEKS),
        (days, DAYS),
        pytest.param(reach_and_frequency, WEEKS, marks=pytest.mark.structures),
    ],
    ids=["weeks", "days", "reach & frequency"],
)
def test_the_posterior_is_that_of_numpyro(case, draws, numpyro_again):
    dataset, holdout = case()
    model = plain.state(dataset, {}, holdout)
    theirs = kept.summaries(case.__name__, model, draws, by_numpyro.national, numpyro_again)
    ours = national_by_engine(dataset, model, holdout, draws)
    assert not compare.disagreements(compare.summaries(ours, set(model.names())), theirs)


#: Three tests of two channels, one of which finds nothing.
TRIALS: plain.Trials = (
    ("tv", 40, 45, 50, 0.0, 0.5, 0.1),
    ("search", 80, 85, 85, 1.5, -0.1, 0.05),
    ("tv", 110, 113, 113, 0.5, 0.0, 0.15),
)


@pytest.mark.structures
def test_the_posterior_with_experiments_is_that_of_numpyro():
    dataset = weeks()[0]
    model = plain.state(dataset, {})
    numpyro, dist, jnp = compare.start()
    design = jnp.asarray(model.design * model.sd)

    def posterior() -> None:
        u = numpyro.sample("u", dist.Normal(0, 1).expand([len(model.names())]))
        z = numpyro.sample("z", dist.Normal(0, 1).expand([len(model.sd)]))
        theta = model.natural(jnp, u)
        mean = (model.media(jnp, theta) + design @ z)[np.flatnonzero(model.trained)]
        numpyro.sample("y", dist.Normal(mean, theta["sigma"]), obs=model.outcome)
        for e, expected in enumerate(plain.lifts(jnp, model, dataset, TRIALS, theta)):
            numpyro.sample(f"lift {e}", dist.Normal(expected, TRIALS[e][-1]), obs=TRIALS[e][-2])

    drawn = compare.sample(posterior, WEEKS, TUNE, SEED)
    theirs = model.natural(np, np.moveaxis(drawn["u"], -1, 0))
    theirs |= {name: drawn["z"][..., j] * model.sd[j] for j, name in enumerate(model.terms)}
    made = []
    for name, first, last, until, factor, lift, error in TRIALS:
        shown = dataset.exposure_gtc[0, first : last + 1, dataset.channel_names.index(name)].sum()
        days = (dataset.dates[first], dataset.dates[last], dataset.dates[until])
        made.append(Experiment(name, *days, lift * model.mean, error * model.mean, (1 - factor) * shown))
    ours = national_by_engine(replace(dataset, experiments=tuple(made)), model, 0, WEEKS)
    positive = set(model.names())
    assert not compare.disagreements(compare.summaries(ours, positive), compare.summaries(theirs, positive))


def lasting_weeks() -> Dataset:
    """Three years of weeks whose noise lasts (ρ = 0.6), with holes of one and of several weeks."""
    data = simulate(Scenario.weekly(SEED)).dataset
    rng = np.random.default_rng(5)
    noise = rng.normal(size=data.n_periods)
    for t in range(1, data.n_periods):
        noise[t] = 0.6 * noise[t - 1] + 0.8 * noise[t]
    outcome = data.outcome_gt * (1 + 0.06 * noise)
    outcome[0, [20, 40, 41, 42, 43, 90]] = np.nan
    return replace(data, outcome_gt=outcome)


def wild_weeks() -> Dataset:
    """Three years of weeks, some of which are far off (t with three degrees of freedom)."""
    data = simulate(Scenario.weekly(SEED)).dataset
    wild = np.random.default_rng(5).standard_t(3, data.n_periods)
    return replace(data, outcome_gt=data.outcome_gt * np.exp(0.04 * wild))


@pytest.mark.structures
@pytest.mark.parametrize(("case", "noise"), [(lasting_weeks, "ar1"), (wild_weeks, "student")])
def test_the_posterior_with_another_noise_is_that_of_numpyro(case, noise):
    dataset = case()
    model = plain.state(dataset, {}, 0, noise)
    theirs = by_numpyro.national(model, WEEKS)
    ours = national_by_engine(dataset, model, 0, WEEKS)
    positive = set(model.names())
    assert not compare.disagreements(compare.summaries(ours, positive), compare.summaries(theirs, positive))


# --- panels -------------------------------------------------------------------------------------


def panel_by_engine(
    dataset: Dataset, model: plain_panel.PlainPanel, holdout: int, draws: int
) -> dict[str, np.ndarray]:
    """The same names and units from a fit."""
    noise = "unequal" if model.unequal else "equal"
    spec = parse_spec({"sampler": sampler(draws), "holdout": {"last": holdout}, "geo": {"noise": noise}})
    result = fit(dataset, spec)
    found = {}
    for name, values in result.posterior.columns().items():
        kind = name.partition("[")[0]
        if kind == "half_effect":
            channel = dataset.channel_names.index(name[len("half_effect[") : -1])
            found[name] = values / unit_of(dataset, channel, model.size_g)
        elif kind == "intercept":
            found[name] = values / model.mean - 1
        elif kind in (*LINEAR, "sigma", "intercept_geo", "controls_geo"):
            found[name] = values / model.mean
        elif kind not in ("beta", "beta_geo"):
            found[name] = values
    shape = found["sigma"].shape
    for c, effect in enumerate(result.channels):
        for g, geo in enumerate(dataset.geos):
            total_d = effect.contribution(dataset.delivery_gt(c), geo=g).sum(axis=1)
            scaled = total_d / model.size_g[g] / model.mean
            found[f"contribution[{geo}, {effect.channel.name}]"] = scaled.reshape(shape)
    return found


def plain_weeks() -> tuple[Dataset, int, bool]:
    """Five geos, 40 weeks, two channels."""
    return panel(geos=5, periods=40, controls=1), 0, False


def ragged_weeks() -> tuple[Dataset, int, bool]:
    """A geo that starts late, missing outcomes, weeks held out, noise of each geo's own."""
    data = absent(panel(geos=3, periods=40, controls=1), 1, slice(0, 15))
    return missing(data, (0, slice(5, 20)), (2, slice(30, 33))), 3, True


def reached_weeks() -> tuple[Dataset, int, bool]:
    """A channel of reach & frequency in three geos."""
    return reached(panel(geos=3, periods=40, controls=1)), 0, False


@pytest.mark.parametrize(
    "case",
    [plain_weeks, ragged_weeks, pytest.param(reached_weeks, marks=pytest.mark.structures)],
    ids=lambda case: case.__name__,
)
def test_the_posterior_of_a_panel_is_that_of_numpyro(case, numpyro_again):
    dataset, holdout, unequal = case()
    model = plain_panel.state(dataset, holdout=holdout, unequal=unequal)
    theirs = kept.summaries(case.__name__, model, PANELS, by_numpyro.panel, numpyro_again)
    ours = panel_by_engine(dataset, model, holdout, PANELS)
    assert not compare.disagreements(compare.summaries(ours, set(model.names())), theirs)
