"""A job: data, spec and seed, and the name of its folder.

What two runs of one job have in common is a hash of the three, so that a job that is done is found, not
repeated, whichever engine did it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from mediamix.core.files import sha256
from mediamix.core.names import tidy
from mediamix.core.spec import Spec
from mediamix.data.dataset import Dataset
from mediamix.data.read import read, read_spec
from mediamix.data.rows import Rows
from mediamix.project.record import job_of

#: Letters of a name that stand in a folder's.
_LONGEST = 48


@dataclass(frozen=True)
class How:
    """What is asked of every fit alike.

    Args:
        quick: Approximate instead of sampling.
        checks: Whether cheap refits look for misfit.
    """

    quick: bool = False
    checks: bool = True

    def to_dict(self) -> dict[str, str]:
        """What makes another job of the same data, spec and seed; nothing by default."""
        return ({"quick": "yes"} if self.quick else {}) | ({} if self.checks else {"checks": "no"})


@dataclass(frozen=True)
class Job:
    """One fit that is wanted.

    Args:
        spec_name: Of its spec among those that were given.
        brand: Of its rows; None: all rows.
        spec: As it is fitted.
        data: Hash of its rows.
        base: Folder that the spec's paths are relative to.
        tables: The brand's rows by what they are (wide, media, outcome, …); empty: read from the files.
        left_out: Channels without anything in these rows.
        how: What is asked of it.
    """

    spec_name: str
    brand: str | None
    spec: Spec
    data: str
    base: Path
    tables: Mapping[str, Rows] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    how: How = How()

    @cached_property
    def folder(self) -> str:
        """The name of its folder: readable, and a hash of what it is made of."""
        hashes = {"data": self.data, "spec": self.spec.hash, "seed": str(self.spec.sampler.seed)}
        words = self.spec_name if self.brand is None else self.brand
        return f"{_slug(words)}-{job_of({**hashes, **self.how.to_dict()})}"

    def read(self) -> Dataset:
        """Its dataset, checked.

        Raises:
            UserError: What reading refuses.
        """
        if not self.tables:
            return read_spec(self.spec, self.base)
        return read(**self.tables, spec=self.spec)


@dataclass(frozen=True)
class Refused:
    """What can't even be begun.

    Args:
        spec_name: Of the spec.
        brand: Of the rows; None: the spec itself.
        reason: For people.
    """

    spec_name: str
    brand: str | None
    reason: str


def hash_of_files(spec: Spec, base: Path) -> str:
    """Of the content of all tables that a spec names.

    Raises:
        OSError: One can't be read.
    """
    found = hashlib.sha256()
    for path in spec.files(base):
        found.update(sha256(path).encode())
    return found.hexdigest()[:16]


def _slug(name: str) -> str:
    """``Müller & Söhne`` → ``M-ller-S-hne``: a name of a folder on every system."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", tidy(name))[:_LONGEST].strip("-") or "job"
