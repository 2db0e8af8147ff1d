"""Hyperbolic tangent: in terms of the half effect the same curve as the logistic one, and so its kernel:
``tanh(z) = (1 − e^(−2z)) / (1 + e^(−2z))``.
"""

from __future__ import annotations

from dataclasses import replace

from mediamix.transforms.saturation import logistic

TANH = replace(
    logistic.LOGISTIC,
    name="tanh",
    formula="h(x) = tanh(x artanh(½) / half_effect), the same as logistic",
    source="PyMC-Marketing's tanh saturation b tanh(x / (b c)), b c = half_effect / artanh(½)",
)
