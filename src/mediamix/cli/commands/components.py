"""`mediamix list`: the components that a spec can name, with formula, parameters and facts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mediamix.cli.console import emit_json, say
from mediamix.cli.options import Json
from mediamix.core.errors import SpecError
from mediamix.core.registry import suggestion

if TYPE_CHECKING:
    from mediamix.training.bounds import Bound
    from mediamix.transforms.base import Parameter

NAME = "list"
EXAMPLE = "mediamix list adstock --json"

Record = dict[str, Any]
#: What stands before a name that is one of several.
_WORDS = {"options": "option ", "bounds": "bound "}


def command(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="adstock, saturation, family, preset, checks, trust, sections, sources, tables, rules or "
            "conditions.",
        ),
    ],
    as_json: Json = False,
) -> None:
    """List components: adstock, saturation, family (of models), preset, checks (of data), trust (checks of a
    fit), sections, sources (platforms that rows are fetched from), tables (that `ingest files` knows), rules
    (of promotion), conditions (of alerts).
    """
    if kind not in KINDS:
        raise SpecError(
            f"there is no list of '{kind}'",
            expected=f"one of {', '.join(KINDS)}",
            got=kind,
            next_step=suggestion(kind, KINDS) or "pick one of these",
        )
    records = KINDS[kind]()
    if as_json:
        emit_json({kind: records})
        return
    for record in records:
        _print_record(record)


def _adstocks() -> list[Record]:
    from mediamix.transforms.base import adstocks

    return [
        {
            "name": c.name,
            "formula": c.formula,
            "source": c.source,
            "parameters": [_parameter(p) for p in c.parameters],
            "facts": {"conserves_mass": c.conserves_mass, "max_lag_days": c.max_lag_days},
        }
        for c in adstocks().values()
    ]


def _saturations() -> list[Record]:
    from mediamix.transforms.base import saturations

    return [
        {
            "name": c.name,
            "formula": c.formula,
            "source": c.source,
            "parameters": [_parameter(p) for p in c.parameters],
            "facts": {"bounded": c.bounded, "concave": c.concave, "unit_free": c.unit_free},
        }
        for c in saturations().values()
    ]


def _parameter(parameter: Parameter) -> Record:
    return {
        "name": parameter.name,
        "meaning": parameter.meaning,
        "support": parameter.support,
        "prior": {"median": parameter.median, "p95": parameter.p95, "unit": parameter.scale},
    }


def _families() -> list[Record]:
    from mediamix.models.family import families

    return [
        {"name": f.name, "title": f.title, "summary": f.summary, "facts": {"density": f.density}}
        for f in families().values()
    ]


def _presets() -> list[Record]:
    from mediamix.core.presets import presets

    return [
        {"name": p.name, "title": p.title, "source": p.source, "spec": p.spec, "differs": list(p.differs)}
        for p in presets().values()
    ]


def _checks() -> list[Record]:
    from mediamix.data.checking import all_checks

    return [{"name": c.name, "title": c.title, "why": c.why, "advice": c.advice} for c in all_checks()]


def _trust() -> list[Record]:
    from mediamix.measure.checking import all_checks

    return [
        {
            "name": c.name,
            "title": c.title,
            "threshold": c.threshold,
            "false_alarms": c.false_alarms,
            "why": c.why,
            "advice": c.advice,
        }
        for c in all_checks()
    ]


def _sections() -> list[Record]:
    from mediamix.core.registry import discover
    from mediamix.reporting.section import SECTIONS, Section

    sections = sorted(discover(SECTIONS, Section).values(), key=lambda s: (s.order, s.name))
    return [{"name": s.name, "title": s.title, "part": s.part} for s in sections]


def _sources() -> list[Record]:
    from mediamix.ingest.asking import sources

    return [
        {
            "name": s.name,
            "title": s.title,
            "lands": f"{s.lands.table}: {s.lands.meaning}",
            "secrets": [
                {"variable": one.variable, "meaning": one.meaning, "optional": one.optional}
                for one in s.secrets
            ],
            "options": dict(s.options),
            "restates": f"the last {s.restates} days are fetched again each time"
            + (", and a whole month once it has ended" if s.monthly else ""),
            "history": "as far back as there is" if s.history is None else f"{s.history} days",
            "install": f"pip install 'mediamix[{s.extra}]'",
            "to know": list(s.facts),
        }
        for s in sources().values()
    ]


def _tables() -> list[Record]:
    from mediamix.ingest.form import forms

    return [
        {
            "name": f.name,
            "title": f.title,
            "lands": f.lands.table,
            "columns": {ours: " or ".join(theirs) for ours, theirs in f.is_.items()},
            "to know": list(f.facts),
        }
        for f in forms().values()
    ]


def _rules() -> list[Record]:
    from mediamix.training.rule import all_rules

    return [
        {"name": r.name, "title": r.title, "bounds": _bounds(r.bounds), "why": r.why, "advice": r.advice}
        for r in all_rules().values()
    ]


def _conditions() -> list[Record]:
    from mediamix.training.alerts.condition import all_conditions

    return [
        {"name": c.name, "title": c.title, "bounds": _bounds(c.bounds)} for c in all_conditions().values()
    ]


def _bounds(bounds: Sequence[Bound]) -> dict[str, str]:
    return {one.name: f"{one.default:g}, {one.meaning}" for one in bounds}


KINDS: dict[str, Callable[[], list[Record]]] = {
    "adstock": _adstocks,
    "saturation": _saturations,
    "family": _families,
    "preset": _presets,
    "checks": _checks,
    "trust": _trust,
    "sections": _sections,
    "sources": _sources,
    "tables": _tables,
    "rules": _rules,
    "conditions": _conditions,
}


def _print_record(record: Record) -> None:
    """Name in bold, then a line per field that has something to say."""
    say(record["name"], "bold")
    for key, value in record.items():
        if key == "parameters":
            for part in value:
                prior = part["prior"]
                unit = "" if prior["unit"] == "none" else f" ({prior['unit']})"
                say(
                    f"  {part['name']}: {part['meaning']}; {part['support']}, prior median "
                    f"{prior['median']:g}, 95 % below {prior['p95']:g}{unit}"
                )
        elif key == "facts":
            facts = [
                f"{name} {'yes' if fact is True else 'no' if fact is False else fact}"
                for name, fact in value.items()
                if fact is not None
            ]
            say(f"  facts: {', '.join(facts).replace('_', ' ')}")
        elif key == "spec":
            say("  spec:")
            from mediamix.core.documents import as_yaml  # YAML only where it is printed

            for line in as_yaml(value).splitlines():
                say(f"    {line}")
        elif key == "secrets":
            for one in value:
                say(f"  {one['variable']}: {one['meaning']}{' (may be absent)' if one['optional'] else ''}")
        elif key in ("options", "columns", "bounds"):
            for name, meaning in value.items():
                say(f"  {_WORDS.get(key, '')}{name}: {meaning}")
        elif key == "to know":
            for line in value:
                say(f"  - {line}")
        elif key == "differs":
            say("  can't be stated:")
            for line in value:
                say(f"    - {line}")
        elif key != "name":
            say(f"  {key}: {value}")
    say()
