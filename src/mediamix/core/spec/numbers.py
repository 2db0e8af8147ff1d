"""``numbers``: how numbers are written in text cells."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from mediamix.core.notation import Notation
from mediamix.core.spec.section import Section


class Numbers(Section):
    """How text cells write numbers; absent: each column's own pattern decides, or a question is asked.

    What is said here holds for the text cells of all tables; a cell that is written otherwise is an error.
    Only a column that is written otherwise as a whole, and beyond doubt, is read as it is, with a remark.
    Cells that are numbers already (Parquet, Excel, frames) don't ask.
    """

    decimal: Literal[".", ","] = Field(description="the sign before decimals: `.` or `,`")
    thousands: Literal[".", ",", " ", "'"] | None = Field(
        None, description="the sign between thousands: `.`, `,`, a blank or `'`; absent: there is none"
    )

    @model_validator(mode="after")
    def _two_signs(self) -> Self:
        if self.decimal == self.thousands:
            raise ValueError("decimal and thousands must be different signs")
        return self

    @property
    def notation(self) -> Notation:
        """The same as a notation."""
        return Notation(self.decimal, self.thousands or "")
