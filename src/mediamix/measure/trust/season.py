"""A season with faster waves than the model's: the same data with more pairs of Fourier terms."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.spec import Spec
from mediamix.core.types import Finding
from mediamix.data.dataset import Dataset
from mediamix.measure.checking import Check, Evidence, Variant
from mediamix.measure.gains import WHEN, better
from mediamix.models.design import SHORTEST_CYCLE

NAME = "season"
#: Pairs that are tried, and the years that are needed to tell a season from chance.
PAIRS, YEARS = 6, 1.5


def variant(dataset: Dataset, spec: Spec) -> Variant | None:
    """Six pairs, where there are fewer and there is enough of a second year."""
    pairs = min(PAIRS, int(dataset.every.per_year / SHORTEST_CYCLE))
    if spec.seasonality.yearly >= pairs or dataset.n_periods < YEARS * dataset.every.per_year:
        return None
    season = spec.seasonality.model_copy(update={"yearly": pairs})
    words = f"seasonality: {{yearly: {pairs}}}"
    return dataset, spec.model_copy(update={"seasonality": season}), words


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning where it predicts better."""
    yield from better(evidence, NAME, "season", "the year has faster waves than the model")


CHECK = Check(
    name=NAME,
    title="A season with faster waves than the model's",
    threshold=f"six pairs of Fourier terms predict better {WHEN}",
    false_alarms="0 of 60 sound worlds",
    why="media that are bought for a season are credited with what the model misses of it",
    advice="",
    find=find,
    variant=variant,
)
