"""`pytest --seed-shift N`: every seed of a sampler is shifted, in this process and in those that it starts.

Python runs a `sitecustomize` that it finds on PYTHONPATH before anything else. This one waits until
`mediamix.core.seeds` is imported, the one place where a fit's seed becomes random numbers, and wraps its
functions. Nothing of it is in the product.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from types import ModuleType
from typing import Any

#: How far; and a file to which a line is written for each time that random numbers are taken.
SHIFT, LOG = "MEDIAMIX_TEST_SEED_SHIFT", "MEDIAMIX_TEST_SEED_LOG"
SEEDS = "mediamix.core.seeds"
#: Far from one seed of the suite to another's, so that no shift leads to a seed that is used already.
STEP = 1_000_003


class _Finder(MetaPathFinder):
    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != SEEDS:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.loader is not None
        execute = spec.loader.exec_module

        def and_shift(module: ModuleType) -> None:
            execute(module)
            wrap(module)

        spec.loader.exec_module = and_shift  # type: ignore[method-assign]
        return spec


def wrap(module: Any) -> None:
    """Shift what `mediamix.core.seeds` gives from now on; once."""
    if hasattr(module, "shifted"):
        return
    module.shifted = True

    def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
        def shifted(seed: int, *stream: int) -> Any:
            if log := os.environ.get(LOG):
                with open(log, "a", encoding="utf-8") as file:
                    file.write(os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0] + "\n")
            return function((seed + STEP * int(os.environ.get(SHIFT, "0"))) % 2**63, *stream)

        return shifted

    module.of_chains = wrapped(module.of_chains)
    module.generator = wrapped(module.generator)


if (os.environ.get(SHIFT, "0") != "0" or LOG in os.environ) and SEEDS not in sys.modules:
    sys.meta_path.insert(0, _Finder())
