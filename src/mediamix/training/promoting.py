"""A new run beside the promoted one, and whether it takes its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from mediamix.core.errors import UserError
from mediamix.core.numbers import percent
from mediamix.project.runs import Overtaken, current, promote
from mediamix.training.case import Case, Side
from mediamix.training.record import COMPARE, PROMOTED, SAME, WAITS, Training
from mediamix.training.rule import judged

if TYPE_CHECKING:
    from mediamix.training.context import Context

#: Amounts that differ by less than this part of themselves are the same.
ALIKE = 1e-6
#: How often a run is compared anew because somebody promoted another one meanwhile.
TRIES = 3


def compare(context: Context, training: Training, until: Mapping[str, date]) -> Mapping[str, Any]:
    """Ask all rules about the training's run.

    Raises:
        FolderError: The new run can't be read.
    """
    promoted, run = current(context.project), training.run or ""
    if promoted == run:
        return {"promoted": promoted, "rules": []}
    new = Side.of(context.project, run)
    old, damaged = _promoted(context, promoted)
    rules = [one.to_dict() for one in judged(Case(new, old, until), context.settings.rules)]
    return {"promoted": promoted, "rules": rules, "damaged": damaged, "restated": _restated(new, old)}


def _promoted(context: Context, promoted: str | None) -> tuple[Side | None, str]:
    """The promoted run, and why it can't be read: then a new one is compared with nothing."""
    if promoted is None:
        return None, ""
    side = Side.of(context.project, promoted)
    try:
        _ = side.summary, side.plan, side.fit
    except UserError as error:
        return None, error.what
    return side, ""


def decide(context: Context, training: Training, until: Mapping[str, date]) -> Mapping[str, Any]:
    """Promote the run where all rules hold, or say why it waits.

    Where somebody promoted another run after it was compared, it is compared with that one first.

    Raises:
        FolderError: The folder can't be written.
    """
    told: Mapping[str, Any] = training.told(COMPARE) or {}
    run = training.run or ""
    for _ in range(TRIES):
        reasons = _reasons(context, told)
        if current(context.project) == run:
            # Promoted before this training, or by an attempt that was killed before it could say so.
            earlier = told["promoted"] == run or reasons
            return _decision(SAME if earlier else PROMOTED, told)
        if reasons:
            return _decision(WAITS, told, reasons)
        try:
            promote(context.project, run, instead_of=told["promoted"])
        except Overtaken:
            told = compare(context, training, until)
            continue
        return _decision(PROMOTED, told)
    return _decision(
        WAITS, told, [{"rule": "promoted", "words": "others were promoted meanwhile, again and again"}]
    )


def _decision(
    kind: str, told: Mapping[str, Any], reasons: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    return {
        "decision": kind,
        "reasons": list(reasons),
        "rules": told["rules"],
        "instead_of": told["promoted"],
    }


def _reasons(context: Context, told: Mapping[str, Any]) -> list[dict[str, str]]:
    """Rule → why the run waits."""
    broken = {
        rule["rule"]: f"{rule['title']}: no. {rule['words']}"
        for rule in told["rules"]
        if rule["holds"] is False
    }
    if told.get("damaged"):
        broken["promoted"] = f"the promoted run can't be compared with: {told['damaged']}"
    if not context.spec.promotion.automatic:
        broken["person"] = "a person promotes (promotion.automatic: false)"
    return [{"rule": rule, "words": words} for rule, words in broken.items()]


def _restated(new: Side, old: Side | None) -> list[dict[str, Any]]:
    """Sums of common periods that the new data say otherwise: outcome, and spend of channels."""
    if old is None:
        return []
    was, now = old.fit.dataset.national(), new.fit.dataset.national()
    if was.every is not now.every:
        return []
    _, then, here = np.intersect1d(was.dates, now.dates, return_indices=True)
    pairs = {now.outcome_name: (was.outcome_gt[0, then], now.outcome_gt[0, here])}
    for c, name in enumerate(now.channel_names):
        if name in was.channel_names:
            before = was.spend_gtc[0, then, was.channel_names.index(name)]
            pairs[f"spend of {name}"] = (before, now.spend_gtc[0, here, c])
    found = []
    for what, (before, after) in pairs.items():
        before, after = np.nan_to_num(before), np.nan_to_num(after)
        total, moved = float(np.abs(before).sum()), float(np.abs(after - before).sum())
        if moved > ALIKE * total:
            share = moved / total if total else 1.0
            n = int((np.abs(after - before) > ALIKE * np.abs(before)).sum())
            words = f"{what} is another in {n:,} of {len(then):,} periods that the promoted run knew"
            by = f" ({percent(moved / total)} of it moved)" if total else " (it was nothing)"
            found.append({"what": what, "share": share, "words": words + by})
    return found
