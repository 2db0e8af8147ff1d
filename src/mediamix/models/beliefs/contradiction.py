"""Beliefs about channels that rule out the one about all media."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from mediamix.core.errors import SpecError
from mediamix.core.spec import ChannelSpec
from mediamix.core.spec.merge import EFFECTS
from mediamix.models.beliefs.share import shares
from mediamix.models.priors import Prior

if TYPE_CHECKING:
    from mediamix.models.problem import Problem

#: Two beliefs about one number contradict each other where 99 % of one lie beyond 99 % of the other.
BEYOND = 0.01
Z99 = 2.3263478740408408


def refuse_ruled_out(
    problem: Problem,
    belief: Prior,
    paid: Mapping[int, ChannelSpec],
    u_dk: Float[np.ndarray, "draw parameter"],
) -> None:
    """Stop where what is stated of channels rules out what is stated of all paid media.

    Defaults contradict nothing: they are nobody's belief.

    Args:
        problem: With all other beliefs.
        belief: About the share of all paid media.
        paid: Position of each paid channel → its keys.
        u_dk: Draws from all other priors.

    Raises:
        SpecError: They do.
    """
    stated = [c for c, channel in paid.items() if {*EFFECTS} & channel.beliefs.keys()]
    if not stated:
        return
    model = problem.model
    part = model.effect_scale_c[stated] / problem.total
    share_d = shares(problem, [model.starts[c] for c in stated], part, u_dk)
    low, high = np.quantile(share_d, [BEYOND, 1 - BEYOND])
    least, most = (float(value) for value in belief.natural(np.array([-Z99, Z99])))
    too_much = low > most
    if not too_much and not (high < least and len(stated) == len(paid)):
        return
    names = ", ".join(problem.dataset.channel_names[c] for c in stated)
    raise SpecError(
        f"media.prior.share contradicts the priors of {names}",
        expected=f"a share of all paid media that can be {'above' if too_much else 'below'} "
        f"{low if too_much else high:.1%}: that is what these priors imply, with 99 %",
        got=f"a share between {least:.1%} and {most:.1%}, with 98 %",
        next_step="change one of both; `mediamix check --prior` shows what priors imply",
    )
