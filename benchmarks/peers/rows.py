"""From what a script left to a row: diagnostics by one code for all, contributions against the truth."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from jaxtyping import Float

from mediamix.core.files import write_json
from mediamix.inference.diagnostics import ess_bulk, rhat
from peers.attempts import SCRIPTS, Attempt
from peers.environments import AS_OF, requirements_of
from peers.process import Measured, last_words

SCRIPTS_FOLDER = Path(__file__).parent / "scripts"


@dataclass(frozen=True)
class Row:
    """One attempt and what came of it.

    Args:
        attempt: Which.
        status: ``ok``, ``failed``, ``stopped`` or ``impossible``.
        reason: In words, unless it is ok.
        process_s: Wall time of the whole process.
        peak_mb: Its peak memory.
        seconds: Stage → seconds, as the script saw them.
        divergences: After tuning.
        rhat: Largest of the media parameters.
        ess: Smallest bulk ESS of the media parameters.
        error: Mean over channels of the relative error of the contribution, without sign.
        total_error: Relative error of all media together, with sign.
        covered: Channels whose truth lies in the 90 % interval.
        channels: Channel → truth, mean, p5, p95 of the contribution in outcome units.
        notes: From the script.
    """

    attempt: Attempt
    status: str
    reason: str = ""
    process_s: float | None = None
    peak_mb: float | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    divergences: int | None = None
    rhat: float | None = None
    ess: float | None = None
    error: float | None = None
    total_error: float | None = None
    covered: int | None = None
    channels: dict[str, dict[str, float]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def ess_per_s(self) -> float | None:
        """Per second of sampling, tuning included and compilation left out."""
        sampling = self.seconds.get("sample_s")
        return self.ess / sampling if self.ess is not None and sampling else None

    @property
    def compile_s(self) -> float | None:
        """Set-up and compilation: the fit without its sampling."""
        if "fit_s" not in self.seconds or "sample_s" not in self.seconds:
            return None
        return self.seconds["fit_s"] - self.seconds["sample_s"]

    @classmethod
    def read(cls, folder: Path, fingerprint: str) -> Self | None:
        """The stored row, if it came from the same inputs."""
        path = folder / "row.json"
        if not path.exists():
            return None
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored.pop("fingerprint") != fingerprint:
            return None
        attempt = Attempt(**stored.pop("attempt"))
        return cls(attempt, **{**stored, "notes": tuple(stored["notes"])})

    def write(self, folder: Path, fingerprint: str) -> None:
        """Store it; NaN becomes null."""
        write_json(folder / "row.json", {"fingerprint": fingerprint, **_plain(asdict(self))})


def fingerprint_of(attempt: Attempt, case_hash: str) -> str:
    """Of everything that a row depends on and a later run could have changed."""
    script = (SCRIPTS_FOLDER / SCRIPTS[attempt.peer]).read_text(encoding="utf-8")
    contract = (SCRIPTS_FOLDER / "contract.py").read_text(encoding="utf-8")
    parts = [asdict(attempt), case_hash, requirements_of(attempt.peer), AS_OF, script, contract]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def row_of(
    attempt: Attempt, folder: Path, measured: Measured, limit_s: float, truth: Mapping[str, float]
) -> Row:
    """The row of a finished process."""
    outside = {"process_s": measured.seconds, "peak_mb": measured.peak_mb}
    if measured.code is None:
        return Row(attempt, "stopped", f"stopped after {limit_s:,.0f} s", **outside)
    if measured.code != 0:
        words = f"killed by signal {-measured.code}" if measured.code < 0 else last_words(folder)
        return Row(attempt, "failed", words, **outside)
    try:
        result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        with np.load(folder / "draws.npz") as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError) as error:
        return Row(attempt, "failed", f"ended without results ({type(error).__name__})", **outside)
    parameters = {name: x for name, x in arrays.items() if name.startswith("parameter:")}
    worst_rhat, worst_ess = diagnose(parameters)
    return Row(
        attempt,
        "ok",
        seconds=result["seconds"],
        divergences=result["divergences"],
        rhat=worst_rhat,
        ess=worst_ess,
        notes=tuple(result["notes"]),
        **outside,
        **compare(arrays["contribution"], truth),
    )


def diagnose(parameters: Mapping[str, np.ndarray]) -> tuple[float | None, float | None]:
    """Largest R-hat and smallest bulk ESS over arrays [chain, draw, …]; constants don't count.

    A chain that never moved in a parameter makes them infinite and zero.
    """
    worst_rhat, worst_ess = -math.inf, math.inf
    for array in parameters.values():
        flat = array.reshape(*array.shape[:2], -1)
        for chains in np.moveaxis(flat, 2, 0).astype(float):
            if np.ptp(chains) == 0:
                continue
            if not np.isfinite(chains).all() or (np.ptp(chains, axis=1) == 0).any():
                return math.inf, 0.0
            worst_rhat, worst_ess = max(worst_rhat, rhat(chains)), min(worst_ess, ess_bulk(chains))
    if worst_ess == math.inf:
        return None, None
    return worst_rhat, worst_ess


def compare(draws_dc: Float[np.ndarray, "draw channel"], truth: Mapping[str, float]) -> dict[str, Any]:
    """Contributions against the truth; one draw is an estimate without an interval."""
    mean_c = draws_dc.mean(axis=0)
    low_c, high_c = np.quantile(draws_dc, (0.05, 0.95), axis=0)
    truth_c = np.array(list(truth.values()))
    inside_c = (low_c <= truth_c) & (truth_c <= high_c)
    columns = {"truth": truth_c, "mean": mean_c, "p5": low_c, "p95": high_c}
    return {
        "error": float(np.abs(mean_c / truth_c - 1).mean()),
        "total_error": float(mean_c.sum() / truth_c.sum() - 1),
        "covered": int(inside_c.sum()) if len(draws_dc) > 1 else None,
        "channels": {
            name: {column: float(x[c]) for column, x in columns.items()} for c, name in enumerate(truth)
        },
    }


def median_row(repeats: list[Row]) -> Row:
    """Several runs of one fit as a row: medians of what was timed; the rest is of the first good one."""
    good = [row for row in repeats if row.status == "ok"]
    if not good:
        return repeats[0]
    stages = good[0].seconds
    first = asdict(good[0]) | {
        "attempt": good[0].attempt,
        "process_s": float(np.median([row.process_s for row in good if row.process_s is not None])),
        "peak_mb": float(np.median([row.peak_mb for row in good if row.peak_mb is not None])),
        "seconds": {name: float(np.median([row.seconds[name] for row in good])) for name in stages},
        "notes": (*good[0].notes, f"median of {len(repeats)} runs"),
    }
    if len(good) < len(repeats):
        first["notes"] = (*first["notes"], f"{len(repeats) - len(good)} of them failed")
    return Row(**first)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
