"""Projects to run."""

from project_fixtures import done, empty, project, ran

__all__ = ["done", "empty", "project", "ran"]
