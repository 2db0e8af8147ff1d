"""What typer's help is like here: a flag stands without the name of a type."""

from __future__ import annotations

from inspect import cleandoc
from typing import Any

from typer.core import TyperCommand, TyperGroup


class Command(TyperCommand):
    """A command whose flags have no ``<bool>`` beside them."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Its arguments and options, `--help` included."""
        return _bare_flags(super().get_params(ctx))


class Group(TyperGroup):
    """The same for the program itself."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Its options, `--help` included."""
        return _bare_flags(super().get_params(ctx))


def unwrapped(text: str) -> str:
    """Paragraphs without the line ends of the source, which typer would keep."""
    return "\n\n".join(" ".join(part.split()) for part in cleandoc(text).split("\n\n"))


def _bare_flags(parameters: list[Any]) -> list[Any]:
    for parameter in parameters:
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""
    return parameters
