"""The card of a `Spec`: what differs from the defaults."""

from __future__ import annotations

from typing import Any

from mediamix.core.card import Card
from mediamix.core.spec import Spec


def card(spec: Spec) -> Card:
    """A line per section that isn't at its default."""
    changed = spec.model_dump(mode="json", exclude_defaults=True)
    lines = tuple((key, _plain(value)) for key, value in changed.items())
    return Card(
        title="Spec: every key has a default; these are set" if lines else "Spec: every key at its default",
        lines=lines
        or (("model", f"{spec.sampler.chains} × {spec.sampler.draws:,} draws, seed {spec.sampler.seed}"),),
        next_step="mm.fit(data, spec)",
    )


def _plain(value: Any) -> str:
    """``{draws: 200, tune: 200}``, as YAML has it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_plain(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_plain, value))}]"
    return str(value)
