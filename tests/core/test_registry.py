"""The folder is the registry."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from mediamix.core.errors import MediamixError, SpecError
from mediamix.core.registry import discover, pick, suggestion


@dataclass(frozen=True)
class Thing:
    name: str


PRELUDE = "from test_registry import Thing\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    package = tmp_path / "things_of_test"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "b.py").write_text(PRELUDE + "B = Thing('beta')\nOTHER = 3\n")
    (package / "a.py").write_text(PRELUDE + "A = Thing('alpha')\nSAME = A\n")
    monkeypatch.syspath_prepend(tmp_path)
    discover.cache_clear()
    yield package
    for module in [name for name in sys.modules if name.startswith("things_of_test")]:
        del sys.modules[module]
    discover.cache_clear()


def test_a_new_file_is_found_and_names_are_sorted(folder: Path) -> None:
    (folder / "c.py").write_text(PRELUDE + "C = Thing('aardvark')\n")
    assert list(discover("things_of_test", Thing)) == ["aardvark", "alpha", "beta"]


def test_two_of_one_name_are_refused_with_both_homes(folder: Path) -> None:
    (folder / "c.py").write_text(PRELUDE + "C = Thing('alpha')\n")
    with pytest.raises(MediamixError, match=r"'alpha': in things_of_test\.a and in things_of_test\.c"):
        discover("things_of_test", Thing)


def test_an_unknown_name_gets_the_nearest(folder: Path) -> None:
    assert pick("things_of_test", Thing, "beta").name == "beta"
    with pytest.raises(SpecError, match="did you mean 'alpha'"):
        pick("things_of_test", Thing, "alhpa")
    assert suggestion("zzz", ["alpha"]) == ""
