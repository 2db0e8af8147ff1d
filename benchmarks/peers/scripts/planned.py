"""What a script that plans is given and what it leaves; it runs in the peer's own environment.

A script is called as those that fit are (see ``contract``). The case's folder also has ``plan.json``:
the bounds as multiples of each channel's spend, and for markets whose curves are given away the
``known`` parameters. It leaves ``planned.json``: the spend of its plan, and its seconds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from contract import Job

#: Draws of curves that are known: all the same, as many as a fit would have.
CHAINS, DRAWS = 4, 250
#: The grid on which a fitted model's own curves are left, between the bounds.
POINTS = 11


@dataclass(frozen=True)
class Asked:
    """What is asked of a planner.

    Args:
        lower_c: Least spend of each channel, as a multiple of today's.
        upper_c: Most spend.
        known: ``retention``, ``half_effect`` (money per period), ``slope``, ``height`` (outcome per
            period) of each channel; None where the model has to be fitted.
    """

    lower_c: np.ndarray
    upper_c: np.ndarray
    known: dict[str, np.ndarray] | None


@dataclass(frozen=True)
class Planned:
    """A plan.

    Args:
        spend_c: Money per channel.
        expects: Media contribution that the planner says it brings, on average.
        note: What the planner said.
        first_s: Seconds of the first call.
        again_s: Of the second.
    """

    spend_c: np.ndarray
    expects: float
    note: str = ""
    first_s: float = 0.0
    again_s: float = 0.0


def asked_of(job: Job) -> Asked:
    """Read it."""
    import numpy as np

    plan = json.loads((job.case / "plan.json").read_text(encoding="utf-8"))
    known = plan["known"]
    return Asked(
        np.array(plan["lower"]),
        np.array(plan["upper"]),
        None if known is None else {name: np.array(values) for name, values in known.items()},
    )


def timed_twice(solve: Callable[[], Planned]) -> Planned:
    """A plan with the seconds of the first call and of the second: compilation may count once."""
    began = time.perf_counter()
    solve()
    again = time.perf_counter()
    found = solve()
    return replace(found, first_s=again - began, again_s=time.perf_counter() - again)


def write_plan(job: Job, plan: Planned) -> None:
    """Leave the plan."""
    job.out.mkdir(parents=True, exist_ok=True)
    left = {**asdict(plan), "spend_c": [float(x) for x in plan.spend_c], "model_s": job.seconds["model_s"]}
    (job.out / "planned.json").write_text(json.dumps(left, indent=2) + "\n", encoding="utf-8")


def write_curves(job: Job, multiple_k: np.ndarray, contribution_dck: np.ndarray) -> None:
    """Leave the fitted model's own curves: contributions when a channel's spend is multiplied."""
    import numpy as np

    np.savez(job.out / "curves.npz", multiple=multiple_k, contribution=contribution_dck)
