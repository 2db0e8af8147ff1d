"""What changed since an earlier run, and why: data restated, spec changed, or the world moved on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from mediamix.core.errors import FolderError
from mediamix.core.numbers import percent
from mediamix.core.spec import Spec, load_spec
from mediamix.core.spec.whole import BESIDE
from mediamix.data.dataset import Dataset
from mediamix.data.store import load_dataset
from mediamix.measure.interval import Interval

if TYPE_CHECKING:  # `mediamix status` compares data without the engine
    from mediamix.measure.contribution import ChannelMeasure
    from mediamix.measure.summary import Summary
    from mediamix.models.base import Fit

#: Amounts that differ by less than this part of themselves are the same.
SAME = 1e-6


@dataclass(frozen=True)
class Earlier:
    """An earlier fit, as far as it is compared.

    Args:
        summary: Its `summary.json`.
        dataset: What it was fitted to.
        spec: As it was fitted.
        hashes: Of data and spec, and its seed.
        version: Of mediamix.
    """

    summary: Mapping[str, Any]
    dataset: Dataset
    spec: Spec
    hashes: tuple[str, str, int]
    version: str

    @staticmethod
    def read(folder: Path) -> Earlier:
        """From a fit's folder.

        Raises:
            FolderError: It isn't one, or can't be read.
        """
        try:
            summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
            run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
            hashes = (str(run["data_hash"]), str(run["spec_hash"]), int(run["seed"]))
            version = str(run.get("versions", {}).get("mediamix", ""))
            _ = [(c["spend"], c["contribution"]["mean"]) for c in summary["channels"].values()]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise FolderError(
                f"{folder} is not a fit that can be compared with",
                expected="the folder of a fit: of an earlier run runs/ID/fit",
                got=f"{type(error).__name__}: {error}",
                next_step="name another run (mediamix runs lists them), or leave --since away",
            ) from error
        return Earlier(
            summary, load_dataset(folder / "data.parquet"), load_spec(folder / "spec.yml"), hashes, version
        )


@dataclass(frozen=True)
class Moved:
    """One channel, then and now.

    Args:
        channel: Its name.
        before: Its return (its contribution where there is none) then; None: it wasn't there.
        after: The same now; None: it is gone.
        clear: Whether each estimate lies outside of the other's 90 % interval.
        why: What changed that bears on it.
    """

    channel: str
    before: Interval | None
    after: Interval | None
    clear: bool
    why: tuple[str, ...]


@dataclass(frozen=True)
class Changes:
    """All that changed.

    Args:
        of: What is compared per channel: ``roi`` or ``contribution``.
        restated: What the data say otherwise of periods that both know.
        spec: Keys of the spec that changed, ``trend.every: 26 → 13``.
        moved: Periods that came or went.
        engine: Another version of mediamix.
        channels: In the order of now, then those that are gone.
        window: Of then, in words.
    """

    of: str
    restated: tuple[str, ...]
    spec: tuple[str, ...]
    moved: tuple[str, ...]
    engine: tuple[str, ...]
    channels: tuple[Moved, ...]
    window: str

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def changes(earlier: Earlier, fit: Fit, summary: Summary, version: str) -> Changes:
    """Compare a fit with an earlier one."""
    news = news_of(earlier.dataset, fit.dataset)
    spec = tuple(_differing(_dump(earlier.spec), _dump(fit.spec)))
    engine = () if version == earlier.version else (f"mediamix {earlier.version or '?'} → {version}",)
    keys = (line for line in spec if not line.startswith("channels."))
    general = (*news.outcome, *keys, *news.periods, *engine)
    has_roi = summary.has_value and all(
        c.get("roi") is not None or not c["spend"] for c in earlier.summary["channels"].values()
    )
    found = []
    for measure in summary.channels:
        before = _before(earlier.summary["channels"].get(measure.name), roi=has_roi)
        own = tuple(line for line in spec if line.startswith(f"channels.{measure.name}."))
        why = (*news.spend.get(measure.name, ()), *own, *general)
        known = earlier.dataset.channel_names
        why = ("it is new",) if before is None and measure.name not in known else why
        after = _after(measure, roi=has_roi)
        found.append(Moved(measure.name, before, after, is_clear(before, after), why))
    gone = [name for name in earlier.summary["channels"] if name not in fit.dataset.channel_names]
    found += [
        Moved(name, _before(earlier.summary["channels"][name], roi=has_roi), None, False, ("it is gone",))
        for name in gone
    ]
    spends = tuple(line for lines in news.spend.values() for line in lines)
    return Changes(
        of="roi" if has_roi else "contribution",
        restated=(*news.outcome, *spends),
        spec=spec,
        moved=(*news.periods, *(f"the channel {name} is gone" for name in gone)),
        engine=engine,
        channels=tuple(found),
        window=str(earlier.dataset.stretch()),
    )


@dataclass(frozen=True)
class News:
    """What data say otherwise than earlier ones.

    Args:
        outcome: Restated, of periods that both know.
        spend: Channel → the same of its spend.
        periods: That came or went.
    """

    outcome: tuple[str, ...]
    spend: Mapping[str, tuple[str, ...]]
    periods: tuple[str, ...]

    def bearing_on(self, channel: str) -> tuple[str, ...]:
        """What may have moved a channel's return."""
        return (*self.spend.get(channel, ()), *self.outcome, *self.periods)


