"""What a script of a peer is given and what it leaves; it runs in the peer's own environment.

A script is called with three paths: the folder of a case, a file of options, a folder for results.
It leaves ``result.json`` (seconds, divergences, notes) and ``draws.npz``: the media parameters as
``parameter:<name>`` [chain, draw, …] and the ``contribution`` [draw, channel] over the window in
outcome units. A script of a peer that gives one estimate leaves a single draw.
"""

from __future__ import annotations

import time

BEGAN = time.perf_counter()

import json  # noqa: E402 - the clock starts before the first import
import sys  # noqa: E402
from collections.abc import Callable, Iterator, Mapping, Sequence  # noqa: E402
from contextlib import contextmanager  # noqa: E402
from dataclasses import dataclass, field  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import TYPE_CHECKING, Any  # noqa: E402

if TYPE_CHECKING:
    import numpy as np

SEED = 1
GEO_MAJOR = ("geo", "date")


@dataclass(frozen=True)
class Market:
    """One case as arrays: geo × time × channel.

    Args:
        dates: First day of each period, ``datetime64[D]``.
        every: ``day`` or ``week``.
        geos: Names.
        channels: Names.
        max_lag: Number of lags, lag 0 included, for peers that cut the carry-over off.
        outcome_gt: Outcome units.
        spend_gtc: Money.
        controls: Name → [geo, time].
        events: Name → [time], the share of each period that the event covers.
        population_g: Inhabitants.
        baseline: Our own baseline's columns, name → [geo, time]: times a standard normal coefficient
            and the mean outcome they are a draw of its prior, in outcome units.
        priors: Our priors; see ``cases.matched_priors``.
    """

    dates: np.ndarray
    every: str
    geos: tuple[str, ...]
    channels: tuple[str, ...]
    max_lag: int
    outcome_gt: np.ndarray
    spend_gtc: np.ndarray
    controls: dict[str, np.ndarray]
    events: dict[str, np.ndarray]
    population_g: np.ndarray
    baseline: dict[str, np.ndarray]
    priors: dict[str, Any]

    @property
    def national(self) -> bool:
        """One geo."""
        return len(self.geos) == 1

    @property
    def weekdays(self) -> dict[str, np.ndarray]:
        """Six columns [time] of weekday effects for daily data, none for weeks."""
        import numpy as np

        if self.every != "day":
            return {}
        day = (self.dates.astype("datetime64[D]").astype(np.int64) + 3) % 7
        return {f"weekday_{k}": (day == k).astype(float) for k in range(6)}

    @property
    def positive_spend_gtc(self) -> np.ndarray:
        """Spend with a millionth of each channel's mean for nothing.

        Hill curves written as powers have no gradient at zero where the slope is free.
        """
        import numpy as np

        floor_c = 1e-6 * self.spend_gtc.mean(axis=(0, 1))
        return np.maximum(self.spend_gtc, floor_c)

    def to_all_geos(self, column_t: np.ndarray) -> np.ndarray:
        """The same column for every geo: [geo, time]."""
        import numpy as np

        return np.broadcast_to(column_t, (len(self.geos), len(column_t)))


def read_market(folder: Path) -> Market:
    """Read the folder of a case."""
    import numpy as np
    import pandas as pd

    about = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    wide = pd.read_csv(folder / "wide.csv", parse_dates=["date"])
    baseline = pd.read_csv(folder / "baseline.csv")
    shape = (len(about["geos"]), about["periods"])

    def columns(frame: pd.DataFrame, prefix: str) -> dict[str, np.ndarray]:
        names = [name for name in frame.columns if name.startswith(prefix)]
        return {name[len(prefix) :]: frame[name].to_numpy(float).reshape(shape) for name in names}

    spend = columns(wide, "spend:")
    return Market(
        dates=wide["date"].to_numpy()[: shape[1]].astype("datetime64[D]"),
        every=about["every"],
        geos=tuple(about["geos"]),
        channels=tuple(about["channels"]),
        max_lag=about["max_lag"],
        outcome_gt=wide["outcome"].to_numpy(float).reshape(shape),
        spend_gtc=np.stack([spend[name] for name in about["channels"]], axis=-1),
        controls=columns(wide, "control:"),
        events={name: values[0] for name, values in columns(wide, "event:").items()},
        population_g=wide["population"].to_numpy(float).reshape(shape)[:, 0],
        baseline=columns(baseline, ""),
        priors=about["priors"],
    )


@dataclass
class Job:
    """One fit: its inputs, and the clock.

    Args:
        case: Folder of the case.
        options: Draws and whatever else the script's peer needs.
        out: Folder for results.
        seconds: Stage → seconds, filled by `stage`.
    """

    case: Path
    options: dict[str, Any]
    out: Path
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def matched(self) -> bool:
        """Priors as close to ours as the peer allows, instead of its own."""
        return bool(self.options["setting"] == "matched")

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage of the work."""
        began = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began

    def write(
        self,
        parameters: Mapping[str, np.ndarray],
        contribution_dc: np.ndarray,
        *,
        divergences: int | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        """Leave the results.

        Args:
            parameters: Media parameters, name → [chain, draw, …].
            contribution_dc: Draws of each channel's contribution over the window, all geos together.
            divergences: After tuning; None: the peer has none.
            notes: What a reader of the table must know.
        """
        import numpy as np

        self.out.mkdir(parents=True, exist_ok=True)
        arrays = {f"parameter:{name}": np.asarray(values) for name, values in parameters.items()}
        np.savez(self.out / "draws.npz", contribution=np.asarray(contribution_dc), **arrays)
        result = {"seconds": self.seconds, "divergences": divergences, "notes": list(notes)}
        (self.out / "result.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def run(fit: Callable[[Job], None]) -> None:
    """The main program of a script."""
    case, options, out = map(Path, sys.argv[1:4])
    fit(Job(case, json.loads(options.read_text(encoding="utf-8")), out))


class CompileClock:
    """Seconds that JAX spends on tracing, lowering and compiling (they nest: their union counts)."""

    def __init__(self) -> None:
        from jax import monitoring

        self._spans: list[tuple[float, float]] = []
        monitoring.register_event_duration_secs_listener(self._heard)

    def _heard(self, event: str, duration: float, **_: Any) -> None:
        if "/compile/" in event or event.endswith("compile_duration"):
            now = time.perf_counter()
            self._spans.append((now - duration, now))

    def seconds(self, since: float) -> float:
        """Seconds of compilation after `since` (a `time.perf_counter`)."""
        total, reached = 0.0, since
        for start, end in sorted(self._spans):
            if end > reached:
                total += end - max(start, reached)
                reached = end
        return total
