"""The contract suite passes on every component, and catches what is planted."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from mediamix.testing import ContractError, check_adstock, check_saturation
from mediamix.transforms.base import (
    Adstock,
    Parameter,
    Saturation,
    adstock_kernel,
    adstocks,
    saturation_kernel,
    saturations,
)

HALF_LIFE = Parameter("half_life", "positive", 5.0, 30.0, "days", "periods")
RATE = Parameter("rate", "positive", 1.0, 4.0, "exposure", "exposure")


@pytest.mark.parametrize("component", adstocks().values(), ids=lambda c: c.name)
def test_every_adstock_keeps_its_contract(component):
    check_adstock(component)


@pytest.mark.parametrize("component", saturations().values(), ids=lambda c: c.name)
def test_every_saturation_keeps_its_contract(component):
    check_saturation(component)


def test_no_adstock_parameter_shares_its_name_with_a_saturation_parameter():
    carry = {p.name for c in adstocks().values() for p in c.parameters}
    bend = {p.name for c in saturations().values() for p in c.parameters}
    assert not carry & bend


def test_parameters_of_one_name_have_one_scale():
    seen: dict[str, str] = {}
    for component in (*adstocks().values(), *saturations().values()):
        for p in component.parameters:
            assert seen.setdefault(p.name, p.scale) == p.scale


# --- planted faults: each kernel is right but for one thing -------------------------------------


@adstock_kernel
def _decay(exposure, theta, max_lag, out, d_theta):  # a right one, written as two loops
    alpha = 2.0 ** (-1.0 / theta[0])
    slope = alpha * math.log(2.0) / (theta[0] * theta[0])
    lags = max_lag if max_lag > 0 else exposure.size
    leaving = alpha**lags if max_lag > 0 else 0.0
    share = (1.0 - alpha) / (1.0 - leaving)
    d_share = (-1.0 + lags * alpha ** (lags - 1) * share) / (1.0 - leaving) if max_lag > 0 else -1.0
    for t in range(exposure.size):
        out[t] = 0.0
        pull = 0.0
        before = 0.0
        w = 1.0
        for lag in range(min(lags, t + 1)):
            out[t] += share * w * exposure[t - lag]
            pull += (d_share * w + share * lag * before) * exposure[t - lag]
            before = w
            w *= alpha
        if d_theta.shape[0] > 0:
            d_theta[0, t] = slope * pull


@adstock_kernel
def _sign(exposure, theta, max_lag, out, d_theta):
    alpha = 2.0 ** (-1.0 / theta[0])
    carried = 0.0
    d_carried = 0.0
    for t in range(exposure.size):
        d_carried = carried - exposure[t] + alpha * d_carried
        carried = alpha * carried + (1.0 - alpha) * exposure[t]
        out[t] = carried
        if d_theta.shape[0] > 0:
            d_theta[0, t] = -d_carried * alpha * math.log(2.0) / (theta[0] * theta[0])


@adstock_kernel
def _nearly(exposure, theta, max_lag, out, d_theta):
    alpha = 2.0 ** (-1.0 / theta[0])
    carried = 0.0
    d_carried = 0.0
    for t in range(exposure.size):
        d_carried = carried - exposure[t] + alpha * d_carried
        carried = alpha * carried + (1.0 - alpha) * exposure[t]
        out[t] = carried
        if d_theta.shape[0] > 0:
            d_theta[0, t] = 1.001 * d_carried * alpha * math.log(2.0) / (theta[0] * theta[0])


@adstock_kernel
def _unnormalised(exposure, theta, max_lag, out, d_theta):
    alpha = 2.0 ** (-1.0 / theta[0])
    carried = 0.0
    d_carried = 0.0
    for t in range(exposure.size):
        d_carried = carried + alpha * d_carried
        carried = alpha * carried + exposure[t]
        out[t] = carried
        if d_theta.shape[0] > 0:
            d_theta[0, t] = d_carried * alpha * math.log(2.0) / (theta[0] * theta[0])


@adstock_kernel
def _foresight(exposure, theta, max_lag, out, d_theta):
    n = exposure.size
    for t in range(n):
        ahead = exposure[t + 1] if t + 1 < n else 0.0
        share = 1.0 / (1.0 + theta[0])
        out[t] = (1.0 - share) * exposure[t] + share * ahead
        if d_theta.shape[0] > 0:
            d_theta[0, t] = share * share * (exposure[t] - ahead)


@adstock_kernel
def _squared(exposure, theta, max_lag, out, d_theta):
    for t in range(exposure.size):
        out[t] = exposure[t] * exposure[t] + 0.1
        if d_theta.shape[0] > 0:
            d_theta[0, t] = 0.0


@adstock_kernel
def _spoiler(exposure, theta, max_lag, out, d_theta):
    for t in range(exposure.size):
        out[t] = exposure[t] if d_theta.shape[0] > 0 else 2.0 * exposure[t]
        if d_theta.shape[0] > 0:
            d_theta[0, t] = 0.0
    exposure[0] += 1.0
    out[exposure.size] = 0.0  # one too far


@adstock_kernel
def _lazy(exposure, theta, max_lag, out, d_theta):
    for t in range(exposure.size):
        out[t] = (1.0 - theta[0] / 1e6) * exposure[t] + (theta[0] / 1e6) * exposure[0] * (t - 3.0)


def _adstock(kernel, **facts) -> Adstock:
    return replace(Adstock("planted", "a formula", "a source", (HALF_LIFE,), kernel), **facts)


def _titles(error: pytest.ExceptionInfo[ContractError]) -> set[str]:
    return {line.partition(":")[0] for line in error.value.violations}


def test_a_right_adstock_written_differently_passes():
    check_adstock(_adstock(_decay))


@pytest.mark.parametrize("kernel", [_sign, _nearly], ids=["wrong sign", "off by 1.001"])
def test_a_broken_adstock_derivative_is_caught(kernel):
    with pytest.raises(ContractError, match="derivative ∂/∂half_life: not the slope") as error:
        check_adstock(_adstock(kernel))
    # These kernels also ignore max_lag, which the suite has to see as well.
    assert {"derivative ∂/∂half_life", "max_lag"} <= _titles(error)
    assert "linear" not in _titles(error)


def test_a_non_conserving_adstock_is_caught_and_an_honest_one_is_not():
    with pytest.raises(ContractError, match="conserves mass: the weights sum to"):
        check_adstock(_adstock(_unnormalised))
    with pytest.raises(ContractError, match="max_lag: an effect") as error:
        check_adstock(_adstock(_unnormalised, conserves_mass=False))
    assert _titles(error) == {"max_lag"}


def test_an_adstock_that_sees_the_future_is_caught():
    with pytest.raises(ContractError, match="causal: exposure changes the effect before it"):
        check_adstock(_adstock(_foresight))


def test_a_non_linear_adstock_with_an_effect_of_nothing_is_caught():
    with pytest.raises(ContractError, match="linear: ") as error:
        check_adstock(_adstock(_squared))
    assert {"linear", "zero at zero", "conserves mass"} <= _titles(error)


def test_writing_where_one_should_not_is_caught():
    with pytest.raises(ContractError, match="memory: writes outside") as error:
        check_adstock(_adstock(_spoiler))
    assert {"memory", "input", "value only"} <= _titles(error)


def test_unwritten_derivatives_and_moving_weights_are_caught():
    with pytest.raises(ContractError, match="output: part of it is left unwritten") as error:
        check_adstock(_adstock(_lazy))
    assert {"output", "the same at any time", "non-negative", "max_lag"} <= _titles(error)


def test_a_kernel_in_plain_python_is_caught():
    def plain(exposure, theta, max_lag, out, d_theta):
        _decay(exposure, theta, max_lag, out, d_theta)

    with pytest.raises(ContractError, match="kernel: not compiled by @adstock_kernel") as error:
        check_adstock(_adstock(plain))
    assert _titles(error) == {"kernel"}


def test_a_kernel_that_raises_is_reported_not_raised():
    def broken(*_):
        raise ZeroDivisionError("by zero")

    with pytest.raises(ContractError, match="memory: raised ZeroDivisionError: by zero"):
        check_adstock(_adstock(broken))


# --- saturation ---------------------------------------------------------------------------------


@saturation_kernel
def _michaelis(x, theta, out, d_x, d_theta):
    for t in range(x.size):
        whole = x[t] + theta[0]
        out[t] = x[t] / whole
        if d_theta.shape[0] > 0:
            d_x[t] = theta[0] / whole / whole
            d_theta[0, t] = -x[t] / whole / whole


@saturation_kernel
def _wrong_in_x(x, theta, out, d_x, d_theta):
    for t in range(x.size):
        whole = x[t] + theta[0]
        out[t] = x[t] / whole
        if d_theta.shape[0] > 0:
            d_x[t] = 1.001 * theta[0] / whole / whole
            d_theta[0, t] = x[t] / whole / whole


@saturation_kernel
def _above_one(x, theta, out, d_x, d_theta):
    for t in range(x.size):
        whole = x[t] + theta[0]
        out[t] = 1.5 * x[t] / whole
        if d_theta.shape[0] > 0:
            d_x[t] = 1.5 * theta[0] / whole / whole
            d_theta[0, t] = -1.5 * x[t] / whole / whole


@saturation_kernel
def _hump(x, theta, out, d_x, d_theta):
    for t in range(x.size):
        whole = x[t] * x[t] + theta[0] * theta[0]
        out[t] = 2.0 * theta[0] * x[t] / whole + 0.25
        if d_theta.shape[0] > 0:
            bend = 2.0 * (theta[0] * theta[0] - x[t] * x[t]) / whole / whole
            d_x[t] = theta[0] * bend
            d_theta[0, t] = -x[t] * bend


@saturation_kernel
def _overflow(x, theta, out, d_x, d_theta):
    for t in range(x.size):
        large = math.exp(x[t] / theta[0])
        out[t] = (large - 1.0) / (large + 1.0)
        if d_theta.shape[0] > 0:
            d_x[t] = 2.0 * large / (large + 1.0) / (large + 1.0) / theta[0]
            d_theta[0, t] = -d_x[t] * x[t] / theta[0]


def _saturation(kernel, **facts) -> Saturation:
    record = Saturation("planted", "a formula", "a source", (RATE,), kernel, bounded=True, concave=True)
    return replace(record, **facts)


def test_a_right_saturation_passes():
    check_saturation(_saturation(_michaelis))


def test_broken_saturation_derivatives_are_both_listed():
    with pytest.raises(ContractError, match="breaks its contract") as error:
        check_saturation(_saturation(_wrong_in_x))
    assert _titles(error) == {"derivative ∂/∂x", "derivative ∂/∂rate"}


def test_a_false_concavity_claim_is_caught():
    hill = saturations()["hill"]
    with pytest.raises(ContractError, match="concave: claimed, but steeper after") as error:
        check_saturation(replace(hill, concave=True))
    assert _titles(error) == {"concave"}


def test_a_false_bound_is_caught():
    with pytest.raises(ContractError, match=r"bounded: reaches 1\.5, above 1") as error:
        check_saturation(_saturation(_above_one))
    assert _titles(error) == {"bounded"}
    check_saturation(_saturation(_above_one, bounded=False))


def test_a_falling_curve_that_starts_above_zero_is_caught():
    with pytest.raises(ContractError, match="non-decreasing: falls after") as error:
        check_saturation(_saturation(_hump, bounded=False, concave=False))
    assert _titles(error) == {"non-decreasing", "zero at zero"}


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_overflow_at_extremes_is_caught():
    with pytest.raises(ContractError, match="finite: value at x = "):
        check_saturation(_saturation(_overflow))


@pytest.mark.parametrize(
    ("parameter", "match"),
    [
        (Parameter("roi", "positive", 1.0, 2.0), "'roi' is reserved"),
        (Parameter("rate", "positive", 2.0, 1.0), "0 < median < p95"),
        (Parameter("rate", "unit", 0.5, 1.0), "a share of one has p95 < 1"),
        (Parameter("rate", "real", 0.5, 1.0), "support is one of positive, unit"),  # type: ignore[arg-type]
        (Parameter("rate", "positive", 0.5, 1.0, "weeks"), "scale is one of"),  # type: ignore[arg-type]
    ],
)
def test_a_bad_parameter_record_is_caught(parameter, match):
    with pytest.raises(ContractError, match=match):
        check_saturation(_saturation(_michaelis, parameters=(parameter,)))


def test_record_findings_are_listed_together():
    with pytest.raises(ContractError, match="breaks its contract") as error:
        check_adstock(_adstock(_decay, formula=" ", source="", max_lag_days=0.0))
    assert _titles(error) == {"formula", "source", "max_lag_days"}


def test_the_suite_is_the_same_for_the_same_seed():
    messages = []
    for _ in range(2):
        with pytest.raises(ContractError, match="concave") as error:
            check_saturation(replace(saturations()["hill"], concave=True), seed=5)
        messages.append(str(error.value))
    assert messages[0] == messages[1]
