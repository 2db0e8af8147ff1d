"""What was found so far, kept in one JSON file: runs can be interrupted, and parts added later.

A fit's answer is kept under the hashes of its dataset and its spec: another world, or another spec, is
fitted anew; markets that several structures have in common are fitted once. Another engine isn't noticed:
``--again``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mediamix.core.files import write_text
from mediamix.core.spec import Spec
from mediamix.data.dataset import Dataset
from structures.answer import Answer, ask


@dataclass
class Cache:
    """Answers by world and spec, and timings by structure."""

    path: Path
    answers: dict[str, Any]
    speeds: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> Cache:
        """What is there; nothing if there is no file."""
        raw = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return cls(path, raw.get("answers", {}), raw.get("speeds", {}))

    def write(self) -> None:
        """A line per entry, whole or not at all."""
        parts = []
        for name, entries in (("answers", self.answers), ("speeds", self.speeds)):
            lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in sorted(entries.items())]
            parts.append(f"{json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n}")
        write_text(self.path, "{" + ",\n".join(parts) + "}\n")

    def known(self, dataset: Dataset, spec: Spec) -> Answer | None:
        """The answer, where this was fitted before."""
        raw = self.answers.get(_key(dataset, spec))
        return None if raw is None else Answer.from_dict(raw)

    def ask(self, dataset: Dataset, spec: Spec, *, again: bool = False) -> Answer:
        """The answer, fitted if need be.

        Raises:
            UserError: The fit is refused.
        """
        found = None if again else self.known(dataset, spec)
        if found is None:
            found = ask(dataset, spec)
            self.answers[_key(dataset, spec)] = found.to_dict()
            self.write()
        return found


def _key(dataset: Dataset, spec: Spec) -> str:
    return f"{dataset.hash}-{spec.hash}"
