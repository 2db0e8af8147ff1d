"""nutpie's Rust core: loaded without its package, and started through the interfaces of it that we hold.

What we call is private to nutpie and changed within 0.16. Each interface we know is listed here by the
arguments it takes; what is installed is compared with the list before anything is called.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from types import ModuleType
from typing import Any

from mediamix.core.errors import ExtraError, UserError

#: The versions that pyproject.toml allows and the tests have run with; the first is the newest for 3.11.
TRIED = ("0.16.8", "0.16.11")
#: What we call → its arguments, the same in all that we hold.
CALLED = {
    "PyNutsSettings.LowRank": "seed",
    "LogpFunc": "ptr user_data_ptr keep_alive",
    "ExpandFunc": "dim expanded_dim ptr user_data_ptr keep_alive",
    "PyVariable.new_variables": "names item_types shapes dim_sizes dims",
    "PyMcModel": "density expand variables dim dim_sizes coords init_func transform_adapter",
    "ProgressType.template_callback": "rate template n_cores callback",
    "PyStorage.arrow": "",
}
#: Arguments of the sampler → what stands between `progress_type` and `store`.
SAMPLERS: Mapping[str, tuple[object, ...]] = {
    "settings cores model progress_type store": (),
    # From 0.16.9: a second callback, which we don't need beside the progress.
    "settings cores model progress_type extra_callback extra_callback_rate store": (None, 0),
}
_SAMPLER = "PySampler.from_pymc"
#: Where Linux lists a process's threads, and how the names of a sampler's begin.
THREADS, WORKER = Path("/proc/self/task"), "nutpie-worker"
#: How long to wait for them, and how long where they can't be seen. Measured: 7 milliseconds.
WORKERS_SECONDS, BLIND_SECONDS = 2.0, 0.1


@dataclass(frozen=True)
class Core:
    """The extension module, probed.

    Args:
        module: nutpie's own.
        between: What its sampler takes between the progress and the store.
    """

    module: Any
    between: tuple[object, ...]

    def start(self, limits: Any, threads: int, model: Any, state: Any) -> Any:
        """Begin to sample a model on `threads` threads; the sampler that runs."""
        store = self.module.PyStorage.arrow()
        return self.module.PySampler.from_pymc(limits, threads, model, state, *self.between, store)


def wait_for_workers(most: float = WORKERS_SECONDS) -> bool:
    """Wait until no thread of a sampler that was stopped is left; False: some still were.

    `abort` returns some milliseconds before its threads have ended, and an interpreter that ends under them
    crashes. Where the system doesn't list a process's threads (any but Linux) there is nothing to wait by but
    the clock.
    """
    if not THREADS.is_dir():
        time.sleep(min(most, BLIND_SECONDS))
        return True
    end = time.perf_counter() + most
    while _workers():
        if time.perf_counter() > end:
            return False
        time.sleep(0.001)
    return True


def _workers() -> int:
    """Threads of samplers in this process, by their name."""
    count = 0
    for thread in THREADS.iterdir():
        try:
            count += (thread / "comm").read_text().startswith(WORKER)
        except OSError:  # it has ended meanwhile
            continue
    return count


def core() -> Core:
    """The installed nutpie's core.

    Raises:
        ExtraError: nutpie is not installed.
        UserError: Its interface is none that we hold.
    """
    return probe(_module())


def probe(module: Any) -> Core:
    """The core in `module`, its interface compared with those that we hold."""
    strange = {
        name: found for name, wanted in CALLED.items() if (found := _arguments(module, name)) != wanted
    }
    sampler = _arguments(module, _SAMPLER)
    if sampler not in SAMPLERS:
        strange[_SAMPLER] = sampler
    if strange:
        raise UserError(
            "the installed nutpie can't be used: its inner interface is another than those known here",
            expected=f"nutpie {TRIED[0]} to {TRIED[-1]}",
            got=f"nutpie {getattr(module, '__version__', 'without a version')}",
            next_step=f"pip install 'nutpie>={TRIED[0]},<={TRIED[-1]}', or a newer mediamix",
            details=[f"{name} takes ({', '.join(found.split())})" for name, found in strange.items()],
        )
    return Core(module, SAMPLERS[sampler])


def _arguments(module: Any, name: str) -> str:
    """Names of a callable's arguments, separated by blanks; "?" where there is none or it doesn't say."""
    found = module
    for part in name.split("."):
        found = getattr(found, part, None)
    try:
        return " ".join(inspect.signature(found).parameters)
    except (TypeError, ValueError):
        return "?"


def _module() -> ModuleType:
    """Nutpie's extension module, without running its package's imports."""
    name = "nutpie._lib"
    if name in sys.modules:
        return sys.modules[name]
    package = importlib.util.find_spec("nutpie")
    if package is None or not package.submodule_search_locations:
        raise ExtraError("nutpie", "bayes", "sampling")
    folder = Path(next(iter(package.submodule_search_locations)))
    for suffix in EXTENSION_SUFFIXES:
        path = folder / f"_lib{suffix}"
        if path.exists():
            spec = importlib.util.spec_from_file_location(name, path)
            if spec is None or spec.loader is None:
                break
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            # One instance for all: a later `import nutpie` finds this one.
            sys.modules[name] = module
            return module
    raise ExtraError("nutpie", "bayes", "sampling")
