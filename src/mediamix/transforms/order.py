"""A channel's response with its derivatives, whatever the order of its transforms: for the densities.

    adstock first      saturation(adstock(exposure))
    saturation first   adstock(saturation(exposure))
    reach & frequency  adstock(reach · saturation(frequency))

Adstock is linear: where it comes last, the derivative in a parameter of the saturation is the adstock of its
derivative. Nothing is compiled for it until a density is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numba

from mediamix.transforms.base import call_adstock, call_saturation
from mediamix.transforms.native import INNER

if TYPE_CHECKING:
    from mediamix.transforms.media import ChannelTransform

#: Maximal lag, order, and the row of the frequency in one code: ``−1 − max_lag − FREQUENCY · row``; no row
#: (it is the first channel's): saturation first; the lag alone: adstock first.
FREQUENCY = 1 << 20


def codes_of(transforms: Sequence[ChannelTransform]) -> list[int]:
    """What `respond` goes by, per channel.

    Frequencies have rows of their own behind the exposures of all channels, in the channels' order.
    """
    rows = frequency_rows(transforms)
    return [
        t.max_lag if t.adstock_first else -1 - t.max_lag - FREQUENCY * rows.get(c, 0)
        for c, t in enumerate(transforms)
    ]


def frequency_rows(transforms: Sequence[ChannelTransform]) -> dict[int, int]:
    """Channel of reach & frequency → the row that its frequency has."""
    reaching = [c for c, t in enumerate(transforms) if t.reaches]
    return {c: len(transforms) + j for j, c in enumerate(reaching)}


def part_of(transforms: Sequence[ChannelTransform], channels: Sequence[int]) -> tuple[list[int], list[int]]:
    """Some channels alone: the rows that they and their frequencies have among all, and their codes."""
    own, rows = [transforms[c] for c in channels], frequency_rows(transforms)
    return [*channels, *(rows[channels[c]] for c in frequency_rows(own))], codes_of(own)


@numba.njit(**INNER)
def respond(  # type: ignore[no-untyped-def]
    adstock, saturation, n_adstock, code, exposures, c, theta, level, room, out, jacobian
):
    """The response of channel `c` with its derivatives in `theta`: the adstock's rows first.

    `exposures` are rows of all channels, then of frequencies. `level` is memory; `room` holds the derivative
    of the response in what the adstock gives, which the adstock's rows are still to be multiplied with.
    """
    if code >= 0:
        call_adstock(adstock, exposures[c], theta[:n_adstock], code, level, jacobian[:n_adstock])
        call_saturation(saturation, level, theta[n_adstock:], out, room, jacobian[n_adstock:])
    else:
        respond_once(
            adstock, saturation, n_adstock, code, exposures[c], exposures[(-1 - code) // FREQUENCY], theta,
            level, room, out, jacobian,
        )  # fmt: skip


@numba.njit(**INNER)
def respond_once(  # type: ignore[no-untyped-def]
    adstock, saturation, n_adstock, code, exposure, frequency, theta, level, room, out, jacobian
):
    """One response whose saturation comes first; `room` is full of ones in the end.

    With a row in the `code`, `exposure` is a reach and the `frequency` is what saturates.
    """
    reaches = (-1 - code) >= FREQUENCY
    max_lag = (-1 - code) % FREQUENCY
    own, rest = theta[:n_adstock], theta[n_adstock:]
    if reaches:
        call_saturation(saturation, frequency, rest, level, room, jacobian[n_adstock:])
        for t in range(exposure.size):
            level[t] *= exposure[t]
        for j in range(n_adstock, theta.size):
            for t in range(exposure.size):
                jacobian[j, t] *= exposure[t]
    else:
        call_saturation(saturation, exposure, rest, level, room, jacobian[n_adstock:])
    no_rows = jacobian[:0]
    for j in range(n_adstock, theta.size):
        for t in range(exposure.size):
            room[t] = jacobian[j, t]
        call_adstock(adstock, room, own, max_lag, jacobian[j], no_rows)
    call_adstock(adstock, level, own, max_lag, out, jacobian[:n_adstock])
    room[:] = 1.0
