"""No saturation: the response is proportional to the exposure."""

from __future__ import annotations

from mediamix.transforms.base import Saturation, saturation_kernel


@saturation_kernel
def _kernel(x, theta, out, d_x, d_theta):  # type: ignore[no-untyped-def]
    for t in range(x.size):
        out[t] = x[t]
    # Without parameters there are no rows to ask by: what is wanted has room.
    for t in range(d_x.size):
        d_x[t] = 1.0


NONE = Saturation(
    name="none",
    formula="h(x) = x",
    source="the identity",
    parameters=(),
    kernel=_kernel,
    bounded=False,
    concave=True,
    unit_free=False,
)
