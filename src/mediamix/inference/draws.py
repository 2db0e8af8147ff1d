"""`Draws`: named arrays with dimensions and coordinates; ArviZ files in and out."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mediamix.core.card import Brief
from mediamix.core.errors import ExtraError, FolderError
from mediamix.core.files import whole_file


@dataclass(frozen=True, repr=False)
class Draws(Brief):
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

    def joined(self, others: Draws) -> Draws:
        """These and others of the same chains."""
        return Draws(
            {**self.arrays, **others.arrays},
            {**self.dims, **others.dims},
            {**self.coords, **others.coords},
            {**self.attrs, **others.attrs},
        )

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

    h5netcdf writes and reads it directly: xarray, which ArviZ uses for the same file, takes two
    seconds to import.

    Raises:
        ExtraError: h5netcdf is absent.
        FolderError: The file can't be written.
    """
    h5netcdf = _h5netcdf()
    # In memory first: on a full disk HDF5 doesn't fail, it ends the process when it closes the file.
    content = io.BytesIO()
    with h5netcdf.File(content, "w") as file:
        for name, draws in groups.items():
            _write(file.create_group(name), draws, () if name == "observed_data" else CHAIN_DRAW)
    # The view ends with the block: one that outlives a failed write, as inside of `write_bytes`, lets
    # Python 3.12 crash when it collects its garbage.
    with whole_file(path) as aside, content.getbuffer() as image, aside.open("wb") as disk:
        disk.write(image)


def load_group(path: Path, group: str) -> Draws:
    """Read one group back.

    Raises:
        FolderError: The file is absent, corrupted or lacks the group.
    """
    h5netcdf = _h5netcdf()
    try:
        with h5netcdf.File(path, "r") as file:
            return _read(file[group])
    except (OSError, KeyError, ValueError) as error:
        raise FolderError(
            f"can't read the group '{group}' of {path}",
            expected="a posterior.nc written by `mediamix fit`",
            got=str(error).splitlines()[0],
            next_step="fit again into a new folder",
        ) from error


CHAIN_DRAW = ("chain", "draw")
EPOCH = "days since 1970-01-01"


def _write(group: Any, draws: Draws, lead: tuple[str, ...]) -> None:
    """One group: its dimensions, coordinates and arrays, coded as xarray codes them."""
    coords: dict[str, Any] = {}
    for name, array in draws.arrays.items():
        for dim, size in zip((*lead, *draws.dims.get(name, ())), array.shape, strict=True):
            coords.setdefault(dim, draws.coords.get(dim, np.arange(size)))
    group.dimensions = {dim: len(labels) for dim, labels in coords.items()}
    for dim, labels in coords.items():
        values = np.asarray(labels)
        if values.dtype.kind == "M":
            days = values.astype("datetime64[D]").astype(np.int64)
            group.create_variable(dim, (dim,), data=days).attrs["units"] = EPOCH
            group[dim].attrs["calendar"] = "proleptic_gregorian"
        else:
            text = values.dtype.kind in "UO"
            data = values.astype(object) if text else values
            group.create_variable(dim, (dim,), dtype=_text_type() if text else None, data=data)
    for name, array in draws.arrays.items():
        dims = (*lead, *draws.dims.get(name, ()))
        logical = array.dtype == np.bool_
        variable = group.create_variable(name, dims, data=array.astype(np.int8) if logical else array)
        if logical:
            variable.attrs["dtype"] = "bool"
        for key, value in draws.attrs.get(name, {}).items():
            variable.attrs[key] = value


def _read(group: Any) -> Draws:
    arrays, dims, attrs, coords = {}, {}, {}, {}
    for name, variable in group.variables.items():
        values = variable[...]
        found = {key: str(value) for key, value in variable.attrs.items()}
        if variable.dimensions == (name,):
            if name not in CHAIN_DRAW:
                coords[name] = [v.decode() if isinstance(v, bytes) else v for v in values.tolist()]
            continue
        arrays[name] = values.astype(bool) if found.pop("dtype", "") == "bool" else values
        dims[name] = tuple(dim for dim in variable.dimensions if dim not in CHAIN_DRAW)
        attrs[name] = found
    return Draws(arrays, dims, coords, attrs)


def _text_type() -> Any:
    import h5py

    return h5py.string_dtype()


def _h5netcdf() -> Any:
    try:
        import h5netcdf
    except ImportError as error:
        raise ExtraError("h5netcdf", "bayes", "posterior.nc") from error
    return h5netcdf
