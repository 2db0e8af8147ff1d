"""The public surface and what an import costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mediamix as mm

SOURCE = Path(mm.__file__)


def test_an_import_loads_nothing_heavy() -> None:
    code = "import mediamix, sys; print(sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for heavy in (
        "numpy",
        "pandas",
        "numba",
        "pydantic",
        "scipy",
        "duckdb",
        "arviz",
        "vl_convert",
        "typst",
        "pptx",
    ):
        assert f"'{heavy}'" not in loaded


@pytest.mark.parametrize("name", mm.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(mm, name) is getattr(mm, name)


def test_what_type_checkers_see_is_what_is_exported() -> None:
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {
        (alias.asname or alias.name): (node.module, alias.name)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert set(seen) == set(mm.__all__) - {"__version__"}
    for name, (module, attribute) in seen.items():
        home = sys.modules.get(module) or __import__(module, fromlist=[attribute])
        assert getattr(mm, name) is getattr(home, attribute)


def test_a_function_is_not_hidden_by_a_package_of_its_name() -> None:
    code = (
        "import mediamix as mm; f = mm.report; import mediamix.reporting.render, mediamix.simulate;"
        "assert mm.report is f and callable(mm.report)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        _ = mm.no_such_name


def test_curves_are_planned_by_the_core_alone() -> None:
    code = (
        "import sys, mediamix as mm\n"
        "curves = mm.Curves(spend={'tv': [0.0, 1.0]}, contribution={'tv': [0.0, 2.0]})\n"
        "assert mm.optimize(curves, mm.Budget(total=1.0)).outcome.mean == 2.0\n"
        "assert not {'numba', 'scipy', 'duckdb', 'vl_convert'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
