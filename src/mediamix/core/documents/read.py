"""From a path to the document in it."""

from __future__ import annotations

import codecs
from pathlib import Path

from mediamix.core.documents.json_text import parse_json
from mediamix.core.documents.limits import MAX_BYTES
from mediamix.core.documents.yaml_text import parse_yaml
from mediamix.core.errors import FolderError, UserError

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_document(
    path: str | Path,
    what: str,
    error: type[UserError],
    *,
    next_step: str = "check the path",
) -> object:
    """What a YAML file holds, or a JSON file where the name ends with ``.json``; None of an empty one.

    Args:
        path: The file.
        what: The words for it: ``the spec``.
        error: Raised where its content is wrong.
        next_step: Where it can't be read.

    Raises:
        FolderError: It is absent, can't be read, is no text or too large.
        UserError: Of the type `error`: see `parse_yaml` and `parse_json`.
    """
    path = Path(path)
    text = read_text(path, what, next_step=next_step)
    if path.suffix.lower() == ".json":
        return parse_json(text, str(path), error)
    return parse_yaml(text, str(path), error)


def read_text(path: Path, what: str, *, next_step: str = "check the path", most: int = MAX_BYTES) -> str:
    """The text of a file of at most so many bytes: UTF-8, or UTF-16 with its mark.

    Raises:
        FolderError: It is absent, can't be read, is no text or too large.
    """
    try:
        with path.open("rb") as file:
            # Not one byte more than is allowed: a device has no end.
            raw = file.read(most + 1)
    except OSError as wrong:
        raise FolderError(
            f"can't read {what} {path}", got=wrong.strerror or str(wrong), next_step=next_step
        ) from wrong
    if len(raw) > most:
        raise FolderError(
            f"{what} {path} is too large",
            expected=f"at most {most / 2**20:.0f} MiB",
            got="more",
            next_step="is this the right file? Rows of data belong in a CSV or Parquet file",
        )
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "utf-8")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as wrong:
        line = raw.count(b"\n", 0, wrong.start) + 1
        raise FolderError(
            f"can't read {what} {path}: it is no UTF-8 text",
            expected="UTF-8",
            got=f"the byte 0x{raw[wrong.start]:02X} on line {line}",
            next_step="save it as UTF-8; is it the right file?",
        ) from wrong
