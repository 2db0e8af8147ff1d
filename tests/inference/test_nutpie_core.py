"""What we call of nutpie is private to it: what is installed, allowed and newest is what we hold."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import pytest

from mediamix.core.errors import UserError
from mediamix.inference import nutpie_core

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
OLD, NEW = nutpie_core.SAMPLERS


def made(sampler: str, seen: list[object] | None = None, **changes: str) -> SimpleNamespace:
    """A module whose callables take the arguments that are named."""
    module = SimpleNamespace(__version__="0.16.99")
    for name, names in {**nutpie_core.CALLED, "PySampler.from_pymc": sampler, **changes}.items():
        *folders, last = name.split(".")
        place = module
        for folder in folders:
            if not hasattr(place, folder):
                setattr(place, folder, SimpleNamespace())
            place = getattr(place, folder)
        taken = ", ".join(names.split())
        space = {"seen": seen}
        exec(f"def call({taken}):\n    seen is None or seen.extend([{taken}])\n    return 'made'", space)
        setattr(place, last, space["call"])
    return module


def test_the_installed_nutpie_is_one_that_we_hold():
    assert _numbers(nutpie_core.TRIED[0]) <= _numbers(version("nutpie")) <= _numbers(nutpie_core.TRIED[-1])
    assert nutpie_core.core().module.__version__ == version("nutpie")


def test_what_the_project_allows_is_what_we_hold():
    (bound,) = [b for b in PROJECT["project"]["optional-dependencies"]["bayes"] if b.startswith("nutpie")]
    *start, last = _numbers(nutpie_core.TRIED[-1])
    after = ".".join(map(str, (*start, last + 1)))
    assert bound == f"nutpie>={nutpie_core.TRIED[0]},<{after}"


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_there_is_no_newer_nutpie_than_those_that_we_hold(python):
    """Fails on the day that one appears: try it, then add it to `TRIED` and to pyproject.toml."""
    command = ["uv", "pip", "compile", "-", "--no-deps", "--no-header", "--no-annotate", "--quiet"]
    # As if nothing bounded it, not even the date that keeps our environment as it is.
    freed = ["--no-sources", "--exclude-newer", "2999-01-01", "--refresh-package", "nutpie"]
    try:
        asked = subprocess.run(
            [*command, *freed, "--python-version", python, "--only-binary", "nutpie"],
            input="nutpie",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd=ROOT,
        )
    except FileNotFoundError:
        pytest.skip("uv is not installed")
    if asked.returncode and "error sending request" in asked.stderr.lower():
        pytest.skip("the package index can't be reached")
    assert asked.returncode == 0, asked.stderr
    newest = asked.stdout.strip().removeprefix("nutpie==")
    assert newest in nutpie_core.TRIED


@pytest.mark.parametrize(
    ("sampler", "wanted"),
    [
        (OLD, ["settings", 2, "model", "progress", "made"]),
        (NEW, ["settings", 2, "model", "progress", None, 0, "made"]),
    ],
)
def test_each_interface_is_called_as_it_wants(sampler, wanted):
    seen: list[object] = []
    nutpie_core.probe(made(sampler, seen)).start("settings", 2, "model", "progress")
    assert seen == wanted


def test_an_interface_that_we_do_not_know_is_refused_before_anything_is_called():
    strange = made(f"{NEW} colour", PyMcModel="density expand")
    with pytest.raises(UserError, match="inner interface") as caught:
        nutpie_core.probe(strange)
    said = caught.value.message
    assert "PyMcModel takes (density, expand)" in said
    assert "PySampler.from_pymc takes (settings, cores, model" in said
    assert "got:      nutpie 0.16.99" in said
    assert f"pip install 'nutpie>={nutpie_core.TRIED[0]},<={nutpie_core.TRIED[-1]}'" in said


def test_a_core_without_what_we_call_is_refused():
    bare = made(OLD)
    del bare.LogpFunc
    with pytest.raises(UserError, match=r"LogpFunc takes \(\?\)"):
        nutpie_core.probe(bare)


def test_nutpie_can_be_imported_after_us():
    """We load only its extension module; its package has to find that one and work."""
    code = (
        "from mediamix.inference.nutpie_core import core\n"
        "module = core().module\n"
        "import sys\n"
        "assert 'arviz' not in sys.modules and 'matplotlib' not in sys.modules\n"
        "import nutpie\n"
        "assert nutpie._lib is module\n"
        "print(nutpie.__version__)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=180, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == version("nutpie") + "\n"


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))
