"""The card of a `Fit`: what each channel brought, how sure that is, and whether it can be trusted."""

from __future__ import annotations

from mediamix.core.card import Card
from mediamix.measure.convergence import WORDS
from mediamix.measure.summary import summary_of
from mediamix.models.base import Fit
from mediamix.models.baseline_words import choice_words
from mediamix.showing.dataset import periods
from mediamix.showing.summary import measured_card

#: Draws × cells of data above which measuring takes longer than one waits for an answer in a notebook.
MOST = 2e8


def card(fit: Fit) -> Card:
    """Data, draws, verdict; a row per channel. What was measured for it is kept with the fit."""
    data = fit.dataset
    channels = len(data.channels)
    title = f"Fit: {data.outcome_name} by {channels} {'channel' if channels == 1 else 'channels'}"
    about = (
        ("data", f"{periods(data)}, {_geos(fit)}in {data.currency}, hash {data.hash}"),
        ("model", f"{fit.family}, {_draws(fit)}, seed {fit.run.seed}"),
        *((choice.key, choice_words(choice)) for choice in fit.run.choices),
    )
    if fit.n_draws * fit.dataset.spend_gtc.size > MOST:
        wait = ("verdict", "not measured here, because that takes long on data of this size")
        return Card(title, (*about, wait), next_step="mm.summarise(fit)")
    return measured_card(
        summary_of(fit), title, about, "mm.optimize(fit), or mm.report(fit, plan, 'report.html')"
    )


def _geos(fit: Fit) -> str:
    number = len(fit.dataset.geos)
    return "" if number == 1 else f"{number:,} geos, "


def _draws(fit: Fit) -> str:
    if fit.run.method:
        return f"{fit.n_draws:,} draws ({WORDS.get(fit.run.method, fit.run.method)})"
    chains = fit.posterior.n_chains
    words = f"{chains} × {fit.n_draws // max(chains, 1):,} draws"
    if fit.run.quick is not None:
        return f"{words}, approximated (quick)"
    seconds = fit.run.seconds.get("total_s")
    return words if seconds is None else f"{words} in {seconds:.1f} s"
