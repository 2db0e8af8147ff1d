"""A missing extra is one clear message, whichever public function needs it first."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mediamix as mm
from mediamix.core.errors import ExtraError
from mediamix.core.extras import EXTRAS, extras_of, missing
from mediamix.data.dataset import Dataset
from mediamix.models.base import Fit

#: What is absent when an extra isn't installed.
BLOCKED = {
    "bayes": ("numba", "llvmlite", "nutpie", "arviz", "h5netcdf", "h5py", "scipy"),
    "plan": ("scipy",),
    "warehouse": ("duckdb", "dbt"),
    "report": ("vl_convert", "jinja2", "typst", "pptx"),
    "excel": ("openpyxl",),
    "polars": ("polars",),
    "holidays": ("holidays",),
    "evolve": ("pymoo",),
    "linear": ("sklearn",),
    "app": ("streamlit",),
    "ray": ("ray",),
    "postgres": ("psycopg2",),
    "bigquery": ("google.cloud.bigquery",),
    "ingest": ("dlt", "requests"),
    "google-ads": ("google.ads",),
    "meta": ("facebook_business",),
    "google-analytics": ("google.analytics",),
    "salesforce": ("simple_salesforce",),
    "hubspot": ("hubspot",),
    "sql": ("sqlalchemy",),
    "cloud": ("fsspec", "s3fs", "gcsfs"),
    "jobs": ("sqlalchemy", "croniter"),
    "serve": ("fastapi", "starlette", "uvicorn", "limits", "jwt", "structlog", "prometheus_client"),
    "traces": ("opentelemetry",),
    "track": ("mlflow",),
    "mcp": ("mcp",),
}
#: Extras that are several others.
SEVERAL = {"all", "platforms"}
#: Where no extra is needed to be looked at.
CORE = {
    "Bound", "Budget", "Change", "ChannelRules", "Curves", "Dataset", "FlightPlan", "Flighting", "Group",
    "Level", "MediamixError", "Objective", "Off", "Pair", "Plan", "Problem", "Ratio", "Shift", "Spec",
    "Target", "UserError", "__version__", "compare", "examine", "fit", "fit_all", "frontier", "load",
    "load_problem", "load_spec", "optimize", "read", "read_future", "report", "save", "save_problem",
    "scenarios", "stack", "value_of_information", "what_if",
}  # fmt: skip

#: In a process of its own without any extra: every name, and every function that needs no fit to be asked.
BARE = """
import sys
BLOCKED = {blocked!r}
class Absent:
    def find_spec(self, name, path=None, target=None):
        if any(name == one or name.startswith(one + ".") for one in BLOCKED):
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
import mediamix as mm
from mediamix.core.errors import ExtraError
from mediamix.simulate import Scenario, simulate
tables = simulate(Scenario(every="week", periods=60)).tables
def read(**more):
    return mm.read(media=tables.media, outcome=tables.outcome, **more)
data = read()
assert "60 weeks" in repr(data) and "<svg" in data._repr_html_()
calls = {{name: (lambda name=name: getattr(mm, name)) for name in mm.__all__}}
calls |= {{
    "fit()": lambda: mm.fit(data),
    "quick": lambda: mm.fit(data, quick=True),
    "load()": lambda: mm.load("nowhere"),
    "save()": lambda: mm.save(None, "nowhere"),
    "report()": lambda: mm.report(None, None, "nowhere.html"),
    "holidays": lambda: read(spec=mm.Spec(holidays={{"country": "DE"}})),
}}
for name, call in calls.items():
    try:
        call()
        print(name, "ok")
    except ExtraError as error:
        print(name, error.next_step)
"""


def test_without_any_extra_every_name_works_or_names_its_extra() -> None:
    blocked = {module for modules in BLOCKED.values() for module in modules}
    code = BARE.format(blocked=blocked)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert {name for name in mm.__all__ if said[name] == "ok"} == CORE
    wanted = "pip install 'mediamix[bayes]'"
    assert {said[name] for name in set(mm.__all__) - CORE} == {wanted}
    assert {said[name] for name in ("fit()", "quick", "load()", "save()", "report()")} == {wanted}
    assert said["holidays"] == "pip install 'mediamix[holidays]'"


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make an extra's modules impossible to import, also where they were imported before."""

    def remove(extra: str) -> None:
        for name in [*sys.modules]:
            if any(name == one or name.startswith(one + ".") for one in BLOCKED[extra]):
                monkeypatch.setitem(sys.modules, name, None)
        for name in BLOCKED[extra]:
            monkeypatch.setitem(sys.modules, name, None)

    return remove


def curves() -> mm.Curves:
    grid = np.linspace(0.0, 100.0, 12)
    draws = np.outer(np.linspace(1.0, 2.0, 8), np.sqrt(grid))
    return mm.Curves(
        {"tv": grid, "search": grid},
        {"tv": draws, "search": draws[::-1]},
        current={"tv": 50.0, "search": 50.0},
    )


