"""A level that turns every quarter, and knots that find out."""

from __future__ import annotations

from dataclasses import replace

from structures.worlds import knots

STRUCTURE = replace(knots.stated(every="auto"), name="trend_auto", title="the same, by knots that find out")
