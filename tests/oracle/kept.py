"""What NumPyro's draws of a model amount to, kept: they don't change with the engine.

A file holds each quantity's mean, deviation, width and effective draws, and what they are of: the sources
of the plainly written model, its words, and sums over all of its numbers. Where one of them is another, the
test fails and says how to draw again; sums may differ by the rounding of another processor.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from oracle import by_numpyro, compare, plain, plain_panel

FOLDER = Path(__file__).parent / "kept"
AGAIN = "uv run --group oracle pytest -m oracle --numpyro-again"
#: What sums of the same model on two processors may differ by, relative.
ROUNDING = 1e-8


def summaries(
    name: str, model: Any, draws: int, sample: Callable[[Any, int], dict[str, np.ndarray]], again: bool
) -> dict[str, compare.Summary]:
    """Of what `sample` draws of `model`; from the file `name` unless it is to be drawn `again`.

    Raises:
        AssertionError: The file is of another model, other data or another number of draws.
    """
    file = FOLDER / f"{name}.json"
    words, numbers = described(model)
    of = {"sources": sources(), "draws": draws, "words": words}
    if again:
        found = compare.summaries(sample(model, draws), set(model.names()))
        quantities = {quantity: asdict(row) for quantity, row in found.items()}
        FOLDER.mkdir(exist_ok=True)
        file.write_text(json.dumps({**of, "numbers": numbers, "quantities": quantities}, indent=1) + "\n")
        return found
    kept = json.loads(file.read_text())
    assert {key: kept[key] for key in of} == of, f"{file.name} is of another model: {AGAIN}"
    np.testing.assert_allclose(
        numbers, kept["numbers"], rtol=ROUNDING, atol=1e-12, err_msg=f"{file.name} is of other data: {AGAIN}"
    )
    return {quantity: compare.Summary(**row) for quantity, row in kept["quantities"].items()}


def sources() -> str:
    """A hash of the text of all that makes NumPyro's side."""
    parts = (plain, plain_panel, by_numpyro, compare.sample, compare.comparable, compare.summaries)
    return hashlib.sha256("".join(map(inspect.getsource, parts)).encode()).hexdigest()


def described(part: Any) -> tuple[list[str], list[float]]:
    """A model's words and shapes, and three sums over each of its arrays and numbers, one minding order."""
    if is_dataclass(part):
        part = [getattr(part, field.name) for field in fields(part)]
    if isinstance(part, list | tuple):
        each = [described(item) for item in part]
        return [word for words, _ in each for word in words], [n for _, numbers in each for n in numbers]
    if part is None or isinstance(part, str):
        return [repr(part)], []
    values = np.nan_to_num(np.asarray(part, dtype=float), nan=-1.0)
    rising = np.linspace(1.0, 2.0, values.size).reshape(values.shape)
    sums = [float(x.sum()) for x in (values, np.abs(values), values * rising)]
    return [str(values.shape)], sums
