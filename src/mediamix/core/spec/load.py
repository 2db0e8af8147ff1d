"""From YAML to a `Spec`, with every finding in our words."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from mediamix.core.documents import read_document
from mediamix.core.errors import SpecError, shown
from mediamix.core.spec.whole import Spec
from mediamix.core.spec.words import refusal


def load_spec(path: str | Path) -> Spec:
    """Read a spec from a YAML file (or JSON, where its name ends with ``.json``).

    Raises:
        FolderError: The file is absent or can't be read.
        SpecError: It isn't YAML, or a key or value is wrong; all findings at once.
    """
    raw = read_document(path, "the spec", SpecError, next_step="check the path; see `mediamix demo`")
    return parse_spec({} if raw is None else raw, source=str(path))


def parse_spec(raw: object, source: str = "the spec") -> Spec:
    """Turn a mapping into a `Spec`.

    Raises:
        SpecError: All findings at once, each with its key and the nearest known key.
    """
    if not isinstance(raw, dict):
        raise SpecError(f"{source} must be a mapping of keys", expected="data: …, outcome: …", got=shown(raw))
    try:
        spec: Spec = Spec.__pydantic_validator__.validate_python(raw)
    except ValidationError as error:
        # Not `from error`: a traceback would print pydantic's words after all.
        raise refusal(error, Spec, source) from None
    return spec
