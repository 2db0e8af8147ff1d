"""``media``: beliefs about all channels together."""

from __future__ import annotations

from pydantic import Field

from mediamix.core.spec.prior import PriorSpec
from mediamix.core.spec.section import Section


class MediaPrior(Section):
    """Priors of all paid media together."""

    share: PriorSpec | None = Field(
        None, description="share of the outcome that all paid media together brought; its prior is log-normal"
    )


class Media(Section):
    """Beliefs about all paid channels together."""

    prior: MediaPrior = MediaPrior()
    pooled: bool = Field(
        False,
        description="the returns of paid channels resemble each other: log return ~ N(μ, τ²), μ and τ are "
        "learned; for channels without a prior of their own on roi, mroi or share",
    )
