"""YAML to mappings, lists, texts and numbers, from its events and without recursion.

PyYAML's own loaders give the last of two equal keys, follow aliases without an end, fall into
themselves on deep nesting and read `no` as false. Its parser is none of that: it gives events, one
after the other, from which the document is built here, counted while it grows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from mediamix.core.documents.limits import MAX_DEPTH, MAX_VALUES, TEXT_PER_VALUE, Source
from mediamix.core.documents.scalars import plain_value
from mediamix.core.errors import UserError

# libyaml is fourteen times faster, and is in all of PyYAML's wheels.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE = "<<"
_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("int", "float", "bool", "null")}
_TEXT, _LIST, _MAP = (f"tag:yaml.org,2002:{name}" for name in ("str", "seq", "map"))


@dataclass
class _Open:
    """A mapping or list that isn't closed yet.

    Args:
        value: What it holds so far.
        line: Where it begins.
        anchor: Its name for aliases.
        weight: Keys and values in it.
        key: The key whose value comes next.
        lines: Of a mapping's keys.
        merging: That key is a merge key.
        merged: Mappings that it takes over, the nearest first.
    """

    value: Any
    line: int
    anchor: str | None = None
    weight: int = 1
    key: str | None = None
    merging: bool = False
    lines: dict[str, int] = field(default_factory=dict)
    merged: list[dict[str, Any]] = field(default_factory=list)


def parse_yaml(text: str, name: str, error: type[UserError]) -> object:
    """The document in a text; None of an empty one.

    Raises:
        UserError: Of the type `error`: no YAML, several documents, a key given twice, too deep, too
            much, or a tag that isn't ours; with the line.
    """
    source = Source(name, error)
    try:
        return _Builder(source).build(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as wrong:
        raise _translated(source, wrong, text) from wrong
    except yaml.reader.ReaderError as wrong:
        line = text.count("\n", 0, wrong.position) + 1
        code = wrong.character if isinstance(wrong.character, int) else ord(wrong.character)
        raise source.invalid(
            f"line {line}: the character U+{code:04X}, which is not for text",
            "is this a text file? Remove the character",
        ) from wrong


class _Builder:
    """Builds one document; see `parse_yaml`."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.stack = [_Open([], 1)]
        #: Anchor -> its value and weight; None while it is still open.
        self.anchors: dict[str, tuple[Any, int] | None] = {}
        self.aliases = 0
        self.doubled: list[str] = []
        self.documents = 0

    def build(self, events: Iterator[Any]) -> object:
        for event in events:
            self._take(event)
        if self.doubled:
            raise self.source.doubled(self.doubled)
        return self.stack[0].value[0] if self.stack[0].value else None

    def _take(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(str(event.anchor), line)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._begin(event, line)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._end()
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise self.source.invalid(
                    f"line {line}: a second document", "keep one; '---' begins a document", "one document"
                )

    def _scalar(self, event: Any, line: int) -> None:
        text, bare = event.value, event.implicit[0]
        if bare:
            # A key is text, whatever it would be as a value.
            value = text if self._wants_key() else plain_value(text)
        elif event.tag in (None, "!", _TEXT):
            value = text
        elif event.tag in _TAGS:
            value = plain_value(text)
        else:
            raise self._foreign(event.tag, line)
        weight = 1 + len(text) // TEXT_PER_VALUE
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, weight)
        if self._wants_key():
            self._key(text, line, weight, bare=bare)
        else:
            self._place(value, weight, line)

    def _alias(self, anchor: str, line: int) -> None:
        if anchor not in self.anchors:
            raise self.source.invalid(f"line {line}: '*{anchor}' stands for nothing: no '&{anchor}' is above")
        known = self.anchors[anchor]
        if known is None:
            raise self.source.invalid(f"line {line}: '*{anchor}' stands for what it is a part of")
        self.aliases += 1
        value, weight = known
        if not self._wants_key():
            self._place(value, weight, line)
        elif isinstance(value, str):
            self._key(value, line, weight, bare=False)
        else:
            raise self._no_key(line)

    def _begin(self, event: Any, line: int) -> None:
        if self._wants_key():
            raise self._no_key(line)
        if event.tag not in (None, "!", _LIST, _MAP):
            raise self._foreign(event.tag, line)
        if len(self.stack) > MAX_DEPTH:
            raise self.source.too_deep(line)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.stack.append(_Open(value, line, event.anchor))

    def _end(self) -> None:
        done = self.stack.pop()
        value = done.value
        if done.merged:
            # Own keys win over merged ones, nearer ones over farther ones.
            value = {}
            for one in reversed(done.merged):
                value |= one
            value |= done.value
        if done.anchor is not None:
            self.anchors[done.anchor] = (value, done.weight)
        self._place(value, done.weight, done.line)

    def _wants_key(self) -> bool:
        return isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None

    def _key(self, text: str, line: int, weight: int, *, bare: bool) -> None:
        here = self.stack[-1]
        if not text and bare:
            raise self.source.invalid(f"line {line}: a key without a name", "write the name before the colon")
        if text in here.lines:
            self.doubled.append(f"'{_short(text)}' on line {here.lines[text]} and again on line {line}")
        here.key = text
        here.merging = bare and text == _MERGE  # a quoted '<<' is a name
        here.lines.setdefault(text, line)
        self._weigh(here, weight)

    def _place(self, value: object, weight: int, line: int) -> None:
        here = self.stack[-1]
        self._weigh(here, weight)
        if isinstance(here.value, list):
            here.value.append(value)
            return
        if here.merging:
            here.merged = self._taken_over(value, line)
        else:
            here.value[here.key] = value
        here.key = None

    def _taken_over(self, value: object, line: int) -> list[dict[str, Any]]:
        """What follows ``<<:``, a mapping or a list of them."""
        found = value if isinstance(value, list) else [value]
        if not all(isinstance(one, dict) for one in found):
            raise self.source.invalid(f"line {line}: '<<' takes over a mapping, such as *name")
        return found

    def _weigh(self, here: _Open, weight: int) -> None:
        # What is open above `here` will hold it as well: the deepest passes the limit first.
        here.weight += weight
        if here.weight > MAX_VALUES:
            raise self.source.too_many(self.aliases)

    def _no_key(self, line: int) -> UserError:
        return self.source.invalid(
            f"line {line}: a key that is a mapping or a list", "give a name as the key"
        )

    def _foreign(self, tag: str, line: int) -> UserError:
        return self.source.invalid(f"line {line}: the tag '{_short(tag)}'", "remove the tag", "plain YAML")


def _translated(source: Source, wrong: yaml.MarkedYAMLError, text: str) -> UserError:
    """What the parser says, in one line, with the usual reasons."""
    mark = wrong.problem_mark or wrong.context_mark
    where = "" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}: "
    problem = " ".join(part for part in (wrong.context, wrong.problem) if part)
    lines = text.splitlines()
    line = lines[mark.line] if mark is not None and mark.line < len(lines) else ""
    step = "mend the named line"
    if "\t" in line[: len(line) - len(line.lstrip())]:
        step = "the line begins with a tab: YAML is indented with blanks"
    elif "mapping values are not allowed" in problem:
        step = "a text with ': ' needs quotes, and keys of one mapping begin in one column"
    return source.invalid(f"{where}{problem}", step)


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
