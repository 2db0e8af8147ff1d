"""From a project as it stands to a run of it: read and checked, asked for or found again."""

from __future__ import annotations

import getpass

from mediamix import pipeline
from mediamix.core.spec import Spec, load_spec
from mediamix.data.dataset import Dataset
from mediamix.project.folder import Project
from mediamix.project.record import Record
from mediamix.project.runs import ask


def asked(project: Project, variant: str | None = None, who: str | None = None) -> tuple[Record, bool]:
    """A run of the project's spec and data, and whether it is a new one; nobody works on it yet.

    A run of the same data, spec and seed that is done, at work or waiting is found, not made again.

    Args:
        project: Its spec and data are read and checked first; of a spec without tables the mart is built.
        variant: Of the spec; None: the project's spec.
        who: Asks for it; None: the user of this machine.

    Raises:
        UserError: The spec or the data; nothing was asked for.
        FolderError: The folder can't be written.
    """
    spec = load_spec(project.spec(variant))
    dataset = pipeline.build_dataset_of(spec, project.root)
    return ask(project, hashes_of(dataset, spec), who or user(), variant)


def hashes_of(dataset: Dataset, spec: Spec) -> dict[str, str]:
    """What a run is made of: data, spec and seed."""
    return {"data": dataset.hash, "spec": spec.hash, "seed": str(spec.sampler.seed)}


def user() -> str:
    """Who works on this machine."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "somebody"
