"""What is run: every peer on every case, once with its own defaults and once with priors near ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

OURS = "ours"
TITLES = {
    OURS: "mediamix",
    "meridian": "Meridian",
    "pymc_marketing": "PyMC-Marketing",
    "lightweight_mmm": "LightweightMMM",
    "robyn": "Robyn",
}
SCRIPTS = {OURS: "fit_mediamix.py", **{peer: f"fit_{peer}.py" for peer in TITLES if peer != OURS}}
SETTINGS = ("defaults", "matched")

#: Chains, tuning and kept draws. Where full lengths would take a peer most of an hour they are cut.
LENGTHS: dict[tuple[str, str], tuple[int, int, int]] = {
    (OURS, "weekly"): (4, 400, 1000),
    (OURS, "daily"): (4, 400, 1000),
    (OURS, "geo"): (4, 400, 1000),
    ("meridian", "weekly"): (4, 1000, 1000),
    ("meridian", "daily"): (4, 500, 500),
    ("meridian", "geo"): (4, 120, 80),
    ("pymc_marketing", "weekly"): (4, 1000, 1000),
    ("pymc_marketing", "daily"): (4, 300, 300),
    ("pymc_marketing", "geo"): (2, 150, 100),
    ("lightweight_mmm", "weekly"): (4, 1000, 1000),
    ("lightweight_mmm", "daily"): (4, 200, 200),
    ("lightweight_mmm", "geo"): (2, 100, 100),
    # Trials and iterations; its own default is 5 × 2,000.
    ("robyn", "weekly"): (3, 0, 2000),
    ("robyn", "daily"): (1, 0, 1000),
}
#: Meridian's knots of the baseline: about one a month to a quarter; for geos its own, one a week.
KNOTS: dict[tuple[str, str], int | None] = {
    ("weekly", "defaults"): 16,
    ("daily", "defaults"): 36,
    ("geo", "defaults"): None,
    ("weekly", "matched"): 1,
    ("daily", "matched"): 1,
    ("geo", "matched"): 1,
}

#: (peer, setting) → what the setting is, in words; of matched ones also what could not be matched.
WORDS: dict[tuple[str, str], str] = {
    (OURS, "defaults"): (
        "The default spec: geometric adstock without a cut-off, Hill, ROI log-normal (median 1.2, 95 % point "
        "5), knots every half year, two Fourier pairs, weekdays for daily data, events, controls."
    ),
    (OURS, "matched"): "The same with the carry-over cut off where the peers cut it.",
    ("meridian", "defaults"): (
        "JAX in float64, its own priors; knots: 16 (weekly), 36 (daily), one a week (geo, its default). "
        "Controls, events and weekdays as control columns; for geos only columns that differ between geos, "
        "since its knots stand for the rest."
    ),
    ("meridian", "matched"): (
        "Our baseline's columns as controls with our priors' scales, one knot as intercept, our priors of "
        "ROI, retention (a Beta with the moments of ours), half effect, slope and noise; a millionth of the "
        "mean where nothing is spent (its Hill curve has no gradient at zero with a free slope). For geos "
        "our priors of how effects and controls differ. Not matched: carry-over is cut off; for geos effects "
        "differ log-normally, and the spread of intercepts is fixed at our prior's median."
    ),
    ("pymc_marketing", "defaults"): (
        "nutpie, geometric adstock and logistic saturation with the priors of its introductory example "
        "(control columns standardised, prior sd 0.5), two yearly Fourier pairs, a linear trend; for geos "
        "every parameter anew in each geo, as it does by default."
    ),
    ("pymc_marketing", "matched"): (
        "nutpie, Hill; our baseline's columns as controls with our priors' scales, our priors of retention "
        "(Beta by moments), half effect, slope and noise; a millionth of the mean where nothing is spent, as "
        "for Meridian. Not matched: no prior on ROI, so β gets a "
        "log-normal with the median that our ROI prior implies at the prior medians of the curve; carry-over "
        "is cut off; for geos spend and outcome per head, β log-normal around its channel (spread "
        "and its prior as ours), intercepts likewise, controls the same in all geos."
    ),
    ("lightweight_mmm", "defaults"): (
        "hill_adstock with its own priors, two seasonal pairs, its power trend, controls and events as extra "
        "features, weekdays for daily data. Its carry-over has no cut-off, as ours."
    ),
    ("lightweight_mmm", "matched"): (
        "hill_adstock with our priors of retention (Beta by moments), half effect, slope, noise, controls, "
        "events and weekdays; a millionth of the mean where nothing is spent, as for Meridian. Not matched: "
        "β is half-normal (its scale set so that the median is what our ROI prior implies), the trend is its "
        "power curve instead of our knots; for geos scaling, controls and seasons are by geo, as it has them."
    ),
    ("robyn", "defaults"): (
        "robynpy: ridge regression, carry-over and saturation found by an evolutionary search within the "
        "ranges of its documentation, Prophet for trend, season and holidays, controls and events as "
        "context. Draws are trials × iterations; the model is the one that its own allocator takes. One "
        "estimate: no interval, no R-hat."
    ),
}
IMPOSSIBLE: dict[tuple[str, str, str], str] = {
    ("robyn", "weekly", "matched"): "has no priors to match",
    ("robyn", "daily", "matched"): "has no priors to match",
    ("robyn", "geo", "defaults"): "has no model of geos",
    ("robyn", "geo", "matched"): "has no priors to match, and no model of geos",
}


@dataclass(frozen=True)
class Attempt:
    """One row to be.

    Args:
        peer: A key of `TITLES`.
        case: Its name.
        setting: ``defaults`` or ``matched``.
        options: What its script is given.
        repeat: Ours is run several times.
        impossible: Why it can't be run at all.
    """

    peer: str
    case: str
    setting: str
    options: dict[str, Any] = field(default_factory=dict)
    repeat: int = 0
    impossible: str | None = None

    @property
    def key(self) -> str:
        """Its folder among the results."""
        return f"{self.case}-{self.peer}-{self.setting}" + (f"-{self.repeat}" if self.repeat else "")

    @property
    def lengths(self) -> str:
        """Chains × (tuning + draws), in words."""
        if not self.options:
            return ""
        chains, tune, draws = (self.options[name] for name in ("chains", "tune", "draws"))
        return f"{chains} × ({tune} + {draws})" if tune else f"{chains} × {draws}"


def attempt_of(peer: str, case: str, setting: str) -> Attempt:
    """The attempt with its options."""
    reason = IMPOSSIBLE.get((peer, case, setting))
    if reason is not None:
        return Attempt(peer, case, setting, impossible=reason)
    chains, tune, draws = LENGTHS[peer, case]
    options: dict[str, Any] = {"setting": setting, "chains": chains, "tune": tune, "draws": draws}
    if peer == OURS:
        options["geo"] = case == "geo"
    if peer == "meridian":
        options["knots"] = KNOTS[case, setting]
    return Attempt(peer, case, setting, options)


def tiny(attempt: Attempt) -> Attempt:
    """The same with next to no draws: does it run?"""
    few = {"chains": 2, "tune": 20, "draws": 20}
    if attempt.peer == OURS:
        few = {"chains": 2, "tune": 50, "draws": 50}
    if attempt.peer == "robyn":
        few = {"chains": 1, "tune": 0, "draws": 200}
    return replace(attempt, options={**attempt.options, **few} if attempt.options else {})


def schedule(cases: Sequence[str], peers: Sequence[str], repeats: int) -> list[Attempt]:
    """All attempts in the order they are run: ours between the peers, and a last time at the end."""
    attempts = []
    for case in cases:
        others = [peer for peer in peers if peer != OURS]
        ours = 0
        for peer in [*others, None]:
            if OURS in peers and (ours < repeats or (peer is None and ours == 0)):
                ours += 1
                attempts.append(replace(attempt_of(OURS, case, "defaults"), repeat=ours))
            if peer is None and OURS in peers:
                attempts.append(attempt_of(OURS, case, "matched"))
            if peer is not None:
                attempts += [attempt_of(peer, case, setting) for setting in SETTINGS]
    return attempts
