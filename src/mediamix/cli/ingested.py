"""What `mediamix ingest` says: what landed, held against the platform's own total, and what was restated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediamix.cli.console import command_line, emit_json, note, say, table, warn
from mediamix.cli.words import UNTRUSTED, print_warnings

if TYPE_CHECKING:
    from mediamix.ingest.pulled import Pulled, PulledAccount
    from mediamix.project.ingesting import Delivered, PulledAll

REFUSED = 2
#: Lines of what a delivery's tables say.
MOST_NOTES = 12


def exact(amount: Decimal, currency: str = "") -> str:
    """Money to the cent, further places only where there are some: ``EUR 1,234.50``."""
    rounded = amount.quantize(Decimal("0.01"))
    text = f"{rounded:,}" if rounded == amount else f"{amount.normalize():,f}"
    return f"{currency} {text}".strip()


def exit_code(found: PulledAll) -> int:
    """0; 2 where a platform refused; 3 where what landed isn't what the platform says."""
    if found.refused:
        return REFUSED
    return UNTRUSTED if any(_wrong(pulled) for pulled in found.pulled) else 0


def _wrong(pulled: Pulled) -> bool:
    errors = any(finding.severity == "error" for finding in pulled.findings)
    return errors or any(account.difference for account in pulled.accounts)


def print_pulled(found: PulledAll) -> None:
    """A table of all accounts, then what is to be known."""
    from mediamix.data.ledger import main_lines
    from mediamix.project.ingesting import ledger_of_pull

    rows = [_row(pulled, account) for pulled in found.pulled for account in pulled.accounts]
    if rows:
        headers = ["source", "account", "days", "rows", "landed", "platform says", "set aside"]
        table("What landed", headers, rows, text=(0, 1, 2))
    today = datetime.now(UTC).date()
    for pulled in found.pulled:
        if not pulled.accounts:
            note(f"{pulled.source}: no account")
        for line in main_lines(ledger_of_pull(pulled), today):
            say(f"restated: {line}")
        print_warnings(pulled.findings, remarks=True)
    for name, error in found.refused.items():
        warn("error", f"{name}: {error.message}")
    if found.pulled and not found.refused:
        say(f"Next: {command_line('build')}")


def _row(pulled: Pulled, account: PulledAccount) -> list[str]:
    own = account.account
    days = ", ".join(span_words(days.first, days.last) for days in account.days[:1])
    if len(account.days) > 1:
        days = span_words(account.days[0].first, account.days[-1].last)
    total = "–" if account.total is None else "the same"
    if account.difference:
        total = f"{exact(account.total or Decimal(), own.currency)} ({account.difference:+,f})"
    return [
        pulled.source,
        f"{own.name} ({own.id})" if own.name else own.id,
        days or "nothing new",
        f"{account.rows:,}",
        exact(account.money, own.currency),
        total,
        f"{account.quarantined:,}",
    ]


def span_words(first: date, last: date) -> str:
    """``2026-07-01 to 2026-07-31``."""
    return f"{first}" if first == last else f"{first} to {last}"


def pulled_json(found: PulledAll) -> None:
    """The same for machines."""
    emit_json(pulled_dict(found))


def pulled_dict(found: PulledAll) -> dict[str, Any]:
    """What was fetched; money as text, since a float would round it."""
    from mediamix.project.ingesting import ledger_of_pull

    return {
        "sources": [
            {
                "source": pulled.source,
                "pulled_at": pulled.pulled_at.isoformat(),
                "rows": pulled.rows,
                "spend": {code: str(amount) for code, amount in pulled.money.items()},
                "accounts": [_account_json(account) for account in pulled.accounts],
                "restated": [entry.to_dict() for entry in ledger_of_pull(pulled)],
                "findings": [finding.to_dict() for finding in pulled.findings],
            }
            for pulled in found.pulled
        ],
        "errors": {name: error.to_dict() for name, error in found.refused.items()},
    }


def _account_json(account: PulledAccount) -> dict[str, Any]:
    return {
        "id": account.account.id,
        "name": account.account.name,
        "currency": account.account.currency,
        "time_zone": account.account.time_zone,
        "days": [[days.first.isoformat(), days.last.isoformat()] for days in account.days],
        "rows": account.rows,
        "spend": str(account.money),
        "platform_total": None if account.total is None else str(account.total),
        "difference": None if account.difference is None else str(account.difference),
        "quarantined": account.quarantined,
    }


def print_delivered(made: Delivered, spec: Path) -> None:
    """What a delivery's tables were, and what landed."""
    from mediamix.data.ledger import main_lines

    if made.same or made.read is None:
        say(f"Nothing new in '{made.source}': these files have landed.")
        return
    if made.read.guess is not None:
        for question in made.read.guess.questions:
            how = "as you said" if question.answer is not None else f"assumed; --set {question.key}=…"
            say(f"{question.text} → {question.taken} ({how})")
    rows = [[name, f"{n:,}"] for name, n in landed_rows(made).items()]
    table(f"Landed as '{made.source}'", ["table", "rows"], rows)
    for line in spend_lines(made):
        say(line)
    if made.wide is not None:
        for line in main_lines(made.wide.restated, datetime.now(UTC).date()):
            say(f"restated: {line}")
    for line in made.told[:MOST_NOTES]:
        note(line)
    if len(made.told) > MOST_NOTES:
        note(f"and {len(made.told) - MOST_NOTES} more remarks, all of them with --json")
    if made.read.tables is not None and made.read.tables.findings:
        print_warnings(made.read.tables.findings, remarks=True)
    where: Sequence[object] = () if spec.parent == Path() else (spec,)
    say(f"Next: {command_line('build', *where)}")


def landed_rows(made: Delivered) -> dict[str, int]:
    """Landing table → rows that came."""
    found = {name: n for name, n in (made.landed.rows if made.landed else {}).items() if n}
    return {**found, **(made.wide.rows if made.wide else {})}


def spend_lines(made: Delivered) -> list[str]:
    """The money of a delivery, held against the cells that it was read from."""
    lines = []
    if made.landed is not None and made.landed.spend:
        total = sum(made.landed.spend.values(), Decimal())
        paid = sum(amount != 0 for amount in made.landed.spend.values())
        lines.append(
            f"spend: {exact(total)} in {paid} {'channel' if paid == 1 else 'channels'}, as in the files"
        )
    lines += [f"spend: {exact(amount, code)}, as in the tables" for code, amount in made.money.items()]
    return lines


def delivered_json(made: Delivered) -> None:
    """The same for machines."""
    spend: Mapping[str, Decimal] = {} if made.landed is None else made.landed.spend
    emit_json(
        {
            "source": made.source,
            "same": made.same,
            "rows": landed_rows(made),
            "spend": {name: str(amount) for name, amount in spend.items()},
            "money": {code: str(amount) for code, amount in made.money.items()},
            "restated": [entry.to_dict() for entry in (made.wide.restated if made.wide else ())],
            "files": []
            if made.read is None
            else [{"name": file.name, "sha256": file.digest} for file in made.read.files],
            "questions": []
            if made.read is None or made.read.guess is None
            else [question.to_dict() for question in made.read.guess.questions],
            "notes": list(made.told),
        }
    )
