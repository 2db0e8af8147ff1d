"""Projects to look at."""

from project_fixtures import done, empty, project, ran

__all__ = ["done", "empty", "project", "ran"]