@pytest.mark.parametrize(
    ("package", "ending"),
    [("vl_convert", "html"), ("jinja2", "html"), ("vl_convert", "pdf"), ("typst", "pdf"), ("pptx", "pptx")],
)
def test_the_report(
    package: str, ending: str, mixed_fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mediamix.reporting import render

    render._environment.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ExtraError, match=r"mediamix\[report\]"):
        mm.report(mixed_fit, None, tmp_path / f"r.{ending}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("optimize", lambda fit: mm.optimize(curves(), mm.Budget(total=80.0), objective="cvar:0.1")),
        ("default", lambda fit: mm.optimize(curves(), mm.Budget(total=80.0))),
        ("target", lambda fit: mm.optimize(curves(), target=mm.Target(outcome=12.0, probability=0.9))),
        ("frontier", lambda fit: mm.frontier(curves(), mm.Budget(total=80.0))),
        ("share", lambda fit: mm.optimize(
            curves(), mm.Budget(total=80.0, groups=(mm.Group(("tv", "search"), 60.0),)),
            objective="quantile:0.1")),
        ("flighting", lambda fit: mm.flighting(fit, mm.Flighting(periods=4, history=False), anyway=True)),
        ("convergence", mm.convergence),
        ("summarise", mm.summarise),
    ],
)  # fmt: skip
def test_without_scipy(
    name: str, call: Callable[[Fit], object], mixed_fit: Fit, absent: Callable[[str], None]
) -> None:
    absent("plan")
    with pytest.raises(ExtraError, match=r"pip install 'mediamix\[(plan|bayes)\]'"):
        call(mixed_fit)


def test_a_workbook(absent: Callable[[str], None], tmp_path: Path, weekly: Dataset) -> None:
    (tmp_path / "media.xlsx").write_bytes(b"PK")
    absent("excel")
    with pytest.raises(ExtraError, match=r"mediamix\[excel\]"):
        mm.read(media=tmp_path / "media.xlsx", outcome=pd.DataFrame())


def test_the_warehouse(absent: Callable[[str], None], tmp_path: Path) -> None:
    from mediamix import pipeline
    from mediamix.warehouse.engines.duckdb import DuckDB

    (tmp_path / "w.duckdb").write_bytes(b"x")
    absent("warehouse")
    with pytest.raises(ExtraError, match=r"mediamix\[warehouse\]"):
        pipeline.read_mart(mm.Spec(), DuckDB(tmp_path / "w.duckdb"))


def test_a_search(absent: Callable[[str], None], weekly: Dataset) -> None:
    absent("evolve")
    with pytest.raises(ExtraError, match=r"mediamix\[evolve\]"):
        mm.fit(weekly, mm.Spec(model={"family": "evolve"}))


def test_a_lasso(absent: Callable[[str], None], weekly: Dataset) -> None:
    absent("linear")
    raw = {"model": {"family": "linear", "linear": {"estimator": "lasso"}}}
    with pytest.raises(ExtraError, match=r"mediamix\[linear\]"):
        mm.fit(weekly, mm.Spec(**raw))


def test_writing_draws_without_h5netcdf(
    mixed_fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "h5netcdf", None)
    with pytest.raises(ExtraError, match=r"mediamix\[bayes\]"):
        mm.save(mixed_fit, tmp_path / "fit")
    assert list(tmp_path.iterdir()) == []


def test_polars_frames_need_polars_only_where_they_come_from(absent: Callable[[str], None]) -> None:
    """Who hands over a polars frame has polars; without it nothing else changes."""
    absent("polars")
    with pytest.raises(mm.UserError, match="neither a path nor a frame"):
        mm.read(media=object(), outcome=object())


def test_a_queue_and_a_schedule(absent: Callable[[str], None], tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from mediamix.jobs.cron import last_moment
    from mediamix.jobs.queue import queue_of
    from mediamix.project.folder import Project

    absent("jobs")
    with pytest.raises(ExtraError, match=r"mediamix\[jobs\]"):
        queue_of(Project(tmp_path))
    with pytest.raises(ExtraError, match=r"mediamix\[jobs\]"):
        last_moment("0 0 * * 0", "UTC", datetime(2026, 11, 28, tzinfo=UTC))


def test_the_engine_ray(absent: Callable[[str], None]) -> None:
    from mediamix.spread.contract import Means, Task, engine_called

    absent("ray")
    with pytest.raises(ExtraError, match=r"pip install 'mediamix\[ray\]'"):
        next(engine_called("ray").map(len, [Task(0, "one", "x")], Means()))


def test_every_extra_of_the_project_is_known() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    assert set(EXTRAS.values()) == set(extras) - SEVERAL - {"plan"}
    assert set(BLOCKED) == set(extras) - SEVERAL


@pytest.mark.parametrize(("module", "extra"), [("google.ads.googleads", "google-ads"), ("dlt", "ingest")])
def test_a_package_inside_of_a_namespace_names_its_own_extra(module: str, extra: str) -> None:
    error = ModuleNotFoundError(f"No module named {module!r}", name=module)
    found = missing(error, "this")
    assert found is not None
    assert f"mediamix[{extra}]" in found.next_step


def test_another_missing_module_is_not_ours() -> None:
    with pytest.raises(ModuleNotFoundError, match="elsewhere"), extras_of("this"):
        raise ModuleNotFoundError("No module named 'elsewhere'", name="elsewhere")
