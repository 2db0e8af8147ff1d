"""The page: times, both with the same priors, each with its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from peers.page import table

from mediamix.core.presets import presets
from mediamix.core.provenance import host, versions
from presets.compare import (
    LOGS,
    Moments,
    Side,
    bound,
    compared,
    in_deviations,
    in_errors,
    moments,
    worst_ess_per_cpu,
)
from presets.market import MODELS, Market

#: What is asked of the medians of whole processes.
TIMES = 20.0
CLOCKS = (
    ("whole process, s", "process_s"),
    ("whole process, CPU seconds", "cpu_s"),
    ("fit (compile and sample), s", "fit_s"),
    ("fit, CPU seconds", "fit_cpu_s"),
    ("sampling alone, s", "sample_s"),
)
#: Of what both do alike.
ALIKE = (
    ("alike: whole process, s", "process_s"),
    ("alike: fit, s", "fit_s"),
    ("alike: fit, CPU seconds", "fit_cpu_s"),
)
#: Of the default alone: what it does beyond the first run.
MORE = (("of the fit: sampled again, s", "again_s"), ("of the fit: trust checks, s", "checks_s"))


@dataclass(frozen=True)
class Results:
    """All fits.

    Args:
        market: That both fitted.
        sides: (``ours`` or ``theirs``, model, ``own`` or ``same``) → one per repeat.
    """

    market: Market
    sides: Mapping[tuple[str, str, str], Sequence[Side]]

    def first(self, whose: str, model: str, setting: str) -> Side:
        """The fit whose draws are compared."""
        return self.sides[whose, model, setting][0]


def ratio(theirs: Sequence[Side], ours: Sequence[Side], clock: str) -> float:
    """Ratio of the medians of a clock: so many times as fast are we."""
    their, our = (float(np.median([side.seconds[clock] for side in sides])) for sides in (theirs, ours))
    return their / our


def times(results: Results, setting: str) -> str:
    """Medians and their ratio, per model and clock."""
    rows = []
    for model in MODELS:
        both = [results.sides[whose, model, setting] for whose in ("ours", "theirs")]
        for words, clock in CLOCKS:
            cells = [_seconds([side.seconds[clock] for side in sides]) for sides in both]
            rows.append([model, words, *cells, f"{ratio(both[1], both[0], clock):,.1f}"])
        for words, clock in MORE:
            more = [side.seconds[clock] for side in both[0]]
            if max(more) > 0:
                rows.append([model, words, _seconds(more), "", ""])
        alike = results.sides["alike", model, setting]
        for words, clock in ALIKE:
            cells = [_seconds([side.seconds[clock] for side in sides]) for sides in (alike, both[1])]
            rows.append([model, words, *cells, f"{ratio(both[1], alike, clock):,.1f}"])
        ours, theirs = (np.median([worst_ess_per_cpu(side) for side in sides]) for sides in both)
        speeds = [f"{ours:,.1f}", f"{theirs:,.1f}", f"{ours / theirs:,.0f}"]
        rows.append([model, "smallest ESS of a share per CPU second of the fit", *speeds])
    return table(["model", "", "mediamix", "LightweightMMM", "ratio"], rows)


def _seconds(values: Sequence[float]) -> str:
    spread = f" ({min(values):.1f} to {max(values):.1f})" if len(values) > 1 else ""
    return f"{np.median(values):.2f}{spread}"


def fast_enough(results: Results) -> str:
    """What the ratios say about the claim."""
    words = []
    for model in MODELS:
        theirs, ours = (results.sides[whose, model, "own"] for whose in ("theirs", "ours"))
        clocks = {
            "whole process": "process_s",
            "whole process, CPU": "cpu_s",
            "fit": "fit_s",
            "fit, CPU": "fit_cpu_s",
        }
        found = {word: ratio(theirs, ours, clock) for word, clock in clocks.items()}
        alike = results.sides["alike", model, "own"]
        found |= {words: ratio(theirs, alike, clock) for words, clock in ALIKE}
        per_cpu = [np.median([worst_ess_per_cpu(side) for side in sides]) for sides in (ours, theirs)]
        found["effective draws per CPU second of the fit"] = float(per_cpu[0] / per_cpu[1])
        said = [f"{word} {x:,.1f} times ({'met' if x >= TIMES else 'missed'})" for word, x in found.items()]
        words.append(f"{model}: {', '.join(said)}")
    return f"Wanted: at least {TIMES:.0f} times. " + "; ".join(words) + "."


def beside(results: Results, model: str, setting: str, parameter: str) -> str:
    """A parameter per channel: both means, and how far they are apart."""
    ours, theirs = (
        moments(results.first(whose, model, setting).draws[parameter]) for whose in ("ours", "theirs")
    )
    apart, far = in_errors(ours, theirs), in_deviations(ours, theirs)
    head = [
        "channel",
        "mediamix",
        "LightweightMMM",
        "difference, posterior sd",
        "difference, Monte Carlo errors",
    ]
    rows = []
    for c, name in enumerate(results.market.channels):
        row = [name, _of(ours, c), _of(theirs, c), f"{far[c]:+.2f}", f"{apart[c]:+.1f}"]
        rows.append([row[0], f"{results.market.truth_c[c]:.3f}", *row[1:]] if parameter == "share" else row)
    if parameter == "share":
        head.insert(1, "truth")
    return table(head, rows)


def _of(found: Moments, c: int) -> str:
    return f"{found.mean_c[c]:.3f} ± {found.sd_c[c]:.3f} (error {found.error_c[c]:.4f})"


def verdict(results: Results, model: str) -> str:
    """Whether both sample the same distribution, over all parameters of all channels."""
    sides = [results.first(whose, model, "same") for whose in ("ours", "theirs")]
    ours, theirs = (compared(side) for side in sides)
    numbers = {name: np.abs(in_errors(ours[name], theirs[name])) for name in theirs}
    far = {name: np.abs(in_deviations(ours[name], theirs[name])) for name in theirs}
    count, worst = sum(x.size for x in numbers.values()), max(numbers, key=lambda name: numbers[name].max())
    largest, limit = float(numbers[worst].max()), bound(count)
    share = bound(numbers["share"].size)
    rhats = [max(float(m.rhat_c.max()) for m in one.values()) for one in (ours, theirs)]
    agree = "within" if numbers["share"].max() <= share else "**not** within"
    everything = "within" if largest <= limit else "**not** within"
    named = ", ".join(f"log {name}" if name in LOGS else name for name in numbers)
    text = (
        f"Shares: the largest difference is {numbers['share'].max():.1f} Monte Carlo errors "
        f"({far['share'].max():.2f} posterior deviations): {agree} the {share:.1f} that one of a hundred "
        f"comparisons of {numbers['share'].size} exceeds. All {count} numbers ({named}): "
        f"{largest:.1f} ({worst}), {everything} {limit:.1f}. R-hat at most {rhats[0]:.3f} (mediamix) and "
        f"{rhats[1]:.3f} (LightweightMMM); divergences {sides[0].divergences:,} and {sides[1].divergences:,}."
    )
    return text + unmixed([*ours.values(), *theirs.values()])


def unmixed(found: Sequence[Moments]) -> str:
    """What is to be said of chains that have not found the same distribution; empty where all have."""
    if all(one.mixed for one in found):
        return ""
    return " Chains with an R-hat above 1.05 have no Monte Carlo error to speak of."


def own(results: Results, model: str) -> str:
    """How far the preset is from the model that it stands for."""
    sides = [results.first(whose, model, "own") for whose in ("ours", "theirs")]
    ours, theirs = (moments(side.draws["share"]) for side in sides)
    far = np.abs(in_deviations(ours, theirs))
    outcome = np.abs(ours.mean_c - theirs.mean_c)
    error = [float(np.abs(m.mean_c / results.market.truth_c - 1.0).mean()) for m in (ours, theirs)]
    total = [float(side.draws["share"].sum(axis=2).mean()) for side in sides]
    return (
        f"Shares differ by up to {far.max():.2f} posterior deviations ({100 * outcome.max():.1f} points of "
        f"the outcome). All media: {total[0]:.1%} (mediamix), {total[1]:.1%} (LightweightMMM), "
        f"{results.market.truth_c.sum():.1%} in truth; mean error of a channel {error[0]:.0%} and "
        f"{error[1]:.0%}. R-hat of shares at most {ours.rhat_c.max():.3f} and {theirs.rhat_c.max():.3f}; "
        f"divergences {sides[0].divergences:,} and {sides[1].divergences:,}." + unmixed([ours, theirs])
    )


def runs(results: Results) -> str:
    """How many there are of each."""
    own = [
        (model, *(len(results.sides[whose, model, "own"]) for whose in ("ours", "theirs")))
        for model in MODELS
    ]
    return ", ".join(f"{model} {ours} here and {theirs} there" for model, ours, theirs in own)


def markdown(results: Results, seed: int, kept: bool = False) -> str:
    """The page."""
    machine, repeats = host(), len(results.sides["theirs", MODELS[0], "own"])
    parts = [
        "# LightweightMMM's models and our presets",
        f"Made by `uv run python benchmarks/presets/run.py --repeats {repeats}` on "
        f"{date.today().isoformat()}: mediamix {versions()['mediamix']} against lightweight_mmm 0.1.9 in an "
        "environment of its own; "
        f"{machine['cores']} cores, {machine['system']} {machine['machine']}." + (KEPT if kept else ""),
        READING.format(
            seed=seed, weeks=results.market.dataset.n_periods, channels=len(results.market.channels)
        ),
        "## Both with the same priors",
        SAME,
    ]
    for model in MODELS:
        parts += [
            f"### {model}: the same priors",
            beside(results, model, "same", "share"),
            verdict(results, model),
        ]
    parts += ["## Each with its own priors", OWN]
    for model in MODELS:
        differs = presets()[f"lightweight_mmm/{model}"].differs
        parts += [
            f"### {model}: the preset",
            "Share of the outcome:",
            beside(results, model, "own", "share"),
            own(results, model),
            "Retention:",
            beside(results, model, "own", "retention"),
            "What differs:\n\n" + "\n".join(f"- {one}" for one in differs if not one.startswith("Geos")),
        ]
    parts += ["## Times", TIMED.format(runs=runs(results)), times(results, "own"), fast_enough(results)]
    return "\n\n".join(parts) + "\n"


#: Of a page whose results weren't all made by the call that wrote it.
KEPT = " Results of earlier calls were kept (`--keep`); some fits ran beside others, not by turns."
READING = """\
`Scenario.weekly({seed})` without controls and events: {weeks} weeks × {channels} channels, geometric
carry-over, Hill curves, a trend that bends a little, a season. Both read one table with a millionth of a
channel's mean spend for nothing, so that all weeks count as active in both. LightweightMMM: 2 chains ×
(1,000 + 1,000), as it does by default, two seasonal pairs, no weekdays, no extra features, outcome and
spend divided by their means, a channel's share of spend as its `media_prior`. mediamix: 4 chains × (400 +
1,000), its default. Values are posterior mean ± standard deviation, in brackets the Monte Carlo error of
the mean (sd / √ESS). Differences are mediamix minus LightweightMMM, in combined Monte Carlo errors and in
posterior standard deviations. *Retention* is the weight that is left after a period; of carryover the α
of α^((lag − delay)²)."""

SAME = """\
Carry-over, saturation, likelihood and season are the same functions in both, so with the same priors both
sample the same distribution. Here LightweightMMM has our priors: those it can be told by `custom_priors`
(carry-over, saturation, σ, intercept, season, a trend with κ = 1, a year of 52.18 weeks), and two as a
factor on its model, since its effects are always half-normal and its intercept is that of the first week:
log-normal shares of the outcome, and our level in the middle of the window. Ours is the preset with
`each_channel: {prior: {share: {median: 0.06, p95: 0.2, family: lognormal}}}` and no belief about all
media together. Whatever is apart here by more than Monte Carlo error is a difference of code. An ESS
doesn't know what chains that diverged have missed, so divergences stand beside it."""

OWN = """\
The preset and LightweightMMM as it is. Their posteriors aren't the same, and we don't say so: the
sections name what differs. As far as both agree above, where the priors are the same, these differences
are of the priors, the trend and the length of its year (52 weeks; here 52.18)."""

TIMED = """\
Each with its own priors; runs of each model: {runs}; medians (least to most). *Whole process*: start,
imports, reading, compiling, sampling, contributions. *Fit* of LightweightMMM has its compilation in it,
which every process pays; ours is compiled once per installation, before, and has in it what was sampled
again because it hadn't ended well, which *sampling alone* (of the draws that were kept) hasn't. Our fits
keep twice as many draws. Our default does what LightweightMMM leaves to its user: it samples again what
ended unwell, and tries other trends, seasons and carry-over for its verdict. *Alike* is ours with one run
of the sampler and no more, as there (`sampler: {{heal: false}}`, `checks=False`)."""
