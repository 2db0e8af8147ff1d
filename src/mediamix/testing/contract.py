"""What a broken contract is told with."""

from __future__ import annotations

from collections.abc import Sequence


class ContractError(AssertionError):
    """A component breaks its contract.

    Args:
        component: Kind and name.
        violations: All of them, one line each.
    """

    def __init__(self, component: str, violations: Sequence[str]) -> None:
        self.component = component
        self.violations = tuple(violations)
        lines = "".join(f"\n  - {line}" for line in self.violations)
        super().__init__(f"{component} breaks its contract:{lines}")
