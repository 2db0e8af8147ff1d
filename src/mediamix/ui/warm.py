"""The run that visitors will see first, measured and planned before the first of them comes."""

from __future__ import annotations

import logging
import threading

from mediamix.project.folder import Project

#: Budgets in percent of today's: the planner's first, and the most that its slider asks for.
ENDS = (100, 200)


def warm(project: Project) -> None:
    """Begin, beside the server's start; what goes wrong is told by the page that meets it."""
    # It is no visitor: Streamlit would say so in the server's log.
    logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel(logging.ERROR)
    threading.Thread(target=_measure, args=(project,), name="warm", daemon=True).start()


def _measure(project: Project) -> None:
    from mediamix.core.errors import UserError
    from mediamix.reporting.section import build_sections
    from mediamix.ui.asking import Asked
    from mediamix.ui.planning import answer
    from mediamix.ui.session import first_seen, measured

    try:
        record = first_seen(project)
        if record is not None:
            list(build_sections(measured(str(project.root), record.id)))  # it builds as it is read
            for share in ENDS:  # each on curves of its own, which every budget between them is planned on
                answer(str(project.root), record.id, Asked(share=share))
    except (UserError, OSError, ValueError, KeyError):
        logging.getLogger(__name__).debug("not measured ahead", exc_info=True)
