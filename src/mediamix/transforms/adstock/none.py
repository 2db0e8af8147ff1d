"""No adstock: exposure works in its own period only."""

from __future__ import annotations

from mediamix.transforms.base import Adstock, adstock_kernel


@adstock_kernel
def _kernel(exposure, theta, max_lag, out, d_theta):  # type: ignore[no-untyped-def]
    for t in range(exposure.size):
        out[t] = exposure[t]


NONE = Adstock(
    name="none",
    formula="a_t = x_t",
    source="the identity",
    parameters=(),
    kernel=_kernel,
    max_lag_days=1.0,
)
