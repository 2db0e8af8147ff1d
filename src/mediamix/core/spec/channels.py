"""``channels``: overrides for single channels."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from mediamix.core.spec.prior import PriorSpec
from mediamix.core.spec.section import Section
from mediamix.core.spec.varying import Varying
from mediamix.core.types import Kind

Order = Literal["adstock_first", "saturation_first"]
#: A level of a treatment: a number, or one of the data's own.
Reference = Annotated[float, Field(allow_inf_nan=False)] | Literal["mean", "min", "max"]


class AdstockSpec(Section):
    """Carry-over of exposure in time."""

    kind: str = Field("geometric", description="a name of `mediamix list adstock`")
    max_lag: Annotated[int, Field(ge=1, le=400)] | None = Field(
        None, description="periods after which the effect has ended; absent: the component's own"
    )


class SaturationSpec(Section):
    """Diminishing returns."""

    kind: str = Field("hill", description="a name of `mediamix list saturation`")


class ChannelSpec(Section):
    """Overrides for one channel that the data hold."""

    later: ClassVar[frozenset[str]] = frozenset({"order", "varying", "reference"})

    kind: Kind | None = Field(
        None,
        description="paid, organic, reach_frequency, or treatment (a column of the controls that is told "
        "against a reference); paid or organic is found in the data if absent",
    )
    reference: Reference | None = Field(
        None,
        description="of a treatment, and needed there: the level at which its contribution is nothing, a "
        "number or mean, min or max of the data",
    )
    exposure: str | None = Field(None, description="column of delivery: impressions, clicks, spend")
    adstock: AdstockSpec = AdstockSpec()
    saturation: SaturationSpec = SaturationSpec()
    order: Order = Field(
        "adstock_first",
        description="adstock_first: what has been carried over saturates, saturation(adstock(exposure)); "
        "saturation_first: each period saturates by itself, adstock(saturation(exposure))",
    )
    varying: Varying | None = Field(None, description="absent: its effect is the same all the time")
    prior: dict[str, PriorSpec | None] = Field(
        {},
        description="roi, mroi, share (of the outcome), or a parameter of the components; null: the default",
    )

    @property
    def beliefs(self) -> dict[str, PriorSpec]:
        """The priors that are stated."""
        return {name: belief for name, belief in self.prior.items() if belief is not None}

    @model_validator(mode="after")
    def _treatment_with_reference(self) -> Self:
        if self.kind is not Kind.TREATMENT:
            if self.reference is not None:
                raise ValueError("'reference' is for 'kind: treatment' only")
            return self
        if self.reference is None:
            raise ValueError(
                "a treatment needs a 'reference', the level at which its contribution is nothing: a number "
                "(a usual price), or mean, min or max of the data"
            )
        other = [
            name
            for name, field in type(self).model_fields.items()
            if name not in ("kind", "reference")
            and getattr(self, name) != field.get_default(call_default_factory=True)
        ]
        if other:
            raise ValueError(f"a treatment is linear and has no {', '.join(other)}: leave them out")
        return self
