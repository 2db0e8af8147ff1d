"""What the linear family can't fit, said before anything is computed."""

from __future__ import annotations

from collections.abc import Iterator

from mediamix.core.errors import SpecError, UserError
from mediamix.core.registry import suggestion
from mediamix.core.spec import AdstockSpec, SaturationSpec, Spec
from mediamix.data.dataset import Dataset
from mediamix.models.refusals import of_one_equation


def refused(dataset: Dataset, spec: Spec) -> Iterator[UserError]:
    """All that stops a linear fit and is seen without its columns."""
    yield from of_one_equation(dataset, spec, "linear", _meaningless(dataset, spec))
    for name in dataset.channel_names:
        yield from _of_channel(spec, name)
    keys = spec.model.linear
    for key, named in (("fixed", [*keys.fixed]), ("positive", keys.positive)):
        strangers = [] if named == "all" else [one for one in named if one not in dataset.channel_names]
        if strangers:
            yield SpecError(
                f"model.linear.{key}: the data have no such channel",
                expected=f"one of {', '.join(dataset.channel_names)}",
                got=", ".join(strangers[:5]),
                next_step=suggestion(strangers[0], dataset.channel_names) or "remove the entry",
            )


def _meaningless(dataset: Dataset, spec: Spec) -> Iterator[tuple[str, str]]:
    """Keys that a regression has no use for, and why."""
    told = {
        "noise": "one kind of noise; `model.linear.block` says how long a bootstrap takes it to last"
        if spec.noise.kind != "normal"
        else "",
        "noise.prior": "no priors" if spec.noise.prior else "",
        "synergy": "no effect of pairs" if spec.synergy is not None else "",
        "mediators": "one equation, no funnel" if spec.mediators else "",
        "calibration": "no place for experiments" if dataset.experiments else "",
        "media.pooled": "no priors" if spec.media.pooled else "",
        "media.prior.share": "no priors" if spec.media.prior.share is not None else "",
    }
    yield from ((key, why) for key, why in told.items() if why)
    for name in dataset.channel_names:
        channel = spec.channel(name)
        if channel.beliefs:
            yield f"channels.{name}.prior", "no priors"
        if channel.varying is not None:
            yield f"channels.{name}.varying", "effects that stay the same"


def _of_channel(spec: Spec, name: str) -> Iterator[SpecError]:
    """Fixed parameters that are missing, or that the channel's components don't have."""
    from mediamix.transforms.base import pick_adstock, pick_saturation

    wanted, given = spec.channel(name), spec.model.linear.fixed.get(name, {})
    key, known = f"model.linear.fixed.{name}", []
    parts = (
        ("adstock", pick_adstock(wanted.adstock.kind), AdstockSpec().kind),
        ("saturation", pick_saturation(wanted.saturation.kind), SaturationSpec().kind),
    )
    for part, component, usual in parts:
        names = [p.name for p in component.parameters]
        known += names
        missing = [n for n in names if n not in given]
        if names and missing and (len(missing) < len(names) or component.name != usual):
            yield SpecError(
                f"{key}: the {part} '{component.name}' has parameters without a value",
                expected=f"{', '.join(names)}: a regression doesn't estimate them",
                got=", ".join(given) or "none",
                next_step=f"model: {{linear: {{fixed: {{{name}: {{{missing[0]}: …}}}}}}}}, or leave out "
                f"channels.{name}.{part}",
            )
        for parameter in component.parameters:
            value = given.get(parameter.name)
            below = value is not None and not value > 0
            if value is not None and (below or (parameter.support == "unit" and not value < 1)):
                yield SpecError(
                    f"{key}.{parameter.name}: not a value of this parameter",
                    expected="a number between 0 and 1" if parameter.support == "unit" else "above 0",
                    got=f"{value:g}",
                    next_step=parameter.meaning or "give another value",
                )
    for strange in [n for n in given if n not in known]:
        yield SpecError(
            f"{key}: '{strange}' is no parameter of this channel's components",
            expected=", ".join(known) or "no values: its components have no parameters",
            got=strange,
            next_step=suggestion(strange, known) or f"see channels.{name}.adstock and .saturation",
        )
