"""``sampler``: length and seed of the sampling."""

from __future__ import annotations

from pydantic import Field

from mediamix.core.spec.section import Section


class Sampler(Section):
    """Length and seed of the sampling."""

    chains: int = Field(4, ge=1, le=64, description="independent chains; they run in parallel")
    draws: int = Field(1000, ge=50, le=100_000, description="kept draws per chain")
    tune: int = Field(
        400, ge=50, le=100_000, description="draws per chain that adapt the sampler and are dropped"
    )
    seed: int = Field(1, ge=0, lt=2**63, description="the same seed gives the same draws on the same machine")
    heal: bool = Field(
        True,
        description="sample again, more carefully, where divergences, R-hat or effective draws ask for it",
    )
