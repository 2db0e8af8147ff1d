"""All beliefs of a problem: its density with them, and draws from the whole prior."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from jaxtyping import Float

from mediamix.core.errors import SpecError
from mediamix.core.spec import ChannelSpec
from mediamix.core.spec.merge import EFFECTS
from mediamix.core.types import Kind
from mediamix.inference.density import Density
from mediamix.models.beliefs.contradiction import refuse_ruled_out
from mediamix.models.beliefs.mroi import Mroi
from mediamix.models.beliefs.pooled import Pooled
from mediamix.models.beliefs.share import MediaShare
from mediamix.models.priors import EFFECT_FAMILY, Prior
from mediamix.models.refusals import raise_all

if TYPE_CHECKING:
    from mediamix.models.problem import Problem

#: Draws that the implied density of the media share is made from.
DRAWS = 10_000
#: So many times more draws than are asked for are drawn where they are picked by weight.
TIMES = 10


@dataclass(frozen=True)
class Beliefs:
    """What ties parameters together; None where nothing is said.

    Args:
        mroi: About marginal returns.
        pooled: Returns resemble each other.
        share: About the share of all paid media.
    """

    mroi: Mroi | None = None
    pooled: Pooled | None = None
    share: MediaShare | None = None

    def density(self, inner: Density, priors: tuple[Prior, ...]) -> Density:
        """All of them on top of `inner`."""
        for belief in (self.mroi, self.pooled, self.share):
            if belief is not None:
                inner = belief.density(inner, priors)
        return inner


NO_BELIEFS: Final = Beliefs()


def with_beliefs(problem: Problem, used: Mapping[str, ChannelSpec]) -> Problem:
    """The problem with what its spec says of channels together; the same where it says nothing.

    Args:
        problem: With the independent priors.
        used: Per channel the keys that apply to it.

    Raises:
        SpecError: Nothing to pool, or to have a share.
    """
    data, media = problem.dataset, problem.spec.media
    paid = [c for c, one in enumerate(data.channels) if one.kind is not Kind.ORGANIC and data.spend_c[c] > 0]
    beliefs = NO_BELIEFS
    about = {
        c: used[name].beliefs["mroi"]
        for c, name in enumerate(data.channel_names)
        if "mroi" in used[name].beliefs
    }
    wrong = [_moving(problem, c) for c in about if _moves(problem, c)]
    free, refusal = poolable(problem, used, paid) if media.pooled else ([], None)
    wrong += [refusal] if refusal else []
    if media.prior.share is not None and not paid:
        wrong.append(_no_media())
    raise_all(wrong)
    if about:
        priors = {c: Prior.of("mroi", "positive", belief, EFFECT_FAMILY) for c, belief in about.items()}
        mroi = Mroi.of(problem, priors)
        problem = _replaced(problem, mroi.implied(problem))
        beliefs = replace(beliefs, mroi=mroi)
    if media.pooled:
        pooled = Pooled.of(problem, free)
        problem = _replaced(problem, pooled.implied(problem))
        beliefs = replace(beliefs, pooled=pooled)
    problem = replace(problem, beliefs=beliefs)
    if media.prior.share is not None:
        prior = Prior.of("share", "positive", media.prior.share)
        u_dk = draw(problem, DRAWS, np.random.default_rng(0))
        refuse_ruled_out(problem, prior, {c: used[data.channel_names[c]] for c in paid}, u_dk)
        share = MediaShare.of(problem, prior, paid, u_dk)
        problem = replace(problem, beliefs=replace(beliefs, share=share))
    return problem


def _moves(problem: Problem, channel: int) -> bool:
    """Whether a channel's marginal return hangs on more than its effect and its shape."""
    courses, pairs = problem.model.courses.each, getattr(problem.model, "pairs", ())
    varies = channel < len(courses) and courses[channel] is not None
    return varies or any(channel in pair for pair in pairs)


def _moving(problem: Problem, channel: int) -> SpecError:
    name = problem.dataset.channel_names[channel]
    return SpecError(
        f"channels.{name}.prior.mroi: its effect varies, or works together with another channel's",
        expected="a belief about its whole return: prior: {roi: …}",
        got="prior: {mroi: …} beside varying or synergy",
        next_step="state the roi, or leave out varying and synergy for this channel",
    )


def _no_media() -> SpecError:
    return SpecError(
        "media.prior.share: there is no paid media",
        expected="a channel with spend",
        next_step="leave it out, or give the channels' spend",
    )


def poolable(
    problem: Problem, used: Mapping[str, ChannelSpec], paid: list[int]
) -> tuple[list[int], SpecError | None]:
    """Paid channels without a belief of their own about what they bring; a refusal of fewer than two."""
    names = problem.dataset.channel_names
    own = [names[c] for c in paid if {*EFFECTS} & used[names[c]].beliefs.keys()]
    free = [c for c in paid if names[c] not in own]
    if len(free) >= 2:
        return free, None
    return [], SpecError(
        "media.pooled: there is nothing to pool",
        expected="two paid channels or more without a prior of their own on roi, mroi or share",
        got=f"{len(paid)} paid channels, of which have such a prior: {', '.join(own) or 'none'}",
        next_step="leave those priors out (`roi: null` where they come from each_channel or a preset), or "
        "`pooled`",
    )


def _replaced(problem: Problem, priors: Mapping[int, Prior]) -> Problem:
    """The same with other independent priors at some indices of u."""
    changed = tuple(priors.get(i, prior) for i, prior in enumerate(problem.model.priors))
    return replace(problem, model=replace(problem.model, priors=changed))


def draw(problem: Problem, n: int, rng: np.random.Generator) -> Float[np.ndarray, "draw parameter"]:
    """Draws of u from the whole prior, all beliefs included."""
    share = problem.beliefs.share
    many = n if share is None else TIMES * n
    u_dk = rng.standard_normal((many, len(problem.model.priors)))
    for belief in (problem.beliefs.mroi, problem.beliefs.pooled):
        if belief is not None:
            belief.place(problem, u_dk, rng)
    if share is None:
        return u_dk
    log_weight = share.log_weight(problem, u_dk)
    weight = np.exp(log_weight - log_weight.max())
    picked = rng.choice(many, n, p=weight / weight.sum())
    return np.asarray(u_dk[picked])
