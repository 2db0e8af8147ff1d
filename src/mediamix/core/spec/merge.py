"""What holds unless something else is said: a preset under the spec, ``each_channel`` under a channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mediamix.core.spec.section import Section

#: Mappings of this key are merged by their keys, and no deeper: a prior is said whole or not at all.
WHOLE = "prior"
#: Beliefs about what a channel brings: who says one says what takes the place of the others.
EFFECTS = ("roi", "mroi", "share")
#: Mappings in each other that a spec may have, and more; nothing hangs on what is deeper.
DEPTH = 8


def said(value: object, depth: int = DEPTH) -> object:
    """A section as the mapping of the keys that it was given; a mapping with such values likewise."""
    if isinstance(value, Section):
        fields = type(value).model_fields
        value = {name: getattr(value, name) for name in fields if name in value.model_fields_set}
    if isinstance(value, Mapping) and depth:
        return {key: said(one, depth - 1) for key, one in value.items()}
    return value


def under(base: object, own: object, key: str = "") -> Any:
    """`own`, and of `base` what `own` doesn't say; both as from `said`.

    Args:
        base: What holds unless something else is said.
        own: What is said.
        key: Of both in the mapping that they are in.
    """
    if not isinstance(base, Mapping) or not isinstance(own, Mapping):
        return own
    if key == WHOLE:
        instead = any(own.get(name) is not None for name in EFFECTS)
        gone = {name for name in EFFECTS if instead and name not in own}
        return {name: one for name, one in base.items() if name not in gone} | dict(own)
    merged = {**base, **own}
    for name in base.keys() & own.keys():
        merged[name] = under(base[name], own[name], name)
    return merged
