"""The benchmark of the evolve family reads what the port writes, and says what it was told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from evolve import run
from evolve.market import market_of, port_of
from evolve.port import ORGANIC, SPENDS, THETAS

COLUMNS = ("trend", "season", "holiday", "competitor_sales_B", "events", *SPENDS, *ORGANIC)
BEFORE, WEEKS, TOP, CANDIDATES = 6, 90, 5e4, 240


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A folder as the port leaves it, of made-up numbers and in another order."""
    rng = np.random.default_rng(2)
    x = rng.gamma(2.0, 100.0, (BEFORE + WEEKS, len(COLUMNS)))
    y = 400.0 + x @ rng.random(len(COLUMNS)) * 0.2
    window = np.array([BEFORE, BEFORE + WEEKS])
    np.savez(tmp_path / "data.npz", columns=np.array(COLUMNS), x=x, y=y, window=window)
    market = market_of(tmp_path, TOP)
    values = market.ranges.values(rng.random((CANDIDATES, len(market.ranges.names))))
    made = market.assessed(values)
    told = {"theta": "thetas", "gamma": "gammas", "alpha": "alphas"}
    names = [f"{c}_{told[key]}" for c, key in (name.split(".") for name in market.ranges.names[:-2])]
    names += ["lambda_hp", "train_size"]
    order, mixed = rng.permutation(len(names)), rng.permutation(len(market.parts))
    total = made.coefficient[:, :1] * WEEKS + made.effect.sum(axis=1, keepdims=True)
    np.savez(
        tmp_path / "found.npz",
        names=np.array(names)[order],
        values=values[:, order],
        objectives=made.told[:, :2],
        lambdas=1e-4 * TOP + (TOP - 1e-4 * TOP) * values[:, -2],
        trial=np.ones(CANDIDATES, dtype=int),
        parts=np.array(market.parts)[mixed],
        decomposition=(market.shares(made) * total)[:, mixed],
    )
    return tmp_path


def test_it_reads_the_ports_candidates_and_finds_its_numbers_again(work: Path) -> None:
    port = port_of(work)
    assert port.top == pytest.approx(TOP)
    market = market_of(work, port.top)
    assert market.ranges.names[0] == f"{next(iter(THETAS))}.theta"
    lines = run.agreement(port, market.assessed(port.values))
    assert all(float(cell) < 1e-9 for line in lines[2:] for cell in line.split("|")[2:4])


def test_the_page_says_times_quality_and_decompositions(work: Path) -> None:
    port = port_of(work)
    market = market_of(work, port.top)
    runs = [run.ours(market, 2, 150, seed) for seed in (1, 2)]
    told = {"trials": 2, "iterations": 150, "search_s": 1000.0, "search_cpu_s": 500.0}
    text = run.page(told, [port], market, runs)
    assert "| port (robynpy, TwoPointsDE) | 1000.0 | 500.0 |" in text
    assert f"{500.0 / np.median([r.cpu_s for r in runs]):,.0f} times less CPU time" in text
    assert text.count("\n| ours, seed ") == 2
    assert all(f"| {part} |" in text for part in market.parts)


def test_of_several_searches_of_the_port_the_page_says_how_far_they_agree(work: Path) -> None:
    port = port_of(work)
    market = market_of(work, port.top)
    runs = [run.ours(market, 1, 100, 1)]
    # A run beside itself agrees with itself entirely.
    lines = run.decompositions([port, port], market, runs)
    assert "of another run, 100% are inside; models with all parts inside: 100%" in lines[-1]
    spread = run.pareto(port, market)
    assert run.inside(spread, spread).all()
    assert not run.inside(spread.max(axis=0, keepdims=True) + 0.01, spread).any()
