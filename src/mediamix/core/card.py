"""What a notebook shows of a result: a card of a screenful, as text and as HTML with a picture.

A class that inherits `Shown` is shown by ``card`` of the module of its name in `mediamix.showing`: that
layer stands above all results and knows what is worth saying; here nothing of it is imported until then.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from importlib import import_module

from mediamix.core.text import one_line

WIDTH, HEIGHT, CELL = 99, 24, 24
MOST_ROWS, MOST_LINES, MOST_TOLD = 10, 9, 12
STYLE = (
    "font:13px/1.5 system-ui,sans-serif;color:inherit;border:1px solid rgba(127,127,127,.35);"
    "border-radius:6px;padding:10px 14px;max-width:760px;overflow-x:auto"
)
_TABLE = "margin:6px 0;border:0;font:inherit;color:inherit"
_MUTED, _CELL = "opacity:.65", "padding:1px 12px 1px 0;border:0;background:none;white-space:nowrap"


@dataclass(frozen=True)
class Card:
    """What is shown of a result.

    Args:
        title: What it is.
        lines: Label and words: size, dates, currency, verdict.
        columns: Headers of the table.
        rows: Its cells, the most telling first; those beyond a screenful are counted.
        picture: SVG, complete and escaped; nothing in it is loaded from elsewhere.
        next_step: What one does now.
        words: So many of the first columns are text, the others are numbers.
    """

    title: str
    lines: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    picture: str = ""
    next_step: str = ""
    words: int = 1


class Shown:
    """A result with a card: `repr` is its text, in a notebook there is a picture beside it."""

    def __repr__(self) -> str:
        return as_text(self._card())

    def _repr_html_(self) -> str:
        return as_html(self._card())

    def _card(self) -> Card:
        name = next(cls.__name__ for cls in type(self).__mro__ if Shown in cls.__bases__)
        try:
            card: Card = import_module(f"mediamix.showing.{name.lower()}").card(self)
        except Exception as error:  # a debugger, a failing test and a half-made object must be shown, too
            return Card(name, (("not shown", f"{type(error).__name__}: {error}"),))
        return card


class Brief:
    """A record whose `repr` says of arrays and of other records only what they are."""

    def __repr__(self) -> str:
        parts = [f"{field.name}={_brief(getattr(self, field.name, None))}" for field in fields(self)]  # type: ignore[arg-type]
        return f"{type(self).__name__}({', '.join(parts)})"


def _brief(value: object) -> str:
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape:
        return f"{type(value).__name__}{list(shape)}"
    if isinstance(value, str | int | float | bool) or value is None:
        text = repr(value)
        return text if len(text) <= 60 else f"{text[:59]}…"
    if isinstance(value, tuple | list | dict | set | frozenset):
        return f"{type(value).__name__} of {len(value)}"
    name = getattr(value, "name", None)
    return f"{type(value).__name__}({name!r})" if isinstance(name, str) else type(value).__name__


def as_text(card: Card) -> str:
    """The card in fewer than 25 lines of fewer than 100 characters; words take two lines at most."""
    wide = max((len(label) for label, _ in card.lines), default=0)
    told: list[str] = []
    for label, words in card.lines[:MOST_LINES]:
        first, second = _halves(one_line(words), WIDTH - wide - 4)
        told += [f"  {label:<{wide}}  {first}", *([f"  {'':<{wide}}  {second}"] if second else [])]
    lines = [card.title, *told[:MOST_TOLD]]
    if card.rows:
        lines += ["", *_columns(card, min(MOST_ROWS, HEIGHT - len(lines) - 5))]
    if card.next_step:
        lines += ["", f"next: {card.next_step}"]
    return "\n".join(_cut(line) for line in lines)


def _halves(words: str, most: int) -> tuple[str, str]:
    """The words as two lines, cut between words."""
    if len(words) <= most:
        return words, ""
    at = words.rfind(" ", most // 2, most + 1)
    return (words[:at], words[at + 1 :]) if at > 0 else (words[:most], words[most:])


def as_html(card: Card) -> str:
    """The card for a notebook, light or dark: it takes the page's colours, and loads nothing."""
    from html import escape

    def safe(text: str) -> str:
        return escape(one_line(text))

    parts = [f"<div><b>{safe(card.title)}</b></div>"]
    told = "".join(
        f'<tr style="background:none"><td style="{_CELL};text-align:left;{_MUTED}">{safe(label)}</td>'
        f'<td style="{_CELL};text-align:left;white-space:normal">{safe(words)}</td></tr>'
        for label, words in card.lines[:MOST_LINES]
    )
    parts += [f'<table style="{_TABLE}">{told}</table>'] if told else []
    parts += [f'<div style="margin:8px 0">{card.picture}</div>'] if card.picture else []
    if card.rows:
        rows = [card.columns, *card.rows[:MOST_ROWS]]
        cells = [
            "".join(_cell(safe(cell), i < card.words, head=r == 0) for i, cell in enumerate(row))
            for r, row in enumerate(rows)
        ]
        body = "".join(f'<tr style="background:none">{row}</tr>' for row in cells)
        parts.append(f'<table style="{_TABLE}">{body}</table>')
        parts += [f'<div style="{_MUTED}">{safe(_more(card))}</div>'] if _more(card) else []
    parts += [f"<div>next: <code>{safe(card.next_step)}</code></div>"] if card.next_step else []
    return f'<div style="{STYLE}">{"".join(parts)}</div>'


def _cell(text: str, words: bool, *, head: bool) -> str:
    side = "left" if words else "right"
    return f'<td style="{_CELL};text-align:{side}{";" + _MUTED if head else ""}">{text}</td>'


def _columns(card: Card, most: int) -> list[str]:
    """Header and rows, aligned; words at the end of a row may be as long as the line."""
    words_last = card.words == len(card.columns)
    limits = [WIDTH if words_last and i == len(card.columns) - 1 else CELL for i in range(len(card.columns))]
    rows = [
        [_cut(cell, limit) for cell, limit in zip(row, limits, strict=True)]
        for row in (card.columns, *card.rows[:most])
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(len(card.columns))]
    made = []
    for row in rows:
        cells = [
            cell.ljust(wide) if i < card.words else cell.rjust(wide)
            for i, (cell, wide) in enumerate(zip(row, widths, strict=True))
        ]
        made.append("  " + "  ".join(cells))
    return [*made, *([f"  {_more(card, most)}"] if _more(card, most) else [])]


def _more(card: Card, most: int = MOST_ROWS) -> str:
    left = len(card.rows) - most
    return f"… and {left:,} more" if left > 0 else ""


def _cut(text: str, most: int = WIDTH) -> str:
    text = one_line(text).rstrip()
    return text if len(text) <= most else f"{text[: most - 1]}…"
