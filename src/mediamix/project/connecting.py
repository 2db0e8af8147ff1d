"""What a project says of platforms and warehouse: sections of the spec, ``.env.example``, a dbt profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mediamix.core.documents import as_yaml
from mediamix.core.errors import UserError
from mediamix.core.spec import Spec
from mediamix.ingest.asking import source_of
from mediamix.ingest.source import Source
from mediamix.warehouse.engine import DEFAULT_FILE

ENV, PROFILES = ".env.example", "profiles.yml"
ENGINES = ("duckdb", "postgres", "bigquery")
POSTGRES = "MEDIAMIX_POSTGRES"


@dataclass(frozen=True)
class Connected:
    """What `mediamix init` writes of it.

    Args:
        sections: YAML that goes behind the spec.
        files: Name → text, of files beside the spec.
    """

    sections: str
    files: dict[str, str]


def connected(names: Sequence[str], warehouse: str) -> Connected:
    """The sections and files for some platforms and a warehouse.

    Args:
        names: Of sources.
        warehouse: ``duckdb``, ``postgres`` (or ``postgres:VARIABLE``), ``bigquery:PROJECT``.

    Raises:
        SpecError: There is no such source.
        UserError: There is no such warehouse, or its project is missing.
    """
    sources = [source_of(name) for name in dict.fromkeys(names)]
    engine, _, place = warehouse.partition(":")
    section = _warehouse(engine, place)
    Spec.model_validate({"warehouse": section})
    parts: dict[str, Any] = {"warehouse": section}
    if sources:
        parts["sources"] = {source.name: {"accounts": []} for source in sources}
    lines = [
        "",
        "# Where rows land. Addresses and passwords come from the environment: see .env.example.",
        as_yaml(parts),
    ]
    if sources:
        lines.append(
            "# accounts: [] fetches all that the credentials see; `mediamix list sources` has all settings.\n"
        )
    return Connected(
        "\n".join(lines), {ENV: _env(sources, engine, section), PROFILES: _profile(engine, section)}
    )


def _warehouse(engine: str, place: str) -> dict[str, Any]:
    if engine == "duckdb":
        return {"duckdb": place or DEFAULT_FILE}
    if engine == "postgres":
        return {"postgres": place or POSTGRES}
    if engine == "bigquery" and place:
        return {"bigquery": {"project": place}}
    raise UserError(
        "BigQuery needs the project" if engine == "bigquery" else f"there is no warehouse {engine!r}",
        expected="duckdb, postgres or bigquery:PROJECT",
        got=engine,
        next_step="say --warehouse bigquery:my-project"
        if engine == "bigquery"
        else f"one of {', '.join(ENGINES)}",
    )


def _env(sources: Sequence[Source], engine: str, section: dict[str, Any]) -> str:
    """Variables to be filled in; the file itself holds no secret."""
    lines = [
        "# Copy to .env, fill it in, keep it out of version control. Load it: set -a; . ./.env; set +a",
        "",
    ]
    for source in sources:
        lines.append(f"# {source.title}")
        for one in source.secrets:
            lines += [f"# {one.meaning}{' (may be absent)' if one.optional else ''}"]
            lines += [f"{'# ' if one.optional else ''}{one.variable}="]
        lines.append("")
    if engine == "postgres":
        lines += ["# The warehouse", f"# {section['postgres']}=postgresql://user:password@host:5432/database"]
        lines += [f"{section['postgres']}=", "# The same for dbt by hand"]
        lines += [
            "MEDIAMIX_POSTGRES_HOST=",
            "MEDIAMIX_POSTGRES_USER=",
            "DBT_ENV_SECRET_MEDIAMIX_POSTGRES_PASSWORD=",
        ]
        lines += ["MEDIAMIX_POSTGRES_DATABASE="]
    elif engine == "bigquery":
        lines += ["# The warehouse: what gcloud auth application-default login leaves, or a key's file"]
        lines += ["# GOOGLE_APPLICATION_CREDENTIALS="]
    return "\n".join(lines).rstrip() + "\n"


def _profile(engine: str, section: dict[str, Any]) -> str:
    """The dbt profile for runs by hand, with this project's warehouse alone."""
    if engine == "duckdb":
        output: dict[str, Any] = {"type": "duckdb", "path": section["duckdb"], "threads": 1}
    elif engine == "postgres":
        output = {
            "type": "postgres",
            "host": "{{ env_var('MEDIAMIX_POSTGRES_HOST') }}",
            "port": "{{ env_var('MEDIAMIX_POSTGRES_PORT', '5432') | as_number }}",
            "user": "{{ env_var('MEDIAMIX_POSTGRES_USER') }}",
            "password": "{{ env_var('DBT_ENV_SECRET_MEDIAMIX_POSTGRES_PASSWORD') }}",
            "dbname": "{{ env_var('MEDIAMIX_POSTGRES_DATABASE') }}",
            "schema": "public",
            "threads": 1,
        }
    else:
        at = Spec.model_validate({"warehouse": section}).warehouse
        big = at.bigquery if at is not None else None
        output = {
            "type": "bigquery",
            "method": "oauth",
            "project": section["bigquery"]["project"],
            "dataset": "" if big is None else big.dataset,
            "location": "" if big is None else big.location,
            "threads": 1,
        }
    text = as_yaml({"mediamix": {"target": engine, "outputs": {engine: output}}})
    return f"# For dbt by hand: dbt build --project-dir <mediamix>/dbt --profiles-dir .\n{text}"
