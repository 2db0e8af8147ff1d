"""The steps of a training, up to the run's decision: each a function from a context to what it found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from mediamix import pipeline
from mediamix.core.errors import DataError, UserError
from mediamix.project.folder import REPORT as REPORT_FILE
from mediamix.project.launch import hashes_of
from mediamix.project.record import State
from mediamix.project.runs import ask
from mediamix.training import record as words
from mediamix.training.context import Context
from mediamix.training.fetching import fetch
from mediamix.training.promoting import compare, decide
from mediamix.training.record import Training

if TYPE_CHECKING:
    from mediamix.data.tables import Tables

#: Findings that are recorded at most.
MOST = 50
Told = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """A step.

    Args:
        name: See `record.ORDER`.
        title: What is being done, for people who wait.
        take: Does it; its second argument is the training so far.
        message: What became of it, in words, of what it found.
    """

    name: str
    title: str
    take: Callable[[Context, Training], Told]
    message: Callable[[Told], str]


def build(context: Context, training: Training) -> Told:
    """Build the mart of what has landed, and say what is in it. Tables of the spec are built by the run."""
    from mediamix.ingest.contracts import CONTRACTS, PLATFORM_CONTRACTS
    from mediamix.warehouse.engine import warehouse_of
    from mediamix.warehouse.status_queries import status_of

    spec, root = context.spec, context.project.root
    tables = pipeline.reads_tables(spec, root)
    warehouse = warehouse_of(spec, root)
    rows: Mapping[str, int] = {}
    if not tables:
        _, rows = pipeline.build_warehouse(spec, root, warehouse)
    elif not spec.sources:
        return {"tables": True, "rows": {}, "accounts": [], "deliveries": [], "schema": {}, "quarantine": []}
    contracts = {
        contract.name: [column.name for column in contract.all_columns]
        for contract in (*CONTRACTS, *PLATFORM_CONTRACTS)
    }
    status = status_of(warehouse, contracts).to_dict()
    return {
        "tables": tables,
        "rows": dict(rows),
        "accounts": [
            {key: one[key] for key in ("source", "platform", "account_id", "currency", "last", "difference")}
            for one in status["accounts"]
            if one["source"] in spec.sources
        ],
        "deliveries": [
            {key: one[key] for key in ("source", "table", "last")}
            for one in status["deliveries"]
            if not tables
        ],
        "schema": status["schema_changes"],
        "quarantine": status["quarantine"][:MOST],
    }


def check(context: Context, training: Training) -> Told:
    """Read the data and check them; what stops a fit stops here."""
    from mediamix.data.read import inspect

    spec, root = context.spec, context.project.root
    findings, dataset = inspect(spec, root, context.today, _landed(context))
    kept = [finding.to_dict() for finding in findings[:MOST]]
    errors = [finding for finding in findings if finding.severity == "error"]
    context.keep({"findings": kept})
    if errors or dataset is None:
        raise DataError(
            f"the data have {len(errors)} problem{'s' if len(errors) != 1 else ''} that stop a fit",
            details=[f"{f.where}: {f.message} → {f.advice}" for f in errors],
            next_step="mend the tables; `mediamix check` shows every finding with its reason",
        )
    return {
        "findings": kept,
        "hashes": hashes_of(dataset, spec),
        "window": {
            "start": dataset.stretch().start,
            "end": dataset.stretch().end,
            "every": str(dataset.every),
        },
    }


def _landed(context: Context) -> Tables | None:
    from mediamix.warehouse.engine import warehouse_of
    from mediamix.warehouse.mart import read_mart

    spec, root = context.spec, context.project.root
    if pipeline.reads_tables(spec, root):
        return None
    return read_mart(warehouse_of(spec, root), spec.outcome.column)


def fit(context: Context, training: Training) -> Told:
    """The run of these data and this spec: found, or made."""
    checked = training.told(words.CHECK) or {}
    record, new = ask(context.project, checked["hashes"], context.who)
    context.keep({"run": record.id, "new": new})
    if not record.state.ended:
        record = context.work(context.project, record, context.on_step, context.on_progress)
    if record.state is not State.DONE:
        raise UserError(
            f"the run {record.id} {'was' if record.state is State.CANCELLED else 'has'} {record.state}",
            details=record.message.splitlines(),
            next_step="mend what it says, then train again; its log is in the run's folder",
        )
    return {"run": record.id, "new": new, "verdict": record.verdict, "seconds": record.seconds.get("all_s")}


def report(context: Context, training: Training) -> Told:
    """Where the run's report is: what changed since the promoted run is in it."""
    run = training.run or ""
    path = context.project.runs / run / REPORT_FILE
    return {"path": str(path.relative_to(context.project.root)) if path.is_file() else None}


def until(training: Training) -> dict[str, date]:
    """Account of a platform → its last whole day."""
    accounts = (training.told(words.BUILD) or {}).get("accounts", [])
    return {f"{one['source']} {one['account_id']}": date.fromisoformat(one["last"]) for one in accounts}


def _fetched(told: Told) -> str:
    sources: Mapping[str, Any] = told["sources"]
    if not sources:
        return "the spec names no sources"
    return "; ".join(
        f"{name}: {one['rows']:,} rows" if one["state"] == words.DONE else f"{name}: refused"
        for name, one in sources.items()
    )


def _checked(told: Told) -> str:
    window, n = told["window"], len(told["findings"])
    return f"{window['start']} to {window['end']}; {n} finding{'s' if n != 1 else ''}"


def _decided(told: Told) -> str:
    kind = {
        words.PROMOTED: "promoted",
        words.SAME: "nothing new: this run is promoted already",
        words.WAITS: "waits for somebody to promote it",
    }[told["decision"]]
    return "; ".join([kind, *(reason["words"] for reason in told["reasons"])])


PARTS = (
    Part(words.INGEST, "Fetching platforms", fetch, _fetched),
    Part(
        words.BUILD,
        "Building the mart",
        build,
        lambda told: "the run builds it from the spec's tables"
        if told["tables"]
        else "built, its tests passed",
    ),
    Part(words.CHECK, "Checking the data", check, _checked),
    Part(
        words.FIT,
        "Fitting",
        fit,
        lambda told: f"{told['run']}: {told['verdict']}{'' if told['new'] else ' (found, not made again)'}",
    ),
    Part(
        words.COMPARE,
        "Comparing with the promoted run",
        lambda context, training: compare(context, training, until(training)),
        lambda told: f"with {told['promoted']}" if told["promoted"] else "no run is promoted",
    ),
    Part(
        words.PROMOTE,
        "Promoting",
        lambda context, training: decide(context, training, until(training)),
        _decided,
    ),
    Part(words.REPORT, "Report", report, lambda told: told["path"] or "the run has none"),
)
