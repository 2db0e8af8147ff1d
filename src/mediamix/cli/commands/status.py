"""`mediamix status`: what has landed, whether it is what platforms say, and what they changed since."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mediamix.cli.console import emit_json, say, table, warn
from mediamix.cli.ingested import exact, span_words
from mediamix.cli.options import Json, SpecFile
from mediamix.cli.targets import named_warehouse
from mediamix.core.errors import ExtraError

if TYPE_CHECKING:
    from mediamix.project.restated import Moved
    from mediamix.training.record import Training
    from mediamix.warehouse.status import AccountStatus, DeliveryStatus, Status

NAME = "status"
EXAMPLE = "mediamix status --json"


def command(
    spec: SpecFile,
    warehouse: Annotated[
        Path | None,
        typer.Option("--warehouse", metavar="FILE", help="A DuckDB file. Absent: what the spec says."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what has landed when: rows, spend against the platform's total, the last complete day of each
    account, restated months and what they did to ROI, rows set aside, schema changes, failed builds; the
    last training and the next.
    """
    from mediamix.core.spec import load_spec
    from mediamix.ingest.contracts import CONTRACTS, PLATFORM_CONTRACTS
    from mediamix.project.restated import roi_moved
    from mediamix.warehouse.status_queries import status_of

    read = load_spec(spec)
    place = named_warehouse(read, spec, warehouse)
    contracts = {
        contract.name: [column.name for column in contract.all_columns]
        for contract in (*CONTRACTS, *PLATFORM_CONTRACTS)
    }
    found = status_of(place, contracts)
    moved = roi_moved(spec.parent)
    last, coming = _trainings(spec)
    if as_json:
        told = None if last is None else {"last": last.to_dict(), "next": coming and coming.isoformat()}
        of_runs = {"roi": [one.to_dict() for one in moved], "trainings": told}
        emit_json({"warehouse": place.title, **found.to_dict(), **of_runs})
        return
    print_status(found, moved, place.title)
    if last is not None:
        _print_training(last, coming)


def _trainings(spec: Path) -> tuple[Training | None, datetime | None]:
    """A project's last training, and when its schedule fires next; no project: nothing of both."""
    from mediamix.jobs.kinds import train
    from mediamix.jobs.schedules import upcoming
    from mediamix.project.folder import SPEC, Project
    from mediamix.training.record import all_trainings

    here = Project(spec.parent)
    last = next(iter(all_trainings(here, 1)), None) if spec.name == SPEC else None
    if last is None:
        return None, None
    try:
        fires = upcoming(here, train.NAME, datetime.now(UTC))
    except ExtraError:  # who has no queue has no worker that keeps a schedule
        return last, None
    return last, None if fires is None else fires[1]


def _print_training(last: Training, coming: datetime | None) -> None:
    from mediamix.training.said import minute

    became = last.decision or last.state
    run = f" ({last.run})" if last.run else ""
    then = f"; next: {minute(coming)}, if a worker is at hand" if coming is not None else ""
    say(f"last training: {last.id}, {became}{run}{then}")


def print_status(found: Status, moved: list[Moved], title: str) -> None:
    """All of it, in tables."""
    from mediamix.data.ledger import main_lines

    today = datetime.now(UTC).date()
    if found.accounts:
        headers = ["source", "account", "complete days", "rows", "landed", "platform says"]
        headers += ["set aside", "fetched (UTC)"]
        rows = [_account(one) for one in found.accounts]
        table(f"Platforms in {title}", headers, rows, text=(0, 1, 2))
    if found.deliveries:
        headers = ["delivery", "table", "days", "rows", "spend", "landed (UTC)"]
        table(f"Deliveries in {title}", headers, [_delivery(one) for one in found.deliveries], text=(0, 1, 2))
    if not found.accounts and not found.deliveries:
        say(f"Nothing has landed in {title}.")
    for line in main_lines(found.ledger, today, most=12):
        say(f"restated: {line}")
    for one in moved:
        say(f"since the run before: {one.words()}")
    for source, field, reason, rows_n in found.unread:
        warn("warning", f"{source}: {rows_n:,} rows set aside, '{field}' {reason}: they count nowhere")
    for name, columns in found.changes.items():
        warn("warning", f"landing.{name} has columns that no contract has: {', '.join(columns)}")
    _print_builds(found)


def _print_builds(found: Status) -> None:
    if not found.builds:
        say("The mart isn't built. Next: mediamix build")
        return
    last = found.builds[0]
    if last.failed:
        warn(
            "error",
            f"the last build failed: {last.failed} of {last.steps} steps, "
            f"{last.started_at:%Y-%m-%d %H:%M} UTC",
        )
    else:
        say(f"last build: {last.started_at:%Y-%m-%d %H:%M} UTC, {last.steps} steps, all done")
    landed = [one.pulled_at for one in found.accounts] + [one.landed_at for one in found.deliveries]
    if landed and not last.failed and max(landed) > last.started_at:
        say("Rows have landed since. Next: mediamix build")


def _account(one: AccountStatus) -> list[str]:
    says = "–"
    if one.stated is not None:
        says = f"{exact(one.stated, one.currency)} ({one.difference:+,f})" if one.difference else "the same"
    return [
        one.source if one.platform == one.source else f"{one.source}: {one.platform}",
        one.account_id,
        span_words(one.first, one.last),
        f"{one.rows:,}",
        exact(one.money, one.currency),
        says,
        f"{one.quarantined:,}",
        f"{one.pulled_at:%Y-%m-%d %H:%M}",
    ]


def _delivery(one: DeliveryStatus) -> list[str]:
    days = span_words(one.first, one.last) if one.first is not None and one.last is not None else "–"
    spend = "–" if one.spend is None else exact(Decimal(one.spend))
    return [one.source, one.table, days, f"{one.rows:,}", spend, f"{one.landed_at:%Y-%m-%d %H:%M}"]
