"""Records that people make by hand say in our words what they can't be made of."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, TypeVar

from mediamix.core.errors import UserError, shown
from mediamix.core.registry import strangers

Made = TypeVar("Made")


def says(error: type[UserError]) -> Callable[[type[Made]], type[Made]]:
    """Above a dataclass: names that it doesn't have, and values of a wrong type, raise `error`.

    What its own checks find they raise themselves.
    """

    def wrap(cls: type[Made]) -> type[Made]:
        entries = [entry for entry in fields(cls) if entry.init]  # type: ignore[arg-type]
        names = [entry.name for entry in entries]
        needed = [e.name for e in entries if e.default is MISSING and e.default_factory is MISSING]
        make: Any = cls.__init__

        @functools.wraps(make)
        def init(self: Made, *values: Any, **keys: Any) -> None:
            wrong = strangers(keys, names, f"{cls.__name__} has no '{{}}'")
            if wrong:
                raise error(wrong[0], details=wrong[1:], next_step="correct the name")
            given = {**dict(zip(names, values, strict=False)), **keys}
            absent = [name for name in needed if name not in given]
            if absent:
                are = "are" if needed[1:] else "is"
                raise error(
                    f"{cls.__name__} is incomplete: {', '.join(needed)} {are} needed",
                    expected=", ".join(names),
                    got=shown(given),
                    next_step="complete it",
                )
            try:
                make(self, *values, **keys)
            except (TypeError, AttributeError, ValueError, OverflowError) as fault:
                raise error(
                    f"{cls.__name__} can't be made of these values",
                    expected="; ".join(f"{e.name}: {e.type}" for e in entries if e.name in given),
                    got="; ".join(f"{name}: {shown(value)}" for name, value in given.items()),
                    next_step=f"see help({cls.__name__})",
                ) from fault

        cls.__init__ = init  # type: ignore[method-assign, assignment]
        return cls

    return wrap


def refuse_other(
    value: object, kind: type | tuple[type, ...], error: type[UserError], next_step: str
) -> None:
    """Raise `error` where a function that people call got something else than a `kind`."""
    if not isinstance(value, kind):
        kinds = kind if isinstance(kind, tuple) else (kind,)
        expected = " or ".join(k.__name__ for k in kinds)
        raise error(
            f"this takes a {expected}",
            expected=expected,
            got=f"{type(value).__name__}: {shown(value)}",
            next_step=next_step,
        )
