"""The one chart grammar: measured numbers in, Vega-Lite specs out, as plain dictionaries.

A figure a file. Nothing is computed here: what a figure shows was measured before, and stands in the spec
as it was measured. The same specs are drawn on the page, in the PDF, on slides and in the app.
"""

from __future__ import annotations

from mediamix.reporting.figures.cloud import Point, cloud
from mediamix.reporting.figures.curve import Stop, curve
from mediamix.reporting.figures.follow import follow
from mediamix.reporting.figures.forest import Row, Second, forest
from mediamix.reporting.figures.heat import heat
from mediamix.reporting.figures.level import level
from mediamix.reporting.figures.pairs import Pair, pairs
from mediamix.reporting.figures.places import Dot, places
from mediamix.reporting.figures.stack import Part, stack

__all__ = [
    "Dot",
    "Pair",
    "Part",
    "Point",
    "Row",
    "Second",
    "Stop",
    "cloud",
    "curve",
    "follow",
    "forest",
    "heat",
    "level",
    "pairs",
    "places",
    "stack",
]
