"""``model``: which family of models is fitted, and the keys of each."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from mediamix.core.spec.evolve import Evolve
from mediamix.core.spec.linear import Linear
from mediamix.core.spec.section import Section
from mediamix.core.spec.stack import Stack

#: A name is a file of `models.families`; a section of the same name, if there is one, holds its keys.
FamilyName = Literal["bayes", "evolve", "linear", "stack"]


class Model(Section):
    """Which family of models is fitted, and the keys of each."""

    later: ClassVar[frozenset[str]] = frozenset({"family", "evolve", "linear", "stack"})

    family: FamilyName = Field("bayes", description="`mediamix list family` says what each is")
    evolve: Evolve = Evolve()
    linear: Linear = Linear()
    stack: Stack | None = Field(None, description="with `family: stack`: which models, and their weights")

    @model_validator(mode="after")
    def _own_keys(self) -> Self:
        for name in type(self).model_fields.keys() & self.model_fields_set - {"family", self.family}:
            if getattr(self, name) != type(self).model_fields[name].get_default(call_default_factory=True):
                raise ValueError(f"'{name}' belongs to 'family: {name}', not to 'family: {self.family}'")
        return self

    @property
    def others(self) -> set[str]:
        """The sections of the families that aren't fitted: they hold their defaults."""
        return set(type(self).model_fields) - {"family", self.family}
