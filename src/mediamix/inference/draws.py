"""`Draws`: named arrays with dimensions and coordinates; ArviZ files in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mediamix.core.errors import ExtraError, FolderError
from mediamix.core.files import whole_file


@dataclass(frozen=True)
class Draws:
    """Posterior draws; every array starts with ``chain, draw``.

    Args:
        arrays: Name → values.
        dims: Name → names of the dimensions after chain and draw.
        coords: Dimension → labels.
        attrs: Name → unit, meaning and how it was drawn (sampled, derived, integrated out).
    """

    arrays: Mapping[str, np.ndarray]
    dims: Mapping[str, tuple[str, ...]]
    coords: Mapping[str, Sequence[Any] | np.ndarray]
    attrs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.arrays

    def __getitem__(self, name: str) -> np.ndarray:
        return self.arrays[name]

    def stacked(self, name: str) -> np.ndarray:
        """All chains in one leading axis."""
        array = self.arrays[name]
        return array.reshape(-1, *array.shape[2:])

    @property
    def n_chains(self) -> int:
        """Chains."""
        return int(next(iter(self.arrays.values())).shape[0])

    @property
    def n_draws(self) -> int:
        """Draws per chain."""
        return int(next(iter(self.arrays.values())).shape[1])

    def columns(self) -> dict[str, np.ndarray]:
        """Every scalar by its label, ``roi[tv]`` → values (chain × draw)."""
        found = {}
        for name, array in self.arrays.items():
            dims = self.dims.get(name, ())
            if not dims:
                found[name] = array
                continue
            labels = [self.coords[dim] for dim in dims]
            for index in np.ndindex(*array.shape[2:]):
                label = ", ".join(str(axis[i]) for axis, i in zip(labels, index, strict=True))
                found[f"{name}[{label}]"] = array[(slice(None), slice(None), *index)]
        return found


def save_groups(path: Path, groups: Mapping[str, Draws]) -> None:
    """Write groups (posterior, sample_stats, …) as one netCDF file that ArviZ opens.

    Raises:
        ExtraError: xarray or h5netcdf is absent.
        FolderError: The file can't be written.
    """
    xr = _xarray()
    tree = xr.DataTree.from_dict({name: _dataset(xr, draws, name) for name, draws in groups.items()})
    with whole_file(path) as aside:
        tree.to_netcdf(aside, engine="h5netcdf")


def load_group(path: Path, group: str) -> Draws:
    """Read one group back.

    Raises:
        FolderError: The file is absent, corrupted or lacks the group.
    """
    xr = _xarray()
    try:
        with xr.open_dataset(path, group=group, engine="h5netcdf") as dataset:
            dataset.load()
    except (OSError, KeyError, ValueError) as error:
        raise FolderError(
            f"can't read the group '{group}' of {path}",
            expected="a posterior.nc written by `mediamix fit`",
            got=str(error).splitlines()[0],
            next_step="fit again into a new folder",
        ) from error
    dims = {str(n): tuple(str(d) for d in v.dims if d not in ("chain", "draw")) for n, v in dataset.items()}
    coords = {str(n): v.values.tolist() for n, v in dataset.coords.items() if n not in ("chain", "draw")}
    attrs = {str(n): {k: str(a) for k, a in v.attrs.items()} for n, v in dataset.items()}
    return Draws({str(n): v.values for n, v in dataset.items()}, dims, coords, attrs)


def _dataset(xr: Any, draws: Draws, group: str) -> Any:
    lead = () if group == "observed_data" else ("chain", "draw")
    coords: dict[str, Any] = {name: list(labels) for name, labels in draws.coords.items()}
    if lead:
        first = next(iter(draws.arrays.values()))
        coords |= {"chain": np.arange(first.shape[0]), "draw": np.arange(first.shape[1])}
    variables = {
        name: xr.Variable((*lead, *draws.dims.get(name, ())), array, attrs=dict(draws.attrs.get(name, {})))
        for name, array in draws.arrays.items()
    }
    used = {dim for variable in variables.values() for dim in variable.dims}
    return xr.Dataset(variables, coords={k: v for k, v in coords.items() if k in used})


def _xarray() -> Any:
    try:
        import h5netcdf  # noqa: F401
        import xarray as xr
    except ImportError as error:
        raise ExtraError("xarray and h5netcdf", "bayes", "posterior.nc") from error
    return xr
