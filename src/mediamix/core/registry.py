"""One file per component: the folder is the registry.

``discover("mediamix.transforms.adstock", Adstock)`` imports every module of the package and
collects the module-level values that are instances of `Adstock`, by their ``name``. To add a
component, add a file; there is nothing else to edit. Two components of one name are refused.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import Protocol, TypeVar, cast

from mediamix.core.errors import MediamixError, SpecError


class Named(Protocol):
    """What a registry asks of a component."""

    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=Named)


@cache
def discover(package: str, kind: type[T]) -> MappingProxyType[str, T]:
    """All components of type `kind` in the modules of `package`, by name, sorted.

    Raises:
        MediamixError: Two modules define a component of the same name.
    """
    found: dict[str, T] = {}
    home: dict[str, str] = {}
    for module_info in pkgutil.iter_modules(importlib.import_module(package).__path__):
        module = importlib.import_module(f"{package}.{module_info.name}")
        for value in vars(module).values():
            if not isinstance(value, kind):
                continue
            if found.get(value.name, value) is not value:
                raise MediamixError(
                    f"two components of {package} are called '{value.name}': "
                    f"in {home[value.name]} and in {module.__name__}"
                )
            found[value.name] = value
            home.setdefault(value.name, module.__name__)
    return MappingProxyType(dict(sorted(found.items())))


def pick(package: str, kind: type[T], name: str) -> T:
    """The component called `name`.

    Raises:
        SpecError: There is none; the message names the nearest ones.
    """
    known = discover(package, kind)
    if name not in known:
        raise SpecError(
            f"there is no {package.rsplit('.', 1)[-1]} called '{name}'",
            expected=f"one of {', '.join(known)}",
            got=name,
            next_step=suggestion(name, known) or "pick one of the known names",
        )
    return cast(T, known[name])


#: Names that are compared at most, and the longest one: likeness takes their product in time.
_MOST_NAMES, _LONGEST_NAME = 500, 60


def suggestion(name: str, known: Iterable[str]) -> str:
    """``did you mean 'x'?`` for the nearest known name, or an empty string; bounded work."""
    if len(name) > _LONGEST_NAME:
        return ""
    names = [one for one in known if len(one) <= _LONGEST_NAME]
    if len(names) > _MOST_NAMES:
        # A slip of the pen seldom changes the first letter.
        names = [one for one in names if one[:1].casefold() == name[:1].casefold()][:_MOST_NAMES]
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean '{near[0]}'?" if near else ""


def strangers(given: Iterable[object], known: Sequence[str], words: str, most: int = 10) -> list[str]:
    """A line for each of the first few given keys that aren't known, and how many more there are.

    Args:
        given: Keys.
        known: Those that there are.
        words: The line, with ``{}`` for the key.
        most: Lines.
    """
    wrong = [str(key) for key in given if key not in known]
    others = "known are " + ", ".join(known)
    lines = [f"{words.format(shown_key(key))}: {suggestion(key, known) or others}" for key in wrong[:most]]
    return lines + ([f"and {len(wrong) - most:,} more"] if len(wrong) > most else [])


def shown_key(key: str, most: int = 100) -> str:
    """A key that fits on a line."""
    return key if len(key) <= most else key[: most - 1] + "…"
