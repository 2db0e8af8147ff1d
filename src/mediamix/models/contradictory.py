"""Beliefs about one channel that can't both hold; seen without posing the model."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.errors import SpecError
from mediamix.core.spec import Spec
from mediamix.core.spec.merge import EFFECTS


def contradictory(spec: Spec) -> Iterator[SpecError]:
    """Channels of which two things are stated that are one: what they bring, by its ROI and by its share."""
    for name in spec.channels:
        stated = [key for key in EFFECTS if key in spec.stated(name)]
        if len(stated) > 1:
            yield _twice(f"channels.{name}.prior", stated)
    if spec.each_channel is not None:
        # A ROI for channels with spend and a share for the others go together; two about money don't.
        stated = [key for key in ("roi", "mroi") if key in spec.each_channel.beliefs]
        if len(stated) > 1:
            yield _twice("each_channel.prior", stated)


def _twice(key: str, stated: list[str]) -> SpecError:
    return SpecError(
        f"{key}: {' and '.join(stated)} say the same thing twice, what a channel brings",
        expected=f"one of {', '.join(EFFECTS)}",
        got=", ".join(stated),
        next_step=f"keep the one that you know best, such as {stated[0]}",
    )
