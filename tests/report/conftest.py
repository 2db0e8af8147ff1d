"""The fits and materials that the report's tests share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from report_cases import at_verdict, fit_of, plan_of, with_channels, with_clear_moves

from mediamix.core.types import Channel, Kind
from mediamix.models.base import Fit
from mediamix.reporting.material import Material, gather
from mediamix.simulate import Scenario


@pytest.fixture(scope="session")
def weekly() -> tuple[Fit, dict[str, Any]]:
    return fit_of(Scenario.weekly(1), holdout={"last": 13})


@pytest.fixture(scope="session")
def material(weekly: tuple[Fit, dict[str, Any]]) -> Material:
    """Everything there is: a clear plan, truth, holdout; the sampling converged."""
    fit, truth = weekly
    return at_verdict(gather(fit, with_clear_moves(plan_of(fit)), truth), "ok")


@pytest.fixture(scope="session")
def plain(weekly: tuple[Fit, dict[str, Any]]) -> Material:
    """A fit alone."""
    return at_verdict(gather(weekly[0]), "ok")


@pytest.fixture(scope="session")
def orders() -> Fit:
    """Counts with a known value per unit."""
    scenario = replace(Scenario.weekly(2), unit="count", value_per_unit=40.0, channels=3)
    return fit_of(scenario)[0]


@pytest.fixture
def organic(weekly: tuple[Fit, dict[str, Any]]) -> Fit:
    """The last channel costs nothing; its exposure is impressions."""
    fit = weekly[0]
    last = len(fit.channels) - 1
    spend = np.array(fit.dataset.spend_gtc)
    spend[:, :, last] = 0.0
    changed = with_channels(
        fit, lambda c, channel: Channel(channel.name, Kind.ORGANIC, "impressions") if c == last else channel
    )
    return replace(changed, dataset=replace(changed.dataset, spend_gtc=spend))
