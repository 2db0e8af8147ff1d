"""Which priors of a spec are a channel's: its own, and those said for each channel that it can have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mediamix.core.errors import SpecError
from mediamix.core.presets import presets
from mediamix.core.registry import suggestion
from mediamix.core.spec import ChannelSpec, Spec
from mediamix.core.spec.merge import EFFECTS
from mediamix.models.priors import SPREAD
from mediamix.transforms.base import Parameter


def applying(
    spec: Spec, name: str, parameters: tuple[Parameter, ...], *, panel: bool, has_roi: bool
) -> ChannelSpec:
    """A channel's keys, without the priors said for each channel that it has no use for.

    Args:
        spec: The spec.
        name: Channel.
        parameters: Of its components.
        panel: Geos are side by side.
        has_roi: Its spend and the outcome's money value are known.

    Raises:
        SpecError: A prior of its own on something that it doesn't have.
    """
    channel = spec.channel(name)
    own = spec.stated(name)
    known = [*EFFECTS, *(p.name for p in parameters), *([SPREAD] if panel else [])]
    _refuse_unknown(name, own, known)
    common = {key: belief for key, belief in channel.beliefs.items() if key not in own and key in known}
    effects = ["roi", "mroi"] if has_roi and {"roi", "mroi"} & common.keys() else ["share"]
    kept = {
        key: belief
        for key, belief in channel.beliefs.items()
        if key in own or (key in common and (key not in EFFECTS or key in effects))
    }
    return channel.model_copy(update={"prior": kept})


def _refuse_unknown(channel: str, beliefs: Iterable[str], known: list[str]) -> None:
    """SpecError for a prior on something the channel doesn't have."""
    wrong = [name for name in beliefs if name not in known]
    if wrong:
        raise SpecError(
            f"channels.{channel}.prior names unknown parameters: {', '.join(wrong)}",
            expected=f"one of {', '.join(known)}",
            got=wrong[0],
            next_step=suggestion(wrong[0], known) or "see `mediamix list adstock`",
        )


def useless(spec: Spec, used: Mapping[str, ChannelSpec]) -> SpecError | None:
    """A prior said for each channel that no channel can have; those of a preset are no error.

    Args:
        spec: The spec.
        used: Per channel what `applying` gave.
    """
    if spec.each_channel is None or not used:
        return None
    preset = presets()[spec.preset].spec.get("each_channel", {}) if spec.preset else {}
    theirs = ChannelSpec(**preset).beliefs
    applied = {name for channel in used.values() for name in channel.beliefs}
    said = spec.each_channel.beliefs
    if spec.channels.keys() >= used.keys():
        return None  # every channel has its own keys, which took what they wanted
    wrong = [name for name in said if name not in applied and said[name] != theirs.get(name)]
    if not wrong:
        return None
    return SpecError(
        f"each_channel.prior: no channel has {', '.join(wrong)}",
        expected=f"one of {', '.join(sorted({*applied, *EFFECTS}))}",
        got=wrong[0],
        next_step=suggestion(wrong[0], applied) or "see `mediamix list adstock`, or leave it out",
    )
