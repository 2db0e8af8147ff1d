"""Optional dependencies: which extra brings a package, and the one message where it is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mediamix.core.errors import ExtraError

#: Imported package -> the extra that brings it. SciPy and SQLAlchemy are in two: who only plans asks for
#: ``plan`` itself, and the queue of jobs for ``jobs``.
EXTRAS = {
    "numba": "bayes",
    "llvmlite": "bayes",
    "nutpie": "bayes",
    "arviz": "bayes",
    "h5netcdf": "bayes",
    "h5py": "bayes",
    "scipy": "bayes",
    "sklearn": "linear",
    "duckdb": "warehouse",
    "dbt": "warehouse",
    "vl_convert": "report",
    "jinja2": "report",
    "typst": "report",
    "streamlit": "app",
    "pptx": "report",
    "openpyxl": "excel",
    "polars": "polars",
    "holidays": "holidays",
    "pymoo": "evolve",
    "ray": "ray",
    "psycopg2": "postgres",
    "google.cloud.bigquery": "bigquery",
    "dlt": "ingest",
    "requests": "ingest",
    "google.ads": "google-ads",
    "facebook_business": "meta",
    "google.analytics": "google-analytics",
    "simple_salesforce": "salesforce",
    "hubspot": "hubspot",
    "sqlalchemy": "sql",
    "fsspec": "cloud",
    "s3fs": "cloud",
    "gcsfs": "cloud",
    "croniter": "jobs",
    "fastapi": "serve",
    "starlette": "serve",
    "uvicorn": "serve",
    "limits": "serve",
    "jwt": "serve",
    "structlog": "serve",
    "prometheus_client": "serve",
    "opentelemetry": "traces",
    "mlflow": "track",
    "mcp": "mcp",
}


@contextmanager
def extras_of(purpose: str) -> Iterator[None]:
    """Inside, or in a function decorated with it, a missing package is an `ExtraError` that names its extra.

    Raises:
        ExtraError: `purpose` needs a package that isn't installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        known = missing(error, purpose)
        if known is None:
            raise
        raise known from error


def missing(error: ModuleNotFoundError, purpose: str) -> ExtraError | None:
    """The error as a missing extra; None if the module isn't one of theirs."""
    name = error.name or ""
    package = next((one for one in EXTRAS if name == one or name.startswith(one + ".")), None)
    return None if package is None else ExtraError(package, EXTRAS[package], purpose)
