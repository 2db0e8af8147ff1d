"""One word on whether the numbers can be trusted, its reasons, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import Literal

from mediamix.core.numbers import percent
from mediamix.measure.quality import Score
from mediamix.reporting.material import Material

#: A held-out coverage is called wrong when chance alone would be that low this rarely.
SURPRISE = 0.01
#: Below this the model leaves most of the movement unexplained.
R2_LOW = 0.5


@dataclass(frozen=True)
class Verdict:
    """Whether to act on the numbers.

    Args:
        level: ``ok``, ``caution`` or ``failed``.
        sentence: For the marketing lead.
        reasons: What is behind it, a sentence each.
        next_steps: What to do.
    """

    level: Literal["ok", "caution", "failed"]
    sentence: str
    reasons: tuple[str, ...]
    next_steps: tuple[str, ...]


def judge(material: Material) -> Verdict:
    """Sampling, plausibility, held-out forecast and data findings in one verdict."""
    sampling = material.summary.convergence
    reasons, steps = [], []
    failed = sampling.verdict == "failed"
    for finding in sampling.findings:
        if finding.severity == "info":
            continue
        reasons.append(sentence(finding.message))
        steps.append(sentence(finding.advice))
    for finding in (*material.summary.model_findings, *material.findings):
        if finding.severity != "info":
            where = f"{finding.where}: " if finding.where else ""
            reasons.append(where + sentence(finding.message))
            steps.append(sentence(finding.advice))
            failed = failed or finding.severity == "error"
    holdout = material.summary.quality.holdout
    failed = failed or (holdout is not None and forecast_fails(holdout))
    weak = _weaknesses(material)
    reasons += [reason for reason, _ in weak]
    steps += [step for _, step in weak]
    return Verdict(
        level="failed" if failed else "caution" if reasons else "ok",
        sentence=_sentence(failed, len(reasons), material) + _quick_words(material),
        reasons=tuple(reasons),
        next_steps=tuple(dict.fromkeys(step for step in steps if step)),
    )


def _sentence(failed: bool, reasons: int, material: Material) -> str:
    if failed:
        return "These numbers can't be trusted yet. Don't move money on them."
    if reasons:
        return f"Usable with care: {reasons} {'point' if reasons == 1 else 'points'} to know before acting."
    holdout = material.summary.quality.holdout
    if holdout is None:
        return "The checks of data and sampling found nothing to object to. No periods were held out."
    return "The checks of data, sampling and held-out forecast found nothing to object to."


def _quick_words(material: Material) -> str:
    quick = material.fit.run.quick
    if quick is None:
        return ""
    return f" This is a quick fit (Pareto k-hat {quick.pareto_k:.2f}): sample before money moves."


def _weaknesses(material: Material) -> list[tuple[str, str]]:
    found = []
    quality = material.summary.quality
    if quality.trained.r2 < R2_LOW:
        found.append(
            (
                f"The model explains only {percent(max(quality.trained.r2, 0.0))} of the outcome's movement.",
                "Add the controls and events that move the outcome.",
            )
        )
    if quality.holdout is not None and coverage_is_low(quality.holdout):
        worse = ", and their own mean forecasts them better" if forecast_fails(quality.holdout) else ""
        found.append(
            (
                f"Only {percent(quality.holdout.coverage90)} of {quality.holdout.periods} held-out periods "
                f"lie in the 90% band{worse}.",
                "Look at the held-out periods: something happened there that the model doesn't know.",
            )
        )
    return found


def coverage_is_low(score: Score) -> bool:
    """Whether so few hits of a true 90 % band would be a surprise: ``P(X ≤ hits) < 1 %``."""
    hits, n = round(score.coverage90 * score.periods), score.periods
    chance = sum(comb(n, k) * 0.9**k * 0.1 ** (n - k) for k in range(hits + 1))
    return chance < SURPRISE


def forecast_fails(score: Score) -> bool:
    """Whether held-out periods are forecast worse than by their own mean, and with too much certainty.

    Either alone happens to good models: a calm holdout leaves little to explain.
    """
    return score.r2 < 0 and coverage_is_low(score)


def sentence(text: str) -> str:
    """First letter large, a full stop at the end."""
    start = text[:1].upper() + text[1:]
    return start if not start or start[-1] in ".!?" else start + "."
