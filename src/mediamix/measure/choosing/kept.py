"""Refits that are done, kept in a folder: a comparison that was interrupted goes on where it was.

A refit is known by a hash of all that makes it: data, spec with its seed, what was asked, and the version.
Its file appears whole or not at all, so that one that is there is done.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mediamix.core.files import whole_file
from mediamix.core.provenance import versions

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Kept:
    """A folder of finished refits.

    Args:
        folder: Made when the first one is done; None: nothing is kept.
    """

    folder: Path | None = None

    def get(self, *key: object) -> Arrays | None:
        """What was kept under a key; None where there is nothing, or what is there can't be read."""
        if self.folder is None:
            return None
        try:
            # As bytes: of a file that was cut short NumPy would leave a handle open.
            with np.load(io.BytesIO(self._path(key).read_bytes()), allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None

    def put(self, arrays: Arrays, *key: object) -> None:
        """Keep what a refit gave.

        Raises:
            FolderError: The folder can't be written.
        """
        if self.folder is None:
            return
        with whole_file(self._path(key)) as aside, aside.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]

    def _path(self, key: tuple[object, ...]) -> Path:
        assert self.folder is not None
        made_by = versions().get("mediamix")
        text = json.dumps([str(made_by), *map(str, key)])
        return self.folder / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.npz"
