"""What is said of a sampler's draws, and of a quick fit's weights: a finding each, with its next step."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool

from mediamix.core.types import Finding, Severity
from mediamix.inference.diagnostics import DIVERGENCES_FAILED, ESS_FAILED, ESS_OK, RHAT_FAILED, RHAT_OK
from mediamix.inference.laplace import NEXT_STEP, Importance
from mediamix.inference.record import Healing
from mediamix.inference.stuck import Rescue
from mediamix.models.base import Fit

EBFMI_OK = 0.3
#: Divergences are one chain's matter when it holds this share of them, and of how many. Were all four
#: chains alike, five of five in one would be seen in 0.4 % of fits.
ONE_CHAIN_SHARE, ONE_CHAIN_LEAST = 0.9, 5
PARETO_K_OK, PARETO_K_FAILED = 0.5, 0.7


def sampled_again(healing: Healing) -> Finding:
    """What was done about a fit that didn't end well; what remains is said by the other findings."""
    return Finding(
        "healing",
        "info",
        "sampler",
        healing.message,
        "the numbers are those of the better run" if healing.attempts else "the numbers are those of one run",
        healing.next_step,
    )


def thinned(fit: Fit) -> Finding:
    """Draws that were left out because all would not have fitted into memory."""
    return Finding(
        "thinned",
        "info",
        "sampler",
        f"one of every {fit.run.thinned} draws was kept ({fit.n_draws:,} in all): not all fit into memory",
        "intervals carry a little more Monte Carlo error",
        "fit on a machine with more memory to keep all",
    )


#: Every draw of every chain is the same point.
NOTHING_MOVED = Finding(
    "rhat",
    "error",
    "sampler",
    "no chain has moved",
    "there is one draw, not a distribution",
    "raise sampler.tune, or change sampler.seed",
)


def stuck(one: Rescue) -> Finding:
    """What happened to a stuck chain.

    A sunken chain that was replaced is no more than told, if two good ones had found the same without
    it: its place has no mass. A frozen one says that the sampler has trouble here.
    """
    told = one.kind == "sunken" and one.good >= 2
    severity: Severity = "error" if not one.rescued else "info" if told else "warning"
    return Finding(
        "stuck_chain",
        severity,
        f"chain {one.chain + 1}",
        one.message,
        "its draws were not of the posterior" if one.rescued else "its draws are in the numbers",
        "nothing to do if the chains agree now; sampler.seed changed should give the same answer"
        if one.rescued
        else "raise sampler.tune and change sampler.seed; if it stays, tighten the priors of the channels",
    )


def of_weights(quick: Importance) -> list[Finding]:
    """What k-hat, the effective draws and the number of peaks of a quick fit say."""
    found = []
    if not quick.pareto_k <= PARETO_K_OK:
        bad = not quick.pareto_k <= PARETO_K_FAILED
        limit = PARETO_K_FAILED if bad else PARETO_K_OK
        found.append(
            Finding(
                "pareto_k",
                "error" if bad else "warning",
                "quick mode",
                f"Pareto k-hat of the quick approximation is {quick.pareto_k:.2f} (above {limit})",
                "the approximation misses part of the posterior" if bad else "rare draws carry much weight",
                NEXT_STEP,
            )
        )
    if not quick.ess >= ESS_OK:
        found.append(
            Finding(
                "ess",
                "error" if not quick.ess >= ESS_FAILED else "warning",
                "quick mode",
                f"the quick draws are worth {quick.ess:,.0f} independent ones (wanted: {ESS_OK:,.0f})",
                "intervals carry visible Monte Carlo error",
                NEXT_STEP,
            )
        )
    if quick.peaks > 1:
        found.append(
            Finding(
                "peaks",
                "warning",
                "quick mode",
                f"the posterior has {quick.peaks} peaks of similar height, and a quick fit sees one",
                "what the data also allow may be missing from the intervals",
                NEXT_STEP,
            )
        )
    return found


def of_chains(table: dict[str, tuple[float, float, float]]) -> list[Finding]:
    """What the worst R-hat and the fewest effective draws say."""
    found = []
    rhat_worst = max(table, key=lambda name: table[name][0])
    worst = table[rhat_worst][0]
    if not worst <= RHAT_OK:
        found.append(
            Finding(
                "rhat",
                "error" if not worst <= RHAT_FAILED else "warning",
                rhat_worst,
                f"R-hat of {rhat_worst} is {worst:.4f} (wanted: at most {RHAT_OK})",
                "the chains have not found the same distribution",
                "raise sampler.tune and sampler.draws; if it stays, tighten the prior of this channel",
            )
        )
    ess_worst = min(table, key=lambda name: min(table[name][1:]))
    smallest = min(table[ess_worst][1:])
    if not smallest >= ESS_OK:
        found.append(
            Finding(
                "ess",
                "error" if not smallest >= ESS_FAILED else "warning",
                ess_worst,
                f"only {smallest:,.0f} effective draws (wanted: at least {ESS_OK:,.0f})",
                "intervals carry visible Monte Carlo error",
                "raise sampler.draws",
            )
        )
    return found


def of_sampler(diverging: Bool[np.ndarray, "chain draw"], energy: float) -> list[Finding]:
    """What divergences and the energy fraction say."""
    found = []
    count = int(diverging.sum())
    if count:
        found.append(
            Finding(
                "divergences",
                "error" if count > DIVERGENCES_FAILED * diverging.size else "warning",
                "sampler",
                f"{count} of {diverging.size:,} draws diverged{_in_one_chain(diverging)}",
                "the sampler could not follow the posterior's shape there: draws may be biased",
                "raise sampler.tune; check collinear or nearly empty channels, tighten their priors",
            )
        )
    if energy < EBFMI_OK:
        found.append(
            Finding(
                "energy",
                "warning",
                "sampler",
                f"the energy fraction (E-BFMI) is {energy:.2f} (wanted: at least {EBFMI_OK})",
                "heavy tails are explored slowly",
                "tighten priors, or raise sampler.draws",
            )
        )
    return found


def _in_one_chain(diverging: Bool[np.ndarray, "chain draw"]) -> str:
    """The chain that holds nearly all divergences, in words; empty where none does."""
    per_chain = diverging.sum(axis=1)
    worst, count = int(per_chain.argmax()), int(per_chain.sum())
    alike = len(per_chain) < 2 or count < ONE_CHAIN_LEAST or per_chain[worst] < ONE_CHAIN_SHARE * count
    if alike:
        return ""
    part = "all" if per_chain[worst] == count else f"{per_chain[worst]:,}"
    return f", {part} of them in chain {worst + 1}"
