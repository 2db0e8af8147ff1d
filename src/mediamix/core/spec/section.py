"""What every section of the spec is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mediamix.core.errors import SpecError, shown
from mediamix.core.spec.words import NEXT, refusal

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Worded(type(BaseModel)):  # type: ignore[misc]  # the metaclass has no public name
    """Says in our words what pydantic says of a call: ``Spec(sampler={"draws": "many"})``.

    Only the outermost call comes here, so that all findings are said at once, with their whole keys.
    """

    def __call__(cls, *values: Any, **keys: Any) -> Any:
        if values:
            raise SpecError(
                f"{cls.__name__} takes its keys by name",
                expected=f"{cls.__name__}({next(iter(cls.model_fields), 'key')}=…)",
                got=shown(values[0]),
                next_step=f"{cls.__name__}(**mapping) takes a mapping; load_spec(path) reads a file",
            )
        try:
            return super().__call__(**keys)
        except ValidationError as error:
            # Not `from error`: a traceback would print pydantic's words after all.
            raise refusal(error, cls, cls.called()) from None


if TYPE_CHECKING:  # type checkers shall see the fields of each section, not `_Worded.__call__`
    _Checked = BaseModel
else:

    class _Checked(BaseModel, metaclass=_Worded):
        """A model whose calls say in our words what is wrong."""


class Section(_Checked):
    """Base of every part of the spec: frozen, and unknown keys are errors.

    Raises:
        SpecError: Keys or values are wrong; all findings at once.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Keys that came after a fit could first be made: one that holds its default isn't hashed, so that specs
    #: that don't name it keep their hash, and fits of them are found again.
    later: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def called(cls) -> str:
        """Its name in messages."""
        return "the spec" if cls.__name__ == "Spec" else cls.__name__

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """From a mapping, as the call with its keys.

        Raises:
            SpecError: Keys or values are wrong; all findings at once.
        """
        try:
            return super().model_validate(obj, **options)
        except ValidationError as error:
            raise refusal(error, cls, cls.called()) from None

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """From a JSON text.

        Raises:
            SpecError: It isn't JSON, or keys or values are wrong; all findings at once.
        """
        try:
            return super().model_validate_json(json_data, **options)
        except ValidationError as error:
            raise refusal(error, cls, cls.called()) from None

    def unsaid(self) -> dict[str, Any]:
        """The keys, of this section and of those in it, that the hash leaves out: as pydantic's `exclude`."""
        found: dict[str, Any] = {}
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if name in self.later and value == field.get_default(call_default_factory=True):
                found[name] = True
            elif inner := _unsaid(value):
                found[name] = inner
        return found

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with some keys replaced, which are checked as in a new one.

        Raises:
            SpecError: Keys or values are wrong; all findings at once.
        """
        if not update:
            return super().model_copy(deep=deep)
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return type(self).model_validate({**given, **update})

    def __setattr__(self, name: str, value: object) -> None:
        raise self._frozen(name, value)

    def __delattr__(self, name: str) -> None:
        raise self._frozen(name, None)

    def _frozen(self, name: str, value: object) -> SpecError:
        return SpecError(
            f"{type(self).__name__}.{name} can't be set: a spec never changes, so that its hash holds",
            expected=f"a changed copy: spec.model_copy(update={{'{name}': …}})",
            got=f"{name} = {shown(value)}",
            next_step=NEXT,
        )


def _unsaid(value: object) -> dict[str, Any]:
    """`Section.unsaid` of a section, or of those in a mapping."""
    if isinstance(value, Section):
        return value.unsaid()
    if isinstance(value, Mapping):
        inner = {key: _unsaid(one) for key, one in value.items()}
        return {key: one for key, one in inner.items() if one}
    return {}
