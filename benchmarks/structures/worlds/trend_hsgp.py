"""A level that turns every quarter, as a Gaussian process."""

from __future__ import annotations

from dataclasses import replace

from structures.worlds import knots

STRUCTURE = replace(knots.stated(kind="hsgp"), name="trend_hsgp", title="the same, by a smooth process")
