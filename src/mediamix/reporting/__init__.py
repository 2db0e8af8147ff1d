"""The report: a page that works offline with its tables beside it, a PDF, or slides.

Sections turn a `Material` into blocks (data, no HTML) with figures as Vega-Lite specs; a form turns blocks
into a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediamix.core.blas import alone
from mediamix.core.extras import extras_of

if TYPE_CHECKING:
    from mediamix.core.spec import Report
    from mediamix.decide.answer.plan import Plan
    from mediamix.measure.summary import Summary
    from mediamix.models.base import Fit
    from mediamix.reporting.changes import Earlier
    from mediamix.reporting.drawing import Pen

__all__ = ["report"]


def report(
    fit: Fit,
    plan: Plan | None,
    path: str | Path,
    *,
    truth: Mapping[str, Any] | None = None,
    summary: Summary | None = None,
    since: str | Path | Earlier | None = None,
    force: bool = False,
) -> Path:
    """Write the report of a fit, in the form that the file's ending says.

    Beside a page its tables lie in the folder ``<name>_tables``.

    Args:
        fit: A fit.
        plan: The recommended budget; None leaves its section out.
        path: Of the file: ``.html``, ``.pdf``, ``.pptx`` or ``.json``.
        truth: Content of ``truth.json`` of generated data; absent: no comparison.
        summary: What `summarise` says of the fit, if it is there already.
        since: An earlier fit, or its folder: what changed since then becomes a section.
        force: Whether a report that is there is replaced, and its tables as far as mediamix wrote them.

    Returns:
        Path of the file.

    Raises:
        DataError: The plan or the truth belong to other channels.
        ExtraError: A package of the extra ``report`` is not installed.
        FolderError: The file or its tables are there and `force` is False, or can't be written or
            replaced.
    """
    return reports(fit, plan, [path], truth=truth, summary=summary, since=since, force=force)[0]


@extras_of("the report")
@alone()
def reports(
    fit: Fit,
    plan: Plan | None,
    paths: Sequence[str | Path],
    *,
    truth: Mapping[str, Any] | None = None,
    summary: Summary | None = None,
    since: str | Path | Earlier | None = None,
    about: Report | None = None,
    force: bool = False,
    pen: Pen | None = None,
) -> list[Path]:
    """The same in several forms at once, measured once.

    `about` stands in the place of the spec's `report`; `pen` was taken before, and stays.
    """
    from mediamix.reporting.changes import Earlier
    from mediamix.reporting.drawing import Pen
    from mediamix.reporting.files import refuse_taken, write_reports
    from mediamix.reporting.material import gather

    wanted = [Path(path) for path in paths]
    refuse_taken(wanted, force=force)
    earlier = Earlier.read(Path(since)) if isinstance(since, str | Path) else since
    with Pen() if pen is None else nullcontext(pen) as held:
        write_reports(gather(fit, plan, truth, summary, about, earlier), wanted, held, force=force)
    return wanted