def news_of(earlier: Dataset, later: Dataset) -> News:
    """Compare data with earlier ones, geos added up."""
    was, now = earlier.national(), later.national()
    pairs = _common(was, now)
    return News(
        tuple(_restated(later.outcome_name, was.outcome_gt[0], now.outcome_gt[0], pairs)),
        {name: tuple(_spend_restated(name, was, now, pairs)) for name in now.channel_names},
        tuple(_periods(was, now)),
    )


def _common(was: Dataset, now: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Places of the periods that both know; none where periods have another length."""
    if was.every is not now.every:
        return np.empty(0, dtype=int), np.empty(0, dtype=int)
    _, then, here = np.intersect1d(was.dates, now.dates, return_indices=True)
    return then, here


def _restated(
    name: str, was: Float[np.ndarray, " then"], now: Float[np.ndarray, " now"], pairs: tuple[Any, Any]
) -> Iterator[str]:
    a, b = np.nan_to_num(was[pairs[0]]), np.nan_to_num(now[pairs[1]])
    differ = np.abs(a - b) > SAME * np.maximum(np.abs(a), np.abs(b))
    if differ.any():
        whole = float(a.sum())
        by = percent((float(b.sum()) - whole) / whole, signed=True) if whole else "from nothing"
        yield f"{name} restated in {int(differ.sum()):,} of {len(a):,} common periods ({by} over them)"


def _spend_restated(name: str, was: Dataset, now: Dataset, pairs: tuple[Any, Any]) -> Iterator[str]:
    if name in was.channel_names:
        then, here = was.channel_names.index(name), now.channel_names.index(name)
        yield from _restated(f"spend of {name}", was.spend_gtc[0, :, then], now.spend_gtc[0, :, here], pairs)


def _periods(was: Dataset, now: Dataset) -> Iterator[str]:
    if was.every is not now.every:
        yield f"periods are now {now.every.label()}, not {was.every.label()}"
        return
    news = {
        "new": now.dates[now.dates > was.dates[-1]],
        "earlier": now.dates[now.dates < was.dates[0]],
        "dropped": was.dates[~np.isin(was.dates, now.dates)],
    }
    for word, dates in news.items():
        if len(dates):
            yield f"{len(dates):,} {word} {now.every.label(len(dates))} ({dates[0]} to {dates[-1]})"


def _dump(spec: Spec) -> dict[str, Any]:
    """What numbers depend on."""
    raw: dict[str, Any] = spec.model_dump(mode="json", exclude={"report", *BESIDE})
    return raw


def _differing(was: Any, now: Any, key: str = "") -> Iterator[str]:
    if isinstance(was, dict) and isinstance(now, dict):
        for name in [*was, *(name for name in now if name not in was)]:
            yield from _differing(was.get(name), now.get(name), f"{key}.{name}" if key else str(name))
    elif was != now:
        yield f"{key}: {_short(was)} → {_short(now)}"


def _short(value: Any) -> str:
    text = "none" if value is None else value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _before(raw: Mapping[str, Any] | None, *, roi: bool) -> Interval | None:
    number = None if raw is None else raw.get("roi") if roi else raw["contribution"]
    return (
        None if number is None else Interval(**{name: number[name] for name in ("mean", "p5", "p50", "p95")})
    )


def _after(measure: ChannelMeasure, *, roi: bool) -> Interval | None:
    return measure.roi if roi else measure.contribution


def is_clear(before: Interval | None, after: Interval | None) -> bool:
    """Whether each lies outside of the other's 90 % interval."""
    if before is None or after is None:
        return False
    return not (before.p5 <= after.mean <= before.p95) and not (after.p5 <= before.mean <= after.p95)
