"""From YAML to a `Spec`, with every finding in our words."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from mediamix.core.documents import read_document
from mediamix.core.errors import SpecError, shown
from mediamix.core.spec.whole import Spec
from mediamix.core.spec.words import refusal

# What people give where a spec was expected.
TABLES = frozenset({".csv", ".tsv", ".xlsx", ".xls", ".xlsm", ".ods", ".parquet", ".pq"})


def load_spec(path: str | Path) -> Spec:
    """Read a spec from a YAML file (or JSON, where its name ends with ``.json``).

    Raises:
        FolderError: The file is absent or can't be read.
        SpecError: It isn't YAML, or a key or value is wrong; all findings at once.
    """
    path = Path(path)
    if path.suffix.lower() in TABLES and path.is_file():
        raise SpecError(
            f"{path} is a table, not a spec",
            expected="a YAML file that names the tables, such as mediamix.yml",
            got=f"a file of the kind {path.suffix}",
            next_step=f"`mediamix init {path.name}` writes one; or write a mediamix.yml beside it and give "
            f"that: `data: {{wide: {path.name}, date: …, "
            "outcome: …, media: {tv: {spend: …}}}` with the names of its columns for one wide table, or "
            f"`data: {{media: {path.name}, outcome: …}}` for long ones",
        )
    raw = read_document(path, "the spec", SpecError, next_step="check the path; see `mediamix demo`")
    return _placed(parse_spec({} if raw is None else raw, source=str(path)), path.parent)


def _placed(spec: Spec, base: Path) -> Spec:
    """The fit that a spec begins from, under its whole path: who fits doesn't know where the spec lies."""
    last = spec.model.evolve.refresh
    if last is None:
        return spec
    evolve = spec.model.evolve.model_copy(update={"refresh": str((base / last).resolve())})
    return spec.model_copy(update={"model": spec.model.model_copy(update={"evolve": evolve})})


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
