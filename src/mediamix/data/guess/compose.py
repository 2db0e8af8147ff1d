"""The text of a spec: YAML with a word of why behind what was guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import indent
from typing import Any

from mediamix.core.documents import as_yaml
from mediamix.core.text import one_line
from mediamix.data.guess.result import Column, Question, Role

HEAD = "# Every key and its default: docs/guide/spec.md. What isn't said here has one.\n"
#: What an empty project begins with.
TEMPLATE = """\
# What to read and how to model it. `mediamix init FILE… --out DIR` writes this from your tables.
# Every key and its default: docs/guide/spec.md. Paths are relative to this file.

# data:                                    # long tables: see docs/guide/data.md
#   media: data/media.csv                  # date, channel, spend, and impressions or clicks
#   outcome: data/outcome.csv              # date, revenue (or orders, leads)
#   controls: data/controls.csv            # date, then a column per control; optional
#   events: data/events.csv                # date, event, end_date; optional

# data:                                    # or one wide table
#   wide: data/table.csv
#   date: date
#   outcome: revenue
#   media:
#     tv: {spend: tv_spend, exposure: tv_grp}
#     newsletter: {exposure: newsletter_sent}
#   controls: [price_index]

# outcome: {column: revenue, unit: revenue, currency: EUR}
# geo: {population: population}            # a panel of markets
# holidays: {country: DE}
# holdout: {last: 8}
"""
_MOST_UNUSED = 40


def spec_text(
    data: Mapping[str, Any],
    sections: Mapping[str, Mapping[str, Any]],
    columns: Sequence[Column],
    questions: Sequence[Question],
) -> str:
    """The spec, the columns that it doesn't use below it.

    Args:
        data: Its section ``data``.
        sections: The others.
        columns: Every column, for the comments.
        questions: Those that were assumed are named.
    """
    about = _comments(columns)
    lines = [HEAD, "data:\n"]
    for key, value in data.items():
        if key == "media" and isinstance(value, Mapping):
            lines.append("  media:\n")
            for name, mapping in value.items():
                lines.append(_entry({name: mapping}, "    ", about.get(str(name), "")))
        else:
            lines.append(_entry({key: value}, "  ", about.get(f"data.{key}", "")))
    for name, section in sections.items():
        assumed = [q.key for q in questions if q.answer is None and q.key in (*section, name)]
        why = f"assumed: {', '.join(assumed)}" if assumed else ""
        lines.append(_entry({name: dict(section)}, "", why))
    return "".join([*lines, *_unused(columns)])


def _entry(mapping: Mapping[str, Any], by: str, why: str) -> str:
    # a mapping of values alone would stand in braces itself
    nested = any(isinstance(value, Mapping | list) for value in mapping.values())
    text = indent(as_yaml(mapping, short=nested), by)
    comment = f"  # {one_line(why)}" if why else ""
    if comment and text.count("\n") == 1 and not text.rstrip("\n").endswith(("|", ">", "|-", ">-")):
        return f"{text.rstrip()}{comment}\n"
    return (f"{by}{comment.strip()}\n" if comment else "") + text


def _comments(columns: Sequence[Column]) -> dict[str, str]:
    """Key → why, for what isn't certain or worth a word."""
    found: dict[str, str] = {}
    for column in columns:
        if column.channel is not None and (column.certainty != "certain" or "organic" in column.why):
            found[column.channel] = column.why
        if column.role is Role.DATE:
            found["data.date"] = column.why
        if column.role is Role.OUTCOME and column.certainty == "asked":
            found["data.outcome"] = column.why
    return found


def _unused(columns: Sequence[Column]) -> list[str]:
    left = [
        c for c in columns if c.role in (Role.IGNORED, Role.EMPTY) or (c.role is Role.LABEL and c.samples)
    ]
    if not left:
        return []
    lines = ["\n# Columns that are not used:\n"]
    lines += [f"#   {one_line(c.name)}: {one_line(c.why)}\n" for c in left[:_MOST_UNUSED]]
    if len(left) > _MOST_UNUSED:
        lines.append(f"#   and {len(left) - _MOST_UNUSED} more\n")
    return lines
