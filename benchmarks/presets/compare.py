"""Two fits of one model beside each other: differences in Monte Carlo errors and in posterior deviations."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

import numpy as np
from jaxtyping import Float

from mediamix.inference.diagnostics import RHAT_FAILED, ess_bulk, rhat

#: Two samplers of one distribution exceed the bound in one of a hundred comparisons of all numbers.
LEVEL = 0.01
#: Positive ones with long tails are compared by their logs: a mean hangs on the last draws of a tail.
LOGS = ("delay", "half_effect", "slope")


@dataclass(frozen=True)
class Side:
    """What a process left.

    Args:
        draws: Parameter → [chain, draw, channel].
        seconds: Stage → seconds, ``process_s`` of the whole process among them.
        divergences: After tuning.
    """

    draws: dict[str, Float[np.ndarray, "chain draw channel"]]
    seconds: dict[str, float]
    divergences: int


@dataclass(frozen=True)
class Moments:
    """A parameter per channel.

    Args:
        mean_c: Of all draws.
        sd_c: The same.
        error_c: Monte Carlo error of the mean: sd / √ESS.
        rhat_c: Of the chains.
    """

    mean_c: Float[np.ndarray, " channel"]
    sd_c: Float[np.ndarray, " channel"]
    error_c: Float[np.ndarray, " channel"]
    rhat_c: Float[np.ndarray, " channel"]

    @property
    def mixed(self) -> bool:
        """All chains have found the same distribution."""
        return bool((self.rhat_c <= RHAT_FAILED).all())


def read_side(folder: Path, process_s: float) -> Side:
    """Read what a script wrote."""
    told = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    with np.load(folder / "draws.npz") as file:
        lead = "parameter:"
        draws = {name[len(lead) :]: file[name].astype(float) for name in file.files if name.startswith(lead)}
    return Side(draws, {**told["seconds"], "process_s": process_s}, int(told["divergences"]))


def moments(draws: Float[np.ndarray, "chain draw channel"]) -> Moments:
    """Means, deviations, Monte Carlo errors and R-hat of each channel."""
    channels = range(draws.shape[2])
    sd_c = draws.std(axis=(0, 1), ddof=1)
    ess_c = np.array([ess_bulk(draws[:, :, c]) for c in channels])
    rhat_c = np.array([rhat(draws[:, :, c]) for c in channels])
    return Moments(draws.mean(axis=(0, 1)), sd_c, sd_c / np.sqrt(ess_c), rhat_c)


def compared(side: Side) -> dict[str, Moments]:
    """Of every parameter, of those in `LOGS` of its log."""
    return {name: moments(np.log(x) if name in LOGS else x) for name, x in side.draws.items()}


def in_errors(a: Moments, b: Moments) -> Float[np.ndarray, " channel"]:
    """Difference of the means over the Monte Carlo error of that difference."""
    return np.asarray((a.mean_c - b.mean_c) / np.hypot(a.error_c, b.error_c))


def in_deviations(a: Moments, b: Moments) -> Float[np.ndarray, " channel"]:
    """Difference of the means over the posterior standard deviation (root mean square of both)."""
    return np.asarray((a.mean_c - b.mean_c) / np.sqrt((a.sd_c**2 + b.sd_c**2) / 2.0))


def bound(numbers: int) -> float:
    """The largest of so many independent differences in Monte Carlo errors is below it, but for `LEVEL`."""
    return NormalDist().inv_cdf(1.0 - LEVEL / (2.0 * numbers))


def worst_ess_per_cpu(side: Side) -> float:
    """Smallest bulk ESS of the channels' shares per CPU second of the fit."""
    share = side.draws["share"]
    return min(ess_bulk(share[:, :, c]) for c in range(share.shape[2])) / side.seconds["fit_cpu_s"]
