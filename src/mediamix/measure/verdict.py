"""One word on whether the numbers can be trusted, its reasons, and what to do next.

The verdict follows from findings alone, wherever they come from: one of severity ``error`` means
``failed``, one that is a ``warning`` means ``caution``, what is ``info`` means nothing. Whoever wants to
be heard adds findings (`Summary.findings`); command line, `summary.json`, report and plans all say what
is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from mediamix.core.errors import VerdictError
from mediamix.core.types import Finding

Level = Literal["ok", "caution", "failed"]
#: Where a finding is when its message says all: the place isn't repeated.
_SAID = ("sampler", "quick mode")


@dataclass(frozen=True)
class Verdict:
    """Whether to act on the numbers.

    Args:
        level: ``ok``, ``caution`` or ``failed``.
        sentence: For the marketing lead.
        reasons: What is behind it, a sentence each.
        next_steps: What to do.
    """

    level: Level
    sentence: str
    reasons: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether nothing should be decided with the numbers."""
        return self.level == "failed"

    def __str__(self) -> str:
        return f"{self.level}: {self.sentence}"

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        raw = asdict(self)
        return {**raw, "reasons": list(self.reasons), "next_steps": list(self.next_steps)}

    @staticmethod
    def from_dict(raw: Mapping[str, Any]) -> Verdict:
        """What `to_dict` wrote.

        Raises:
            KeyError: A key is missing, or the level is none.
        """
        if raw["level"] not in get_args(Level):
            raise KeyError("level")
        lists = {name: tuple(map(str, raw.get(name, ()))) for name in ("reasons", "next_steps")}
        return Verdict(raw["level"], str(raw["sentence"]), **lists)


def judge(findings: Iterable[Finding], *, held_out: bool = False, pareto_k: float | None = None) -> Verdict:
    """The verdict of all findings about a fit.

    Args:
        findings: Of data, sampling, scores, plausibility and trust, in the order in which they are
            told; errors come first.
        held_out: Whether periods were held out: only then is their forecast spoken of.
        pareto_k: Of a quick fit's weights; None: sampled.
    """
    told = [finding for finding in findings if finding.severity != "info"]
    told.sort(key=lambda finding: finding.severity != "error")
    failed = any(finding.severity == "error" for finding in told)
    steps = (sentence(finding.advice) for finding in told)
    return Verdict(
        level="failed" if failed else "caution" if told else "ok",
        sentence=_sentence(failed, len(told), held_out) + _quick_words(pareto_k),
        reasons=tuple(map(reason, told)),
        next_steps=tuple(dict.fromkeys(step for step in steps if step)),
    )


def refuse_failed(verdict: Verdict, what: str, *, anyway: bool) -> None:
    """VerdictError where something is asked of a fit whose verdict is ``failed``, unless `anyway`."""
    if verdict.failed and not anyway:
        steps = verdict.next_steps or ("look at the report's trust sections",)
        raise VerdictError(
            f"no {what} from this fit: its verdict is failed. {verdict.sentence}",
            details=verdict.reasons,
            expected="a fit that passes its checks, so that its verdict is ok or caution",
            next_step=f"{steps[0]} To go on all the same add --anyway (in Python anyway=True): what is "
            "written then carries the verdict.",
        )


def reason(finding: Finding) -> str:
    """``tv: Two gaps.``: the place and what was seen, the place once."""
    known = finding.where in _SAID or finding.where.lower() in finding.message.lower()
    return ("" if known else f"{finding.where}: ") + sentence(finding.message)


def sentence(text: str) -> str:
    """First letter large, a full stop at the end."""
    start = text[:1].upper() + text[1:]
    return start if not start or start[-1] in ".!?" else start + "."


def _sentence(failed: bool, points: int, held_out: bool) -> str:
    if failed:
        return "These numbers can't be trusted yet. Don't move money on them."
    if points:
        return f"Usable with care: {points} {'point' if points == 1 else 'points'} to know before acting."
    if not held_out:
        return "The checks of data and sampling found nothing to object to. No periods were held out."
    return "The checks of data, sampling and held-out forecast found nothing to object to."


def _quick_words(pareto_k: float | None) -> str:
    if pareto_k is None:
        return ""
    return f" This is a quick fit (Pareto k-hat {pareto_k:.2f}): sample before money moves."
