"""Leave-one-out by weights against fits without each single period, on three small sets.

Run it with ``uv run python benchmarks/choosing/loo.py [--kept FOLDER]``; it writes
``benchmarks/choosing/loo.md``. Finished refits are kept in the folder: an interrupted run goes on.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from jaxtyping import Float

from mediamix.core.files import write_text
from mediamix.core.provenance import versions
from mediamix.core.spec import load_spec, parse_spec
from mediamix.data.checking import first_periods
from mediamix.data.read import read_spec
from mediamix.measure.choosing.futures import Candidate
from mediamix.measure.choosing.kept import Kept
from mediamix.measure.choosing.loo import LeaveOneOut, leave_one_out_of, left_out
from mediamix.measure.choosing.parts import before
from mediamix.simulate import Scenario, simulate

RESULT = Path(__file__).with_name("loo.md")
ROOT = Path(__file__).parents[2]
PYMC = ROOT / "../shared/data/pymc_marketing/mmm_example.csv"
#: Short, because each set is fitted once a period; first weeks of each set.
SAMPLER = {"chains": 2, "draws": 400, "tune": 400, "seed": 7, "heal": False}
WEEKS = 60
HEAD = (
    "set",
    "periods",
    "refits by the rule",
    "LOO, nats",
    "exact, nats",
    "difference ± stated error",
    "largest of one period",
    "periods within 2 errors",
)


@dataclass(frozen=True)
class Compared:
    """One set, both ways.

    Args:
        name: Of the set.
        seen: By weights, refitted where the rule says so.
        exact_n: Every period by a fit without it.
        error_n: Monte Carlo errors of these.
    """

    name: str
    seen: LeaveOneOut
    exact_n: Float[np.ndarray, " row"]
    error_n: Float[np.ndarray, " row"]

    @property
    def off_n(self) -> Float[np.ndarray, " row"]:
        """Weights less exact, nats."""
        return np.asarray(self.seen.log_p_n - self.exact_n)

    @property
    def both_n(self) -> Float[np.ndarray, " row"]:
        """Standard error of `off_n`."""
        return np.hypot(self.seen.error_n, self.error_n)

    @property
    def error(self) -> float:
        """Standard error of the difference of both sums."""
        return float(np.hypot(self.seen.error, np.sqrt((self.error_n**2).sum())))

    @property
    def errors(self) -> float:
        """How many stated standard errors both sums are apart."""
        return float(abs(self.off_n.sum()) / self.error)

    def row(self) -> tuple[str, ...]:
        """Of the table."""
        inside = self.exact_n[self.both_n > 0]
        within = np.abs(self.off_n)[self.both_n > 0] <= 2 * self.both_n[self.both_n > 0]
        return (
            self.name,
            str(len(self.exact_n)),
            str(self.seen.refitted),
            f"{self.seen.total:.2f}",
            f"{self.exact_n.sum():.2f}",
            f"{self.off_n.sum():+.2f} ± {self.error:.2f}",
            f"{np.abs(self.off_n).max():.2f}",
            f"{within.mean():.0%} of {len(inside)}",
        )


def sets() -> list[Candidate]:
    """A made-up market, Robyn's sample and PyMC-Marketing's, the first weeks of each."""
    market = simulate(replace(Scenario.weekly(5), periods=WEEKS, channels=2)).dataset
    short = parse_spec({"sampler": SAMPLER})
    robyn = load_spec(ROOT / "examples/robyn_weekly/mediamix.yml")
    robyn_data = before(read_spec(robyn, ROOT / "examples/robyn_weekly"), WEEKS)
    pymc = parse_spec(
        {
            "data": {
                "wide": PYMC.name,
                "date": "date_week",
                "outcome": "y",
                "media": {"x1": {"spend": "x1"}, "x2": {"spend": "x2"}},
            },
            "sampler": SAMPLER,
        }
    )
    pymc_data = first_periods(read_spec(pymc, PYMC.parent), WEEKS)
    robyn = parse_spec({"sampler": SAMPLER, "noise": {"kind": "ar1"}})
    return [
        Candidate("made-up market", market, short),
        Candidate("Robyn's weekly, noise that remembers", robyn_data, robyn),
        Candidate("PyMC-Marketing's example", pymc_data, pymc),
    ]


def compared(one: Candidate, kept: Kept) -> Compared:
    """One set, both ways."""
    seen = leave_one_out_of(one, kept, print)
    exact = [left_out(one, int(row), kept) for row in seen.rows]
    log_p_n, error_n = (np.array(column) for column in zip(*exact, strict=True))
    return Compared(one.name, seen, log_p_n, error_n)


def text_of(found: list[Compared]) -> str:
    """The page."""
    lines = [
        "# Leave-one-out against exact refits",
        "",
        f"The first {WEEKS} weeks of three sets, {SAMPLER['chains']} chains of {SAMPLER['draws']} draws. "
        "*LOO* is what `mediamix compare` says: importance weights, and a fit without the period where k-hat "
        "is above 0.7. *Exact* is a fit without each single period. The stated error is the Monte Carlo "
        "error of both; a period that both refitted is the same number. Made by "
        f"`benchmarks/choosing/loo.py` on {date.today()}, mediamix {versions()['mediamix']}.",
        "",
        "| " + " | ".join(HEAD) + " |",
        "| --- " * len(HEAD) + "|",
        *("| " + " | ".join(one.row()) + " |" for one in found),
        "",
        f"The sums are {', '.join(f'{one.errors:.1f}' for one in found)} stated errors apart.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kept", type=Path, default=None)
    kept = Kept(parser.parse_args().kept)
    text = text_of([compared(one, kept) for one in sets()])
    print(text)
    write_text(RESULT, text)


if __name__ == "__main__":
    main()
