"""The contract suite of the components: run it on your own before you fit with them.

    from mediamix.testing import check_adstock
    check_adstock(MY_ADSTOCK)      # ContractError lists everything that is wrong

Parameters are drawn from the component's own default priors, on daily and on weekly data, with
their extremes (four standard deviations out, all corners). Derivatives are compared with central
differences of fourth order. A connector is run against a server of its platform on this machine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mediamix.testing.adstock import check_adstock
    from mediamix.testing.connector import check_connector
    from mediamix.testing.contract import ContractError
    from mediamix.testing.saturation import check_saturation

__all__ = ["ContractError", "check_adstock", "check_connector", "check_saturation"]

_HOMES = {
    "ContractError": "contract",
    "check_adstock": "adstock",
    "check_connector": "connector",
    "check_saturation": "saturation",
}


def __getattr__(name: str) -> Any:
    """Imported when used: who tests a connector compiles no transforms."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
