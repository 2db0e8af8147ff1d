"""The report: one HTML file that works offline, and its tables as CSV beside it.

Sections turn a `Material` into blocks (data, no HTML); the renderer turns blocks into a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediamix.core.extras import extras_of

if TYPE_CHECKING:
    from mediamix.decide.answer.plan import Plan
    from mediamix.measure.summary import Summary
    from mediamix.models.base import Fit

__all__ = ["report"]


@extras_of("the report")
def report(
    fit: Fit,
    plan: Plan | None,
    path: str | Path,
    *,
    truth: Mapping[str, Any] | None = None,
    summary: Summary | None = None,
    force: bool = False,
) -> Path:
    """Write the report of a fit, and its tables into the folder ``<name>_tables`` beside it.

    Args:
        fit: A fit.
        plan: The recommended budget; None leaves its section out.
        path: Of the HTML file.
        truth: Content of ``truth.json`` of generated data; absent: no comparison.
        summary: What `summarise` says of the fit, if it is there already.
        force: Whether a report that is there is replaced, and its tables as far as mediamix wrote them.

    Returns:
        Path of the HTML file.

    Raises:
        DataError: The plan or the truth belong to other channels.
        ExtraError: plotly or jinja2 is not installed.
        FolderError: The file or its tables are there and `force` is False, or can't be written or
            replaced.
    """
    from mediamix.core.files import refuse_foreign, refuse_there
    from mediamix.core.folders import refuse_used
    from mediamix.reporting.files import OURS, refuse_ending, tables_folder, write_report
    from mediamix.reporting.material import gather

    path = Path(path)
    refuse_there(path, force=force)
    refuse_ending(path)
    refuse_foreign(path, OURS)
    refuse_used(tables_folder(path), force=force)
    return write_report(gather(fit, plan, truth, summary), path, force=force)
