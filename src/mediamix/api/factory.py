"""The application of a project: all routes behind their guard, one form of errors, one document."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from starlette.middleware.trustedhost import TrustedHostMiddleware

from mediamix.api import problems
from mediamix.api.alive import endpoints as alive
from mediamix.api.checks import endpoints as checks
from mediamix.api.datasets import endpoints as datasets
from mediamix.api.documented import Problem
from mediamix.api.measures import endpoints as measures
from mediamix.api.predict import endpoints as predict
from mediamix.api.questions import endpoints as questions
from mediamix.api.roles import PREFIX, TABLE
from mediamix.api.route import Route
from mediamix.api.runs import endpoints as runs
from mediamix.api.service import Service
from mediamix.api.settings import Settings
from mediamix.api.specs import endpoints as specs
from mediamix.api.training import endpoints as training
from mediamix.api.watching.middleware import Watching
from mediamix.api.watching.traces import telemetry
from mediamix.project.folder import Project

ABOUT = """\
A media mix project over HTTP: its runs, what they measured, and the three questions to the planner.

Every call carries `Authorization: Bearer KEY` (`mediamix keys create`) or a token of the configured issuer.
Errors are `application/problem+json` with `expected`, `got`, `next` and `findings`. A request that isn't of
the documented form is 422; one that is, but that this project's data, fit or state can't answer, is 409.
Reads have an `ETag`; lists are paged by `cursor`; what creates takes an `Idempotency-Key`.
"""
#: Where nobody says who they are, a page of another site must not reach the service by another name.
_LOCAL = ["localhost", "127.0.0.1", "[::1]", "testserver"]


def application(project: Project, settings: Settings | None = None, *, spans: Any = None) -> FastAPI:
    """The application that serves a project.

    Args:
        project: What is served.
        settings: How; absent: with keys, questions answered in this process.
        spans: Where traces go, for tests.

    Raises:
        ExtraError: Traces are asked for, and the extra `traces` isn't installed.
        RuntimeError: A route has no role: our fault.
    """
    settings = settings or Settings()
    service = Service(project, settings)

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        first = asyncio.create_task(service.solvers.ready()) if settings.solvers else None
        yield
        if first is not None:
            first.cancel()
        service.solvers.close()

    app = FastAPI(
        title="mediamix",
        version=version("mediamix"),
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        form_limits={"max_files": 20, "max_fields": 20},
        redirect_slashes=False,
        lifespan=living,
        telemetry=telemetry(settings, spans),  # type: ignore[arg-type]
    )
    app.state.service = service
    # The routers' limit: the application's own would answer outside of `Watching`, in another form.
    limit = settings.body
    app.include_router(alive.routes, max_body_size=limit)
    app.include_router(predict.routes, max_body_size=limit)
    app.include_router(predict.routes, prefix=PREFIX, include_in_schema=False, max_body_size=limit)
    for resource in (runs, questions, measures, datasets, specs, checks, training):
        app.include_router(resource.routes, prefix=PREFIX, max_body_size=limit)
    _bind(app, service)
    problems.install(app)
    if not settings.auth:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=_LOCAL)
    app.add_middleware(Watching, service=service)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    return app


def routes_of(app: FastAPI) -> dict[tuple[str, str], Any]:
    """Every route of an application, however deep it lies: method and path → its endpoint."""
    found: dict[tuple[str, str], Any] = {}
    for context in iter_route_contexts(app.routes):
        for method in context.methods or ():
            found[method, str(context.path)] = context
    return found


def _bind(app: FastAPI, service: Service) -> None:
    """Give every route its rule; none goes without."""
    found = routes_of(app)
    lacking = sorted(set(found) - set(TABLE)) + sorted(set(TABLE) - set(found))
    open_ones = [key for key, route in found.items() if not isinstance(route.original_route, Route)]
    if lacking or open_ones:
        raise RuntimeError(
            f"routes without a role, or roles without a route: {lacking}; unguarded: {open_ones}"
        )
    for (method, path), route in found.items():
        service.rules[route.endpoint] = TABLE[method, path]
        service.paths.setdefault(route.endpoint, path)


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document: every route asks for a key."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        parts = made.setdefault("components", {})
        parts.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
        for unused in ("HTTPValidationError", "ValidationError"):
            parts["schemas"].pop(unused, None)
        if app.state.service.settings.auth:
            parts["securitySchemes"] = {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key of the project (mm_…), or a token of the configured issuer.",
                }
            }
            made["security"] = [{"key": []}]
        for path, methods in made["paths"].items():
            for method, one in methods.items():
                rule = TABLE[method.upper(), path]
                one["x-role"] = rule.role.word
                one["description"] = f"{one.get('description', '')}\n\nRole: {rule.role.word}.".strip()
        app.openapi_schema = made
    return app.openapi_schema
