"""``model.evolve``: the keys of the evolve family, in Robyn's words where it has one."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from mediamix.core.spec.section import Section


def _rising(ends: tuple[float, float]) -> tuple[float, float]:
    if ends[0] > ends[1]:
        raise ValueError(f"a range begins with its lower end: [{ends[1]:g}, {ends[0]:g}]")
    return ends


_ORDER = AfterValidator(_rising)
_Left = Annotated[float, Field(ge=0, le=0.99)]
_Part = Annotated[float, Field(ge=0, le=1)]
_Positive = Annotated[float, Field(ge=0.01, le=20)]
_Point = Annotated[float, Field(ge=0.01, le=2)]
_Train = Annotated[float, Field(ge=0.3, le=0.95)]

Retention = Annotated[tuple[_Left, _Left], _ORDER]
Share = Annotated[tuple[_Part, _Part], _ORDER]
Positive = Annotated[tuple[_Positive, _Positive], _ORDER]
Point = Annotated[tuple[_Point, _Point], _ORDER]
Train = Annotated[tuple[_Train, _Train], _ORDER]


class Ranges(Section):
    """Where the hyperparameters of a channel's transforms are looked for; absent: those of all channels."""

    theta: Retention | None = Field(None, description="geometric adstock: part that is left after a week")
    shape: Positive | None = Field(None, description="Weibull adstocks: their shape")
    scale: Share | None = Field(None, description="Weibull adstocks: their scale, as a part of the window")
    alpha: Positive | None = Field(None, description="Hill saturation: its slope")
    gamma: Point | None = Field(
        None, description="Hill saturation: half of the effect, as a part of the largest adstocked exposure"
    )


class Evolve(Section):
    """A search over transforms and a ridge penalty, and how a model is chosen from what it finds."""

    trials: Annotated[int, Field(ge=1, le=100)] = Field(5, description="searches from different starts")
    iterations: Annotated[int, Field(ge=100, le=100_000)] = Field(2000, description="candidates of a trial")
    theta: Retention = Field((0.0, 0.8), description="geometric adstock: part that is left after a week")
    shape: Positive = Field((0.01, 2.0), description="Weibull adstocks: their shape")
    scale: Share = Field((0.0, 0.1), description="Weibull adstocks: their scale, as a part of the window")
    alpha: Positive = Field((0.5, 3.0), description="Hill saturation: its slope")
    gamma: Point = Field(
        (0.3, 1.0),
        description="Hill saturation: half of the effect, as a part of the largest adstocked exposure",
    )
    penalty: Share = Field((0.0, 1.0), description="ridge: from the smallest to the largest λ of its rule")
    train_size: Train | Literal["all"] = Field(
        "all",
        description="all: every period is trained on, and NRMSE is of them; [0.5, 0.8]: the part that is "
        "trained on, from the first period on, is searched for, NRMSE is of the next half of the rest, and "
        "the other half has a say in which model is chosen",
    )
    channels: dict[str, Ranges] = Field({}, description="channel -> its own ranges")
    models: Annotated[int, Field(ge=1, le=10_000)] = Field(
        100, description="as many Pareto fronts are taken as hold so many models"
    )
    clusters: Annotated[int, Field(ge=1, le=30)] | Literal["auto"] = Field(
        "auto", description="groups of these models that are alike in their returns; auto: Robyn's rule"
    )
    weights: tuple[float, float, float] = Field(
        (1.0, 1.0, 1.0), description="of NRMSE, DECOMP.RSSD and MAPE.lift where the model is chosen"
    )
    refresh: str | None = Field(
        None,
        description="folder of an earlier fit of this family, relative to the spec: ranges narrow around its "
        "model",
    )
    freedom: Annotated[float, Field(gt=0, le=1)] | Literal["auto"] = Field(
        "auto",
        description="of a refresh: how far, as a part of a range, hyperparameters may move; auto: the part "
        "of the periods that is new",
    )

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        if min(self.weights) < 0 or not sum(self.weights) > 0:
            raise ValueError("'weights' are not negative, and one is above zero")
        if self.refresh is None and self.freedom != "auto":
            raise ValueError("'freedom' is of a refresh: name an earlier fit's folder with 'refresh'")
        return self

    def of_channel(self, name: str, key: str) -> tuple[float, float]:
        """A range of one channel: its own, or that of all."""
        own = self.channels.get(name)
        found = getattr(own, key, None) or getattr(self, key)
        return float(found[0]), float(found[1])
