"""`/datasets`."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from fastapi import File, Path, Request, UploadFile
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from mediamix.api.datasets.schemas import DatasetPage, DatasetView
from mediamix.api.datasets.service import kept, listed, one, place
from mediamix.api.documented import ETAG, LOCATION, UNCHANGED, Cursor, Limit, answers, errors
from mediamix.api.once import IdempotencyKey
from mediamix.api.replies import JSON, PAGE, encoded, page, reply
from mediamix.api.route import router
from mediamix.api.service import service_of
from mediamix.api.settings import MOST_UPLOAD

routes = router("data")
_COLUMN = {
    "table": "media.csv",
    "name": "spend",
    "role": "spend",
    "channel": None,
    "samples": ["1200", "900", "0"],
    "why": "its name",
    "certainty": "certain",
}
_SET: dict[str, Any] = {
    "id": "20261128T000200Z-0a1b2c",
    "files": ["media.csv", "outcome.csv"],
    "columns": [_COLUMN],
    "questions": [],
    "notes": [],
    "spec": "data: {media: data/media.csv, outcome: data/outcome.csv}\n",
}
DatasetId = Annotated[
    str,
    Path(description="Of an upload, or `project`.", pattern=r"^[0-9A-Za-z-]{1,40}$", examples=[_SET["id"]]),
]


@routes.get(
    "/datasets",
    summary="Tables",
    response_model=DatasetPage,
    responses={
        **answers(200, "A page.", {"items": [_SET], "next": None}, more=ETAG),
        **UNCHANGED,
        **errors(404),
    },
)
async def datasets(
    request: Request,
    limit: Limit = PAGE,
    cursor: Cursor = "",
) -> Response:
    """Uploads, the newest first (the last ten are kept), and the tables that the project's spec names."""
    found = await run_in_threadpool(listed, service_of(request))
    items, following = page(found, place, cursor, limit)
    return reply(request, encoded({"items": items, "next": following}))


@routes.post(
    "/datasets",
    status_code=201,
    summary="Upload tables",
    response_model=DatasetView,
    max_body_size=MOST_UPLOAD,
    responses={**answers(201, "They are kept.", _SET, more=LOCATION), **errors(400, 409, 413, 415)},
)
async def upload(
    request: Request,
    files: Annotated[
        list[UploadFile],
        File(description="CSV, Excel or Parquet; up to 20, 100 MB together.", min_length=1, max_length=20),
    ],
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """Keep tables apart from the project, and say what each column was taken for and what isn't clear. A file
    that is no table is refused, and nothing is kept. Names are taken without any path.
    """
    service = service_of(request)
    async with service.uploads:
        given = [(file.filename or "table", await file.read()) for file in files]
        marks = hashlib.sha256()
        for name, content in given:
            marks.update(f"{name}\0{len(content)}\0".encode() + hashlib.sha256(content).digest())

        async def make() -> Response:
            made = await run_in_threadpool(kept, service, given)
            request.state.about = {"dataset": made["id"], "files": made["files"]}
            return Response(encoded(made), 201, {"Location": f"/api/v1/datasets/{made['id']}"}, JSON)

        return await service.repeats.once(request, idempotency_key, marks.digest(), make)


@routes.get(
    "/datasets/{id}",
    summary="Tables, and what they were taken for",
    response_model=DatasetView,
    responses={**answers(200, "They.", _SET, more=ETAG), **UNCHANGED, **errors(404, 409)},
)
async def dataset(request: Request, id: DatasetId) -> Response:
    """Columns with role, channel and reason; open questions; the spec that reads them."""
    return reply(request, encoded(await run_in_threadpool(one, service_of(request), id)))
