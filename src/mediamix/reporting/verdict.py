"""One word on whether the numbers can be trusted, its reasons, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mediamix.reporting.material import Material


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


def sentence(text: str) -> str:
    """First letter large, a full stop at the end."""
    start = text[:1].upper() + text[1:]
    return start if not start or start[-1] in ".!?" else start + "."
