"""Which project this server shows: one for all who look."""

from __future__ import annotations

import os
from pathlib import Path

from mediamix.project.folder import Project

#: Environment variable that names the project's folder.
PLACE = "MEDIAMIX_PROJECT"


def project() -> Project:
    """The project that `mediamix app` was started for; it may still wait for its tables.

    Raises:
        FolderError: Its folder is gone.
    """
    return Project.within(Path(os.environ.get(PLACE, ".")))
