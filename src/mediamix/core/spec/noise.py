"""``noise``: what is left of the outcome when all that is modelled is taken away."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from mediamix.core.spec.prior import PriorSpec
from mediamix.core.spec.section import Section

NoiseKind = Literal["normal", "ar1", "student"]
#: What each kind's priors may be about, besides sigma.
OWN: dict[NoiseKind, tuple[str, ...]] = {"normal": (), "ar1": ("rho",), "student": ("nu",)}


class Noise(Section):
    """What is left of the outcome when all that is modelled is taken away."""

    kind: NoiseKind = Field(
        "normal",
        description="normal: each period by itself; ar1: a period's noise lasts into the next ones; student: "
        "heavy tails, so that single wild periods don't decide",
    )
    prior: dict[str, PriorSpec] = Field(
        {},
        description="sigma (share of the mean outcome); of ar1: rho (correlation of neighbouring periods); "
        "of student: nu (degrees of freedom, above 2)",
    )

    @model_validator(mode="after")
    def _known(self) -> Self:
        known = ("sigma", *OWN[self.kind])
        for name, belief in self.prior.items():
            if name not in known:
                raise ValueError(
                    f"noise of the kind '{self.kind}' has no prior on '{name}': {', '.join(known)}"
                )
            if belief.family is not None and name != "sigma":
                raise ValueError(f"prior.{name} takes no family: leave it out")
            low, high = belief.extremes
            if name == "rho" and high >= 1:
                raise ValueError(f"prior.rho must lie between 0 and 1: {high:g}")
            if name == "nu" and low <= 2:
                raise ValueError(f"prior.nu must lie above 2, so that the noise has a variance: {low:g}")
        return self
