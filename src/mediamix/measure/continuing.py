"""Does a future go on where a fit's data end, with the same channels, exposures and controls?"""

from __future__ import annotations

import numpy as np

from mediamix.core.errors import DataError
from mediamix.data.checking import some
from mediamix.data.dataset import Dataset
from mediamix.data.periods import TimeAxis, starts


def refuse_other_future(history: Dataset, future: Dataset) -> None:
    """DataError where `future` is no continuation of `history`."""
    problems = [
        f"{name} are {got!r}, in the fit {wanted!r}"
        for name, got, wanted in (
            ("the channels", future.channel_names, history.channel_names),
            ("the exposures", _exposures(future), _exposures(history)),
            ("the controls", future.control_names, history.control_names),
            ("the periods", str(future.every), str(history.every)),
            ("the currencies", future.currency, history.currency),
        )
        if got != wanted
    ]
    if future.geos != history.geos:
        problems.append(_other_geos(history, future))
    first = TimeAxis(history.dates, history.every).ends[-1]
    if future.dates[0] != first:
        problems.append(f"the first date is {future.dates[0]}, the history goes on at {first}")
    elif not np.array_equal(future.dates, starts(first, future.dates[-1], history.every)):
        problems.append(f"the dates are not every {history.every} from {first}")
    for name, array in (("exposure", future.exposure_gtc), ("controls", future.controls_gtk)):
        holes = int((~np.isfinite(array)).sum())
        if holes:
            problems.append(f"{holes} values of {name} are missing")
    if problems:
        raise DataError(
            "the future doesn't continue the data of the fit",
            details=problems,
            next_step="make it with read_future(fit.dataset, …, spec=fit.spec)",
        )


def _other_geos(history: Dataset, future: Dataset) -> str:
    if len(future.geos) == 1:
        return (
            f"the future is of one geo, '{future.geos[0]}', and the fit of {len(history.geos)}: give media "
            "rows with a column `geo`, because money acts in the geo where it is spent"
        )
    strange = [geo for geo in future.geos if geo not in history.geos]
    absent = [geo for geo in history.geos if geo not in future.geos]
    what = [f"{word} {some(names)}" for word, names in (("new", strange), ("missing", absent)) if names]
    return f"the geos are not those of the fit: {', '.join(what) or 'in another order'}"


def _exposures(dataset: Dataset) -> tuple[str, ...]:
    return tuple(channel.exposure for channel in dataset.channels)
