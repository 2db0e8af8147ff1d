"""Sampler settings that are short."""

from __future__ import annotations

#: So short that the verdict may be "failed": what is asked of such fits is asked `anyway`.
QUICK = {"chains": 2, "draws": 250, "tune": 300, "seed": 7, "heal": False}
