"""Where a plan's numbers come from: fit, window and verdict travel with them, whoever reads them later."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from mediamix.core.errors import FolderError
from mediamix.core.stretch import Stretch
from mediamix.core.types import Window
from mediamix.measure.verdict import Verdict

if TYPE_CHECKING:
    from mediamix.models.base import Fit

#: Of a plan file; another one is refused.
FORMAT = 2


@dataclass(frozen=True)
class FitId:
    """Which fit it was.

    Args:
        data: Hash of its data.
        spec: Hash of its spec.
        seed: Of its sampler.
        method: ``nuts``, ``quick``, or how draws came about without a sampler.
    """

    data: str
    spec: str
    seed: int
    method: str

    @staticmethod
    def of(fit: Fit) -> FitId:
        """A fit's."""
        run = fit.run
        return FitId(run.data_hash, run.spec_hash, run.seed, run.how)

    def __str__(self) -> str:
        return f"data {self.data}, spec {self.spec}, seed {self.seed}, {self.method}"


@dataclass(frozen=True)
class Origin:
    """What a plan rests on.

    Args:
        fit: Which fit.
        verdict: Whether that can be trusted.
        window: Periods that amounts are over.
    """

    fit: FitId
    verdict: Verdict
    window: Stretch

    @staticmethod
    def of(fit: Fit, window: Window | None = None) -> Origin:
        """Of a fit and a window of its data; absent: all of them."""
        # Curves of anybody's are planned without the packages of the model.
        from mediamix.measure.summary import verdict_of

        return Origin(FitId.of(fit), verdict_of(fit), fit.dataset.stretch(window))

    @staticmethod
    def from_dict(raw: Mapping[str, Any]) -> Origin | None:
        """From a plan's JSON; None: it was made of other curves.

        Raises:
            KeyError: A part is missing.
        """
        if raw["fit"] is None:
            return None
        return Origin(FitId(**raw["fit"]), Verdict.from_dict(raw["verdict"]), Stretch(**raw["window"]))


def origin_dict(origin: Origin | None) -> dict[str, Any]:
    """``fit``, ``window``, ``verdict`` for a plan's JSON; null where the curves were anybody's."""
    if origin is None:
        return {"fit": None, "window": None, "verdict": None}
    return {
        "fit": asdict(origin.fit),
        "window": asdict(origin.window),
        "verdict": origin.verdict.to_dict(),
    }


def during(origin: Origin | None) -> str:
    """`` over 156 weeks (2022-01-03 to 2024-12-29)``; nothing where that isn't known."""
    return "" if origin is None else f" over {origin.window}"


def length(origin: Origin | None) -> str:
    """`` over 156 weeks``; nothing where that isn't known."""
    return "" if origin is None else f" over {origin.window.length}"


def signed(raw: dict[str, Any]) -> dict[str, Any]:
    """A plan's JSON with who wrote it and a digest of its content, by which a later edit is seen."""
    whole = {**raw, "made_by": {"mediamix": version("mediamix"), "format": FORMAT}}
    return {**whole, "digest": digest(whole), "signed": list(whole)}


def refuse_unsigned(raw: Mapping[str, Any], what: str) -> None:
    """FolderError for a plan's JSON of another version, or whose signed content isn't as it was written.

    Raises:
        FolderError: Which of the two.
    """
    again = "run `mediamix optimize FIT --out plan.json` again"
    own = {"mediamix": version("mediamix"), "format": FORMAT}
    by = raw.get("made_by")
    if by != own:
        got = by if isinstance(by, Mapping) else {}
        raise FolderError(
            f"{what} was written by another version of mediamix",
            expected=f"mediamix {own['mediamix']}, format {FORMAT}",
            got=f"mediamix {got.get('mediamix', 'before plans said so')}, format {got.get('format', 'none')}",
            next_step=again,
        )
    names = raw.get("signed")
    kept = {name: raw.get(name) for name in names} if isinstance(names, list) else {}
    if raw.get("digest") != digest(kept):
        raise FolderError(
            f"{what} was changed since mediamix wrote it",
            expected="the content that its digest stands for",
            got=f"digest {raw.get('digest')}, the content has {digest(kept)}",
            next_step=f"{again}; limits belong into --bounds or --problem, not into the answer",
        )


def digest(raw: Mapping[str, Any]) -> str:
    """SHA-256 of JSON whose keys are ordered, the first 16 hexadecimal digits."""
    text = json.dumps(_plain(raw), sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    """As JSON gives it back: no infinity, no tuples, integers that are amounts as floats."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
