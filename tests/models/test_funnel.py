"""Direct and mediated effects joined: laws, formulas written a second time, and what comes back from disk."""

from __future__ import annotations

import numpy as np
import pytest

from funnels import CHAIN, ONE, market, spec
from mediamix.measure.contribution import contributions, decompose, roi, total_baseline, total_contributions
from mediamix.measure.convergence import convergence
from mediamix.measure.quality import fitted
from mediamix.measure.response import response_draws
from mediamix.measure.summary import summarise
from mediamix.measure.survey import media_over_time, survey
from mediamix.models.bayes import fit
from mediamix.models.mediators import stage
from mediamix.models.store import load_fit, save_fit

#: Clicks add up over geos, awareness is a level.
PANEL_CHAIN = {**CHAIN, "clicks": {**CHAIN["clicks"], "scale": "total"}}


@pytest.fixture(scope="module")
def one():
    return fit(market(), spec(ONE))


@pytest.fixture(scope="module")
def chain():
    return fit(market(), spec(CHAIN))


@pytest.fixture(scope="module")
def panel():
    return fit(market(geos=3, periods=60), spec(PANEL_CHAIN, geo={}))


@pytest.fixture(params=["one", "chain", "panel"])
def found(request):
    return request.getfixturevalue(request.param)


def plain_response(exposure, half_life, half_effect, slope):
    """Geometric carry-over under a Hill curve, one draw."""
    alpha = 0.5 ** (1.0 / half_life)
    stock, out = 0.0, []
    for x in exposure:
        stock = alpha * stock + (1.0 - alpha) * x
        out.append(stock**slope / (stock**slope + half_effect**slope) if stock > 0 else 0.0)
    return np.array(out)


def of(draws, name, label=None):
    """Named draws, of one label of their last axis."""
    values = draws.stacked(name)
    if label is None:
        return values
    return values[..., list(draws.coords[draws.dims[name][-1]]).index(label)]


def test_the_parts_add_up_to_what_the_outcomes_model_alone_fits(found):
    """The same draws without any path: columns times coefficients, and direct effects."""
    data = found.dataset
    for geo in (None, *range(len(data.geos))):
        expected = np.zeros((found.n_draws, data.n_periods))
        for term in found.baseline:
            expected += term.undriven.contribution(geo)
        for c, effect in enumerate(found.channels):
            expected += effect.paths[0].contribution(data.exposure_gtc[:, :, c], geo)
        parts = sum(part.draws_dt for part in decompose(found, geo))
        np.testing.assert_allclose(parts, expected, rtol=1e-9)
        total = total_baseline(found, geo) + sum(
            media_over_time(found, c, geo).sum(axis=1) for c in range(len(found.channels))
        )
        np.testing.assert_allclose(total, expected.sum(axis=1), rtol=1e-9)


def test_a_mediated_effect_is_the_product_of_both_models_named_draws(one):
    """From the posteriors alone, in plain NumPy, draw by draw."""
    data, (awareness,) = one.dataset, one.mediators
    c = data.channel_names.index("tv")
    gamma = of(one.posterior, "mediators", "awareness")
    own = awareness.posterior
    for d in (0, 57, 199):
        theta = (of(own, name, "tv")[d] for name in ("half_life", "half_effect", "slope"))
        reached = of(own, "beta", "tv")[d] * plain_response(data.exposure_gtc[0, :, c], *theta)
        direct = (of(one.posterior, name, "tv")[d] for name in ("half_life", "half_effect", "slope"))
        expected = of(one.posterior, "beta", "tv")[d] * plain_response(data.exposure_gtc[0, :, c], *direct)
        expected += gamma[d] * reached
        np.testing.assert_allclose(media_over_time(one, c)[d], expected, rtol=1e-9)
    assert (gamma.mean() > 0) & (np.abs(gamma * of(own, "beta", "tv")).mean() > 0)
    assert not one.channels[data.channel_names.index("social")].through


def test_a_chain_multiplies_what_stands_between(chain):
    """Tv moves awareness, awareness clicks, both the outcome: three ways."""
    tv = chain.channels[chain.dataset.channel_names.index("tv")]
    assert [path.via for path in tv.paths] == [(), ("awareness", "clicks"), ("awareness",)]
    awareness, clicks = chain.mediators
    assert [one.dataset.outcome_name for one in chain.mediators] == ["awareness", "clicks"]
    between, beta = of(clicks.posterior, "mediators", "awareness"), of(awareness.posterior, "beta", "tv")
    expected = of(chain.posterior, "mediators", "clicks") * between * beta
    np.testing.assert_allclose(tv.through[0].beta_dg[:, 0], expected, rtol=1e-12)


def test_geos_have_effects_of_their_own_on_the_way(panel):
    """A geo's path: its coefficient times what its media do per head, times its size."""
    data = panel.dataset
    c, g = data.channel_names.index("search"), 1
    clicks = panel.mediators[1]
    (path,) = panel.channels[c].through
    term = next(t for t in panel.baseline if t.component == "mediators")
    gamma = term.coefficient_dp[:, 0] + term.deviation_dgp[:, g, 0]
    k = clicks.dataset.channel_names.index("search")
    expected = gamma * of(clicks.posterior, "beta_geo", "search")[:, g]
    np.testing.assert_allclose(path.beta_dg[:, g], expected, rtol=1e-12)
    assert clicks.channels[k].size_g == pytest.approx(data.size_g)
    # Clicks per head: what large and small geos have in common.
    per_head = data.controls_gtk[g, :, list(data.control_names).index("clicks")] / data.size_g[g]
    np.testing.assert_allclose(term.block.matrix_gtp[g, :, 0], per_head - per_head.mean(), rtol=1e-9)


