"""What made a result: package versions and the machine."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("mediamix", "numpy", "pandas", "numba", "nutpie", "scipy", "duckdb", "dbt-core")


def versions() -> dict[str, str]:
    """Installed versions of the packages that shape a number."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def host() -> dict[str, str | int]:
    """The machine, in words; no names or addresses."""
    return {"system": platform.system(), "machine": platform.machine(), "cores": os.cpu_count() or 1}
