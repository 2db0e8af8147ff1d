"""From specs and tables to jobs: what is to be fitted, and what can't be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mediamix.core.errors import FolderError, SpecError, UserError
from mediamix.core.spec import Spec, load_spec
from mediamix.data.files import Source
from mediamix.many.job import How, Job, Refused, hash_of_files
from mediamix.many.split import Brand, brands_of, tables_of
from mediamix.project.folder import SPEC

#: Rows that a brand needs by default: half a year of weeks.
LEAST_ROWS = 26
_ENDINGS = (".yml", ".yaml")


@dataclass(frozen=True)
class Given:
    """One spec that was given.

    Args:
        name: For people.
        base: Folder that its paths are relative to.
        spec: The spec, or the path of one that is still to be read.
    """

    name: str
    base: Path
    spec: Spec | Path

    def load(self) -> Spec:
        """The spec.

        Raises:
            UserError: It can't be read.
        """
        return load_spec(self.spec) if isinstance(self.spec, Path) else self.spec


def specs_of(given: Spec | str | Path) -> list[Given]:
    """The specs behind what was given: one, a file, or all of a folder.

    Paths in a spec are relative to its folder; in the variants of a project (``specs/`` beside the project's
    spec) to the project.

    Raises:
        FolderError: There is nothing there.
        SpecError: The folder holds no spec.
    """
    if isinstance(given, Spec):
        return [Given("spec", Path(), given)]
    path = Path(given)
    if not path.is_dir():
        if not path.is_file():
            raise FolderError(
                f"there is no {path}",
                expected="a spec, or a folder of specs",
                next_step="check the path; `mediamix init` writes a spec from a table",
            )
        return [Given(path.stem, path.parent, path)]
    found = sorted(p for p in path.iterdir() if p.suffix in _ENDINGS and p.is_file() and p.name[0] != ".")
    if not found:
        raise SpecError(
            f"the folder {path} holds no spec",
            expected=f"files that end with {' or '.join(_ENDINGS)}",
            got=", ".join(sorted(p.name for p in path.iterdir())[:6]) or "an empty folder",
            next_step="give a spec, or a folder of specs",
        )
    base = path.parent if path.name == "specs" and (path.parent / SPEC).is_file() else path
    stems = Counter(one.stem for one in found)
    return [Given(one.stem if stems[one.stem] == 1 else one.name, base, one) for one in found]


def jobs_of(
    given: list[Given], by: str | None, wide: Source | None, how: How, least_rows: int = LEAST_ROWS
) -> list[Job | Refused]:
    """What is to be fitted, in order; what can't be is there with its reason.

    Raises:
        UserError: The only spec can't be read, or not even one brand of it.
    """
    found: list[Job | Refused] = []
    for one in given:
        try:
            found += _jobs(one, by, wide, how, least_rows)
        except UserError as error:
            if len(given) == 1:
                raise
            found.append(Refused(one.name, None, str(error)))
    return found


def _jobs(
    given: Given, by: str | None, wide: Source | None, how: How, least_rows: int
) -> Iterator[Job | Refused]:
    spec = given.load()
    if by is None and wide is None:
        _refuse_no_data(spec, given.base)
        yield Job(given.name, None, spec, hash_of_files(spec, given.base), given.base, how=how)
        return
    tables = tables_of(spec, given.base, wide)
    if by is None:
        raise SpecError(
            "a table in memory is cut by a column, and none is named",
            expected="by=…, the column that says whose rows they are",
            next_step="fit a single table with mm.fit(mm.read(wide=…, spec=…), spec)",
        )
    for brand in brands_of(tables, by, spec):
        reason = _reason(brand, by, least_rows)
        if reason:
            yield Refused(given.name, brand.name or "(none)", reason)
            continue
        own = _without(spec, brand.silent)
        yield Job(given.name, brand.name, own, brand.data, given.base, brand.tables, brand.silent, how)


def _reason(brand: Brand, by: str, least_rows: int) -> str:
    """Why a brand can't be fitted; empty where nothing is known against it."""
    if not brand.name:
        rows = brand.tables.get("wide") or brand.tables.get("outcome") or next(iter(brand.tables.values()))
        first = ", ".join(str(row) for row in rows.frame.index[:5])
        return f"{len(rows.frame):,} rows of {rows.name} name no '{by}' (rows {first} …)"
    if brand.lacks:
        return f"it has no rows in {', '.join(brand.lacks)}"
    if brand.rows < least_rows:
        return (
            f"it has {brand.rows} rows, fewer than {least_rows}: too few to tell media from season; "
            "--least-rows fits it nevertheless"
        )
    return ""


def _without(spec: Spec, silent: tuple[str, ...]) -> Spec:
    """The spec without channels that these rows don't use."""
    if not silent:
        return spec
    changed = {"channels": {name: one for name, one in spec.channels.items() if name not in silent}}
    media = spec.data.media
    if isinstance(media, dict):
        kept = {name: one for name, one in media.items() if name not in silent}
        return spec.model_copy(update={**changed, "data": spec.data.model_copy(update={"media": kept})})
    return spec.model_copy(update=changed)


def _refuse_no_data(spec: Spec, base: Path) -> None:
    """What stops a spec before its tables are read: none named, or not there."""
    absent = [path for path in spec.files(base) if not path.is_file()]
    if absent:
        raise FolderError(
            f"there is no file {absent[0]}",
            expected="the tables that the spec names",
            next_step="check the path: paths in a spec are relative to the spec's folder",
        )
    if spec.data.wide is None and not (spec.data.media and spec.data.outcome):
        raise SpecError(
            "the spec names no data",
            expected="data: {media: media.csv, outcome: outcome.csv}, or {wide: table.csv, …}",
            next_step="add the tables to the spec",
        )