def test_every_sum_sees_the_same_totals(found):
    """Survey, response at today's spend, tables: all count all paths."""
    data = found.dataset
    total_dc = total_contributions(found)
    for c in range(len(found.channels)):
        np.testing.assert_allclose(media_over_time(found, c).sum(axis=1), total_dc[:, c], rtol=1e-9)
        by_geo = sum(media_over_time(found, c, g).sum(axis=1) for g in range(len(data.geos)))
        np.testing.assert_allclose(by_geo, total_dc[:, c], rtol=1e-9)
    now = response_draws(found, np.array([0.0, 1.0]))
    np.testing.assert_allclose(now[:, :, 1].T, total_dc, rtol=1e-9)
    np.testing.assert_allclose(now[:, :, 0], 0.0, atol=1e-12 * total_dc.max())
    np.testing.assert_allclose(roi(found)["contribution_mean"], total_dc.mean(axis=0), rtol=1e-9)
    step = 1e-5
    near = response_draws(found, np.array([1.0 - step, 1.0 + step]))
    slope = (near[:, :, 1] - near[:, :, 0]) / (2 * step)
    np.testing.assert_allclose(survey(found).slope_dc, slope.T, rtol=1e-5, atol=1e-6 * np.abs(slope).max())


def test_the_same_seed_gives_the_same_draws_and_the_models_draw_apart(one, chain):
    again = fit(market(), spec(ONE))
    np.testing.assert_array_equal(total_contributions(again), total_contributions(one))
    assert len({made.run.seed for made in (chain, *chain.mediators)}) == 3


def test_a_stage_knows_only_what_comes_before_it():
    data, declared = market(), spec(CHAIN)
    awareness, its_spec = stage(data, declared, "awareness")
    assert awareness.channel_names == ("tv",)
    assert "clicks" not in awareness.control_names
    assert not its_spec.mediators
    clicks, its_spec = stage(data, declared, "clicks")
    assert clicks.channel_names == ("search",)
    assert list(its_spec.mediators) == ["awareness"]
    assert "awareness" in clicks.control_names


def test_a_mediator_of_mediators_alone_is_driven_by_their_channels():
    data = market()
    declared = spec({"clicks": {"driven_by": ["awareness"]}, "awareness": {"driven_by": ["tv"]}})
    assert stage(data, declared, "clicks")[0].channel_names == ("tv",)


def test_a_return_stated_for_the_outcome_is_none_of_a_mediator():
    raw = {"tv": {"prior": {"roi": {"median": 2, "p95": 4}, "slope": {"median": 1, "p95": 2}}}}
    declared = spec(ONE, channels=raw)
    assert set(stage(market(), declared, "awareness")[1].channel("tv").prior) == {"slope"}


def test_the_verdict_is_that_of_the_worst_model(one):
    found, alone = convergence(one), convergence(one.mediators[0])
    assert found.rhat_max >= alone.rhat_max
    assert found.ess_bulk_min <= alone.ess_bulk_min
    assert {name for name in found.table if name.startswith("awareness: ")}
    order = ["ok", "caution", "failed"]
    assert order.index(found.verdict) >= order.index(alone.verdict)


def test_it_comes_back_from_its_folder(found, tmp_path):
    save_fit(found, tmp_path, summarise(found).to_dict(), fitted(found).predictive_dt)
    back = load_fit(tmp_path)
    np.testing.assert_array_equal(total_contributions(back), total_contributions(found))
    columns = ["mean", "p5", "p95"]
    np.testing.assert_array_equal(contributions(back)[columns], contributions(found)[columns])
    assert [one.run for one in back.mediators] == [one.run for one in found.mediators]
    assert convergence(back).sentence == convergence(found).sentence


def test_quick_mode_has_all_paths():
    found = fit(market(), spec(ONE), quick=True)
    assert found.mediators[0].run.quick is not None
    assert convergence(found).quick.pareto_k >= found.run.quick.pareto_k
    assert found.channels[0].through


@pytest.mark.parametrize(
    "more",
    [
        {"noise": {"kind": "ar1"}},
        {"noise": {"kind": "student"}},
        {"trend": {"kind": "hsgp"}},
        {"channels": {"tv": {"varying": {"by": "season"}}, "search": {"order": "saturation_first"}}},
        {"trend": {"kind": "knots", "every": "auto"}},
    ],
)
def test_other_structures_go_with_it(more, tmp_path):
    """The parts add up, every sum counts the same paths, and the folder holds both models."""
    found = fit(market(), spec(ONE, **more))
    data = found.dataset
    expected = sum(term.undriven.contribution() for term in found.baseline) + sum(
        effect.paths[0].contribution(data.exposure_gtc[:, :, c]) for c, effect in enumerate(found.channels)
    )
    np.testing.assert_allclose(sum(part.draws_dt for part in decompose(found)), expected, rtol=1e-9)
    total_dc = total_contributions(found)
    by_path = [
        sum(path.contribution(data.exposure_gtc[:, :, c]).sum(axis=1) for path in effect.paths)
        for c, effect in enumerate(found.channels)
    ]
    np.testing.assert_allclose(total_dc.T, by_path, rtol=1e-9)
    now = response_draws(found, np.array([1.0]))
    np.testing.assert_allclose(now[:, :, 0].T, total_dc, rtol=1e-9)
    save_fit(found, tmp_path, summarise(found).to_dict(), fitted(found).predictive_dt)
    np.testing.assert_array_equal(total_contributions(load_fit(tmp_path)), total_dc)
