"""The page on how samplings end: what it counts, and that every market is one of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sampling import markets as made
from sampling.run import Ended, Pair, markdown, rows, sentence

GOOD = Ended(0, 1.002, 900.0, 1.0, 2.0, "")


@pytest.mark.parametrize(
    ("change", "well"),
    [({}, True), ({"divergences": 1}, False), ({"rhat": 1.011}, False), ({"ess": 399.0}, False)],
)
def test_a_fit_ends_well_within_the_verdicts_limits(change, well):
    assert replace(GOOD, **change).well is well


def test_the_table_counts_both_sides():
    bad = replace(GOOD, divergences=3, cpu_seconds=1.0)
    healed = replace(GOOD, cpu_seconds=1.5, again="sampled again")
    pairs = [Pair("one", 1, GOOD, GOOD), Pair("two", 2, bad, healed), Pair("two", 3, bad, bad)]
    table = rows(pairs)
    assert [row[0] for row in table] == ["one", "two", "**all**"]
    assert table[1][1:3] == ("0 → 1 of 2", "2 → 1")
    assert table[2][1] == "1 → 2 of 3"
    assert (table[1][6], table[2][7]) == ("1.25", "1")
    assert "Found: 2 of 3" in sentence(pairs)
    assert "**missed**" in sentence(pairs)
    assert "**met**" in sentence(pairs[:1])
    assert "| two | 2 | sampled again |" in markdown(pairs)


def test_every_market_has_a_seed_of_its_own(monkeypatch):
    monkeypatch.setattr(made, "KINDS", {k: v for k, v in made.KINDS.items() if not k.startswith("daily")})
    found = list(made.markets(2))
    assert len({market.seed for market in found}) == len(found) == 10
    assert all(market.spec.sampler.seed == market.seed for market in found)
