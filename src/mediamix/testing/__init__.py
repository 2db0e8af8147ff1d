"""The contract suite of the components: run it on your own before you fit with them.

    from mediamix.testing import check_adstock
    check_adstock(MY_ADSTOCK)      # ContractError lists everything that is wrong

Parameters are drawn from the component's own default priors, on daily and on weekly data, with
their extremes (four standard deviations out, all corners). Derivatives are compared with central
differences of fourth order.
"""

from mediamix.testing.adstock import check_adstock
from mediamix.testing.probe import ContractError
from mediamix.testing.saturation import check_saturation

__all__ = ["ContractError", "check_adstock", "check_saturation"]
