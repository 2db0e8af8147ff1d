"""Who waits for the compiler is told so, once."""

from __future__ import annotations

import numba
from numba.core.event import Event

from mediamix.transforms.native import ANNOUNCEMENT, Announcement
from mediamix.transforms.saturation.hill import HILL


def begins(dispatcher: object) -> Event:
    return Event("numba:compile", "START", data={"dispatcher": dispatcher})


def test_compiling_what_is_kept_is_announced_once(capsys):
    announcement = Announcement()
    for _ in range(2):
        announcement.on_start(begins(HILL.kernel))
    assert capsys.readouterr().err == ANNOUNCEMENT + "\n"


def test_what_is_never_kept_is_not_announced(capsys):
    Announcement().on_start(begins(numba.njit(lambda x: x)))
    assert capsys.readouterr().err == ""
