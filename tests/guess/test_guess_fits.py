"""The promise: of ten tables that `init` wasn't made for, eight are fitted by the spec as it was written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from known import KNOWN, TEN
from test_guess_known_sets import read_back

from mediamix.data.guess.whole import guess
from mediamix.measure.contribution import decompose
from mediamix.pipeline import fit_model

#: The others, and the question that stands between them and a fit.
ASKS = {"a German export": "decimal"}
SHORT = {"sampler": {"chains": 1, "draws": 50, "tune": 50, "heal": False}}


def test_there_are_enough_of_them() -> None:
    assert len(TEN) == 10
    assert len(set(TEN) - set(ASKS)) >= 8


@pytest.mark.parametrize("name", TEN)
def test_what_was_written_is_fitted(name: str, shared: Path, tmp_path: Path) -> None:
    """By a quick fit, a panel by a short one; whether its numbers can be trusted is another question."""
    known = KNOWN[name]
    found = guess(known.paths(shared))
    if name in ASKS:
        assert [question.key for question in found.open] == [ASKS[name]]
        found = guess(known.paths(shared), known.answers)
    assert found.open == ()
    spec, findings, dataset = read_back(found, tmp_path)
    assert [f.message for f in findings if f.severity == "error"] == []
    assert dataset is not None
    short = spec.model_copy(update=SHORT)
    fit = fit_model(dataset, short, quick=not known.panel, checks=False)
    assert [effect.channel.name for effect in fit.channels] == list(dataset.channel_names)
    described = sum(np.asarray(part.draws_dt).mean(axis=0).sum() for part in decompose(fit))
    assert described == pytest.approx(np.nansum(dataset.outcome_gt), rel=0.05)
