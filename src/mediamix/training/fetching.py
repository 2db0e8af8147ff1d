"""Fetching all platforms of a spec; one that fails keeps no other from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mediamix.core.errors import FolderError, UserError
from mediamix.training.record import DONE, FAILED, INGEST, Training

if TYPE_CHECKING:
    from mediamix.training.context import Context

#: Entries of a ledger, and findings, that are recorded at most.
MOST = 50


def fetch(context: Context, training: Training) -> Mapping[str, Any]:
    """Source → what became of it. What an earlier attempt has fetched isn't fetched again.

    Raises:
        FolderError: The warehouse can't be written: no source fares better.
    """
    step = training.step(INGEST)
    before: Mapping[str, Any] = {} if step is None else step.told.get("sources", {})
    found = {
        name: one for name, one in before.items() if one["state"] == DONE and name in context.spec.sources
    }
    for name in context.spec.sources:
        if name not in found:
            found[name] = _fetched(context, name)
            context.keep({"sources": found})
    return {"sources": {name: found[name] for name in context.spec.sources}}


def _fetched(context: Context, name: str) -> dict[str, Any]:
    from mediamix.project.ingesting import ledger_of_pull, pull_all
    from mediamix.warehouse.engine import warehouse_of

    veil, warehouse = context.veil, warehouse_of(context.spec, context.project.root)
    try:
        found = pull_all(
            context.spec,
            warehouse,
            [name],
            context.on_step,
            context.environment,
            clock=context.clock,
            patience=context.patience,
        )
    except FolderError:
        raise
    except UserError as error:
        return _refused(error, veil)
    except Exception as error:
        # A fault of ours or of a client's: the other platforms are fetched nevertheless.
        words = veil(f"{type(error).__name__}: {error}")
        return {
            "state": FAILED,
            "rows": 0,
            "message": f"that is not your fault: {words}",
            "next": "try again later",
        }
    for refusal in found.refused.values():
        return _refused(refusal, veil)
    (pulled,) = found.pulled
    return {
        "state": DONE,
        "rows": pulled.rows,
        "message": "",
        "next": "",
        "restated": [entry.to_dict() for entry in ledger_of_pull(pulled)[:MOST]],
        "findings": [finding.to_dict() for finding in pulled.findings[:MOST]],
    }


def _refused(error: UserError, veil: Any) -> dict[str, Any]:
    lines = [error.what, *error.details, *([f"got {error.got}"] if error.got else [])]
    return {"state": FAILED, "rows": 0, "message": veil("; ".join(lines)), "next": veil(error.next_step)}
