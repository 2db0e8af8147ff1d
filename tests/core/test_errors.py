"""One message: what, details, expected, got, next."""

from __future__ import annotations

from mediamix.core.errors import DataError, ExtraError, MediamixError, UserError


def test_the_message_has_its_parts_in_order() -> None:
    error = DataError("what", expected="a", got="b", next_step="c", details=["d1", "d2"])
    assert str(error).splitlines() == [
        "what",
        "  - d1",
        "  - d2",
        "expected: a",
        "got:      b",
        "next:     c",
    ]
    assert error.to_dict() == {
        "kind": "DataError", "what": "what", "expected": "a", "got": "b", "next": "c",
        "details": ["d1", "d2"],
    }  # fmt: skip


def test_exit_codes_tell_whose_fault_it_is() -> None:
    assert MediamixError.exit_code == 1
    assert UserError.exit_code == 2
    assert "pip install 'mediamix[warehouse]'" in str(ExtraError("duckdb", "warehouse", "the mart"))
