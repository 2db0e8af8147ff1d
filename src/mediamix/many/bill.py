"""What many fits cost: seconds of cores, and money at a price per core-hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: Of a virtual core on demand, in the larger clouds about 0.02 to 0.07 (2026): say yours.
PRICE = 0.05


@dataclass(frozen=True)
class Bill:
    """What one call cost.

    Args:
        fits: That it made.
        core_seconds: Cores that were held by fits, times the seconds they were held.
        cpu_seconds: Seconds that processors computed; less than that where a machine is shared.
        seconds: By the clock, all included.
        price: Per core-hour, in any currency.
    """

    fits: int
    core_seconds: float
    cpu_seconds: float
    seconds: float
    price: float = PRICE

    @property
    def hours_per_1000(self) -> float | None:
        """Core-hours of 1,000 fits; None where none was made."""
        return 1000 * self.core_seconds / self.fits / 3600 if self.fits else None

    @property
    def cost_per_1000(self) -> float | None:
        """Of 1,000 fits."""
        return None if self.hours_per_1000 is None else self.hours_per_1000 * self.price

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "fits": self.fits,
            "core_seconds": self.core_seconds,
            "cpu_seconds": self.cpu_seconds,
            "seconds": self.seconds,
            "price_per_core_hour": self.price,
            "core_hours_per_1000": self.hours_per_1000,
            "cost_per_1000": self.cost_per_1000,
        }
