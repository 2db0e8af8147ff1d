"""What a search found, as arrays of trial × iteration that a fit's folder keeps (its `sample_stats`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from mediamix.inference.draws import Draws
from mediamix.models.base import Fit
from mediamix.models.evolve.convergence import Course, course

#: Objective → as people write it.
OBJECTIVES = {"nrmse": "NRMSE", "decomp_rssd": "DECOMP.RSSD", "mape_lift": "MAPE.lift"}
ERRORS = ("nrmse_train", "nrmse_validation", "nrmse_test")
HYPER, CHANNEL = "hyperparameter", "channel"
CHOSEN = "chosen"


@dataclass(frozen=True)
class Found:
    """All candidates of a search, one after the other.

    Args:
        trials: Number of trials, each of as many candidates.
        names: Of the hyperparameters.
        channels: Names.
        values: Of the hyperparameters, in the words of the spec.
        objectives: NRMSE, DECOMP.RSSD and, with experiments, MAPE.lift.
        errors: NRMSE of training, validation and test.
        effect: What each channel brought over the window, outcome units.
        front: Number of its Pareto front; 0: in none that was taken.
        cluster: Its group, 0 is the largest; −1: in none.
        chosen: The recommended model.
        reason: Why it is.
    """

    trials: int
    names: tuple[str, ...]
    channels: tuple[str, ...]
    values: Float[np.ndarray, "candidate hyperparameter"]
    objectives: Float[np.ndarray, "candidate objective"]
    errors: Float[np.ndarray, "candidate 3"]
    effect: Float[np.ndarray, "candidate channel"]
    front: Int[np.ndarray, " candidate"]
    cluster: Int[np.ndarray, " candidate"]
    chosen: int
    reason: str

    @property
    def members(self) -> Int[np.ndarray, " member"]:
        """The models of the chosen one's group: what the draws are drawn from."""
        return np.flatnonzero(self.cluster == self.cluster[self.chosen])

    @property
    def courses(self) -> tuple[Course, ...]:
        """How each objective went, by Robyn's rules."""
        columns = self.objectives.T.reshape(-1, self.trials, len(self.objectives) // self.trials)
        return tuple(course(name, own) for name, own in zip(OBJECTIVES.values(), columns, strict=False))

    def stats(self) -> Draws:
        """As a fit keeps it."""
        shape = (self.trials, len(self.front) // self.trials)

        def laid(flat: np.ndarray) -> np.ndarray:
            return flat.reshape(*shape, *flat.shape[1:])

        arrays = {
            **{name: laid(own) for name, own in zip(OBJECTIVES, self.objectives.T, strict=False)},
            **{name: laid(own) for name, own in zip(ERRORS, self.errors.T, strict=True)},
            HYPER: laid(self.values),
            "effect": laid(self.effect),
            "front": laid(self.front),
            "cluster": laid(self.cluster),
            CHOSEN: laid((np.arange(len(self.front)) == self.chosen).astype(np.int64)),
        }
        dims: dict[str, tuple[str, ...]] = dict.fromkeys(arrays, ())
        dims |= {HYPER: (f"{HYPER}_name",), "effect": (CHANNEL,)}
        coords = {f"{HYPER}_name": self.names, CHANNEL: self.channels}
        return Draws(arrays, dims, coords, {CHOSEN: {"reason": self.reason}})


def found_of(fit: Fit) -> Found | None:
    """The search behind a fit; None where there was none."""
    stats = fit.stats
    if stats is None or CHOSEN not in stats or HYPER not in stats:
        return None
    objectives = np.column_stack([stats.stacked(name) for name in OBJECTIVES if name in stats])
    return Found(
        trials=stats.n_chains,
        names=tuple(str(name) for name in stats.coords[f"{HYPER}_name"]),
        channels=tuple(str(name) for name in stats.coords[CHANNEL]),
        values=stats.stacked(HYPER),
        objectives=objectives,
        errors=np.column_stack([stats.stacked(name) for name in ERRORS]),
        effect=stats.stacked("effect"),
        front=stats.stacked("front").astype(np.int64),
        cluster=stats.stacked("cluster").astype(np.int64),
        chosen=int(stats.stacked(CHOSEN).argmax()),
        reason=str(stats.attrs.get(CHOSEN, {}).get("reason", "")),
    )
