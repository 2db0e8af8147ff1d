"""Media that work later than they run: the same data with a carry-over that may rise before it falls."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.spec import Spec
from mediamix.core.types import Finding
from mediamix.data.dataset import Dataset
from mediamix.measure.checking import Check, Evidence, Variant
from mediamix.measure.gains import WHEN, better
from mediamix.transforms.base import pick_adstock

NAME = "delayed_adstock"
KIND = "delayed"
#: Periods × lags × channels up to which a refit takes a second or so: weeks, not days.
MOST = 50_000


def variant(dataset: Dataset, spec: Spec) -> Variant | None:
    """Delayed adstock for every channel that has another one.

    None where priors are stated for all of those, nor where it would take long (daily data).
    """
    days = pick_adstock(KIND).max_lag_days or 0.0
    lags = max(1.0, days / dataset.every.days)
    if dataset.n_periods * lags * len(dataset.channels) > MOST:
        return None
    channels, changed = dict(spec.channels), 0
    for name in dataset.channel_names:
        own = spec.channel(name)
        if own.adstock.kind == KIND or set(own.prior) - {"roi", "mroi", "share", "geo_spread"}:
            continue
        channels[name] = own.model_copy(update={"adstock": own.adstock.model_copy(update={"kind": KIND})})
        changed += 1
    if not changed:
        return None
    first = dataset.channel_names[0]
    words = f"channels: {{{first}: {{adstock: {{kind: {KIND}}}}}, …}}"
    return dataset, spec.model_copy(update={"channels": channels}), words


def find(evidence: Evidence) -> Iterator[Finding]:
    """Warning where it predicts better."""
    yield from better(evidence, NAME, "media", "some media work later than they run")


CHECK = Check(
    name=NAME,
    title="Media that work later than they run",
    threshold=f"delayed adstock predicts better {WHEN}",
    false_alarms="0 of 60 sound worlds",
    why="an effect that comes late is credited to what ran when it came",
    advice="",
    find=find,
    variant=variant,
)
