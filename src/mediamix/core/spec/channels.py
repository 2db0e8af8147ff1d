"""``channels``: overrides for single channels."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mediamix.core.spec.prior import PriorSpec
from mediamix.core.spec.section import Section
from mediamix.core.spec.varying import Varying
from mediamix.core.types import Kind

Order = Literal["adstock_first", "saturation_first"]


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

    kind: Kind | None = Field(None, description="paid or organic; found in the data if absent")
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
