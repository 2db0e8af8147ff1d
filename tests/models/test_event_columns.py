"""Several event columns of a wide table: events of their own that have something in common."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mediamix as mm
from mediamix.core.errors import DataError, SpecError
from mediamix.core.spec import Spec, parse_spec
from mediamix.data.dataset import Dataset
from mediamix.models.design import baseline_blocks, continued
from mediamix.models.problem import pose
from mediamix.transforms.basis import Block

FLAGS = ("promo a", "promo b", "promo c")


def frame(n: int = 104) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    table = pd.DataFrame({"day": pd.date_range("2022-01-02", periods=n, freq="7D")})
    table["tv"] = rng.uniform(100, 300, n).round()
    table["sales"] = rng.uniform(4000, 5000, n).round()
    for name in FLAGS:
        table[name] = (rng.random(n) < 0.15).astype(int)
    return table


def spec_of(events: object = FLAGS, spread: object = 0.2, **more: object) -> Spec:
    data = {"wide": "x.csv", "date": "day", "outcome": "sales", "media": {"tv": {"spend": "tv"}}}
    return parse_spec({"data": {**data, "events": list(events), **more}, "event_spread": spread})


def block_of(data: Dataset, spec: Spec) -> Block:
    (block,) = [b for b in baseline_blocks(data, spec) if b.component == "events"]
    return block


def test_columns_are_the_flags_and_their_sum() -> None:
    table = frame()
    data = mm.read(wide=table, spec=spec_of())
    block = block_of(data, spec_of())
    assert set(block.names[:-1]) == set(FLAGS)
    for name, column in zip(block.names[:-1], block.matrix.T, strict=False):
        np.testing.assert_array_equal(column, table[name])
    np.testing.assert_array_equal(block.matrix[:, -1], table[list(FLAGS)].sum(axis=1))


def test_the_prior_is_that_of_events_with_a_common_mean() -> None:
    """Of the outcome: E Σ Eᵀ, where events differ by 0.2 around a mean of 0 ± 0.3."""
    table, spec = frame(), spec_of()
    model = pose(mm.read(wide=table, spec=spec), spec).model
    plain = pose(mm.read(wide=table.drop(columns=list(FLAGS)), spec=spec_of(())), spec_of(())).model
    implied = [(m.linear.u_pn.T * m.linear.s_p[: m.linear.rank] ** 2) @ m.linear.u_pn for m in (model, plain)]
    flags = table[list(FLAGS)].to_numpy(dtype=float)
    expected = flags @ (0.2**2 * np.eye(3) + 0.3**2) @ flags.T
    np.testing.assert_allclose(implied[0] - implied[1], expected, atol=1e-10)


def test_one_column_of_a_list_is_an_event_as_ever() -> None:
    one, alone = spec_of(FLAGS[:1]), spec_of()
    alone = alone.model_copy(update={"data": alone.data.model_copy(update={"events": FLAGS[0]})})
    data = mm.read(wide=frame(), spec=one)
    assert data.hash == mm.read(wide=frame(), spec=alone).hash
    assert block_of(data, one).names == FLAGS[:1]


def promoted(effects: list[float], seed: int = 2) -> tuple[pd.DataFrame, list[str]]:
    """Flags of about ten weeks each with these effects, and one that came once, in a bad week."""
    rng = np.random.default_rng(seed)
    table = frame(156)
    names = [f"sale {k}" for k in range(len(effects))]
    for name in names:
        table[name] = (rng.random(len(table)) < 0.1).astype(int)
    table["rare"] = 0
    table.loc[50, ["rare", *names]] = [1, *([0] * len(names))]
    lift = 1 + table[names].to_numpy() @ np.array(effects)
    table["sales"] = 5000 * lift + rng.normal(0, 200, len(table))
    table.loc[50, "sales"] = 5100.0
    return table, [*names, "rare"]


def test_how_much_events_differ_is_learnt() -> None:
    found = {}
    for kind, effects in (("alike", [0.2] * 8), ("unlike", [0.5, -0.3, 0.0, 0.4, -0.2, 0.3, -0.4, 0.1])):
        table, names = promoted(effects)
        spec = spec_of(names, spread="auto")
        (choice,) = pose(mm.read(wide=table, spec=spec), spec).choices
        assert choice.key == "event_spread"
        found[kind] = choice.value
    assert found["alike"] <= 0.1
    assert found["unlike"] >= 0.2


def test_a_rare_event_learns_from_the_others() -> None:
    """All others bring 20 %: the one that came once, in a bad week, is taken to have helped a little."""
    table, names = promoted([0.2] * 8)
    found = {}
    for spread in ("auto", 0.4):
        spec = spec_of(names, spread=spread)
        fit = mm.fit(mm.read(wide=table, spec=spec), spec, quick=True)
        (term,) = [t for t in fit.baseline if t.component == "events"]
        at = [term.names.index(name) for name in ("rare", "common to event columns")]
        found[spread] = term.coefficient_dp[:, at].sum(axis=1).mean() / 5000
    assert abs(found[0.4]) < 0.06
    assert found["auto"] > found[0.4] + 0.02


def test_panels_flag_events_of_geos() -> None:
    table = pd.concat([frame().assign(geo=geo) for geo in ("north", "south")], ignore_index=True)
    table.loc[table["geo"] == "south", "promo a"] = 0
    spec = spec_of(geo="geo").model_copy(update={"geo": {}})
    data = mm.read(wide=table, spec=spec)
    block = block_of(data, spec)
    for g, geo in enumerate(("north", "south")):
        own = table[table["geo"] == geo]
        for name, column in zip(block.names[:-1], block.matrix_gtp[g].T, strict=False):
            np.testing.assert_array_equal(column, own[name])
        np.testing.assert_array_equal(block.matrix_gtp[g, :, -1], own[list(FLAGS)].sum(axis=1))


def test_the_future_has_what_they_have_in_common() -> None:
    spec = spec_of()
    data = mm.read(wide=frame(), spec=spec)
    begin = data.dates[-1] + 7
    planned = pd.DataFrame({"date": [str(begin + 7)], "end_date": [str(begin + 13)], "event": ["promo b"]})
    future = mm.read_future(data, periods=3, events=planned, spec=spec)
    block = block_of(data, spec)
    ahead = dict(zip(block.names, continued(block, data, future, spec).matrix.T, strict=True))
    np.testing.assert_array_equal(ahead["promo b"], [0, 1, 0])
    np.testing.assert_array_equal(ahead["common to event columns"], [0, 1, 0])


@pytest.mark.parametrize(("value", "shown"), [(2, "'2'"), (0.5, "'0.5'"), (-1, "'-1'")])
def test_what_is_neither_0_nor_1_is_refused_with_its_row(value: float, shown: str) -> None:
    table = frame().astype({"promo b": float})
    table.loc[3, "promo b"] = value
    text = table.assign(**{"promo b": table["promo b"].map("{:g}".format)})
    with pytest.raises(DataError, match=rf"row 5, column 'promo b': {shown} is neither 0 nor 1"):
        mm.read(wide=text, spec=spec_of())
    with pytest.raises(DataError, match="column 'promo b': 'many' is not a number"):
        mm.read(wide=text.replace({"promo b": {shown.strip("'"): "many"}}), spec=spec_of())


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"events": ["a", "A"]}, "are one column"),
        ({"events": ["a"], "controls": ["a"]}, "the column 'a' is an event and a control"),
        ({"events": ["sales"]}, "the column 'sales' is an event and the outcome"),
        ({"events": [f"e{k}" for k in range(2000)]}, "data.events maps 2,000 columns"),
    ],
)
def test_lists_that_can_not_be_are_refused(raw: dict, words: str) -> None:
    data = {"wide": "x.csv", "date": "day", "outcome": "sales", "media": {"tv": {"spend": "tv"}}}
    with pytest.raises(SpecError, match=words):
        mm.read(wide=frame(), spec=parse_spec({"data": {**data, **raw}}))


def test_a_list_needs_a_wide_table() -> None:
    with pytest.raises(SpecError, match="column mappings need 'wide"):
        parse_spec({"data": {"media": "m.csv", "outcome": "o.csv", "events": ["a", "b"]}})


def test_a_missing_column_is_named() -> None:
    with pytest.raises(DataError, match="column 'promo d' is missing; did you mean 'promo"):
        mm.read(wide=frame(), spec=spec_of([*FLAGS, "promo d"]))
