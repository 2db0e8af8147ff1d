"""BigQuery: three datasets of a project, named ``PREFIX_landing``, ``PREFIX_staging``, ``PREFIX_mart``.

Credentials are those of the environment (application default). Landing is one transaction. dbt replaces each
table of the mart in one statement, but BigQuery has no transaction over tables that are made anew: so a
table ``build_open`` stands in the mart while a build is under way. It keeps a second builder and readers out;
after a kill it stays, and says so.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mediamix.core.errors import ExtraError, FolderError, SpecError, UserError
from mediamix.warehouse.engine import BUILD_OPEN, TARGET_VARIABLE, Session, Warehouse
from mediamix.warehouse.engines.bigquery_session import BigQuerySession

#: Google's own variable for another address of the service.
ENDPOINT_VARIABLE = "BIGQUERY_EMULATOR_HOST"
_LOOPBACK = re.compile(r"https?://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?/?")


@dataclass(frozen=True)
class BigQuery:
    """A BigQuery project.

    Args:
        project: Its id.
        dataset: What the names of the datasets begin with.
        location: Where they are made.
        base: Folder of the spec, for what dbt writes.
        whole: The session of a build that is under way.
        patience: How long a query is sent again where the service fails, in seconds.
    """

    project: str
    dataset: str
    location: str
    base: Path
    whole: Session | None = field(default=None, repr=False, compare=False)
    patience: float = 600.0

    @property
    def title(self) -> str:
        """Project and datasets."""
        return f"BigQuery {self.project}.{self.dataset}_*"

    @property
    def database(self) -> str:
        """As SQL calls it."""
        return f"bigquery {self.project} {self.dataset}"

    @property
    def place(self) -> str:
        """The same: its builds aren't repeated."""
        return self.database

    @property
    def profile(self) -> dict[str, str]:
        """Environment variables that ``dbt/profiles.yml`` reads."""
        return {
            TARGET_VARIABLE: "bigquery",
            "MEDIAMIX_BIGQUERY_PROJECT": self.project,
            "MEDIAMIX_BIGQUERY_DATASET": self.dataset,
            "MEDIAMIX_BIGQUERY_LOCATION": self.location,
        }

    @property
    def work_dir(self) -> Path:
        """Folder beside the spec for what dbt writes."""
        return self.base.resolve() / ".warehouse.bigquery.dbt"

    @contextmanager
    def connect(self, *, read_only: bool) -> Iterator[Session]:
        """A client; that of the build, where one is under way.

        Raises:
            ExtraError: BigQuery's client isn't installed.
            SpecError: The environment names another address of the service that isn't this machine.
            FolderError: There are no credentials, they don't do, or the project isn't there.
        """
        if self.whole is not None:
            yield self.whole
            return
        client = self._client()
        try:
            with self._in_words():
                yield BigQuerySession(client, self.project, self.dataset, self.location, self.patience)
        finally:
            client.close()

    @contextmanager
    def renewed(self) -> Iterator[Warehouse]:
        """The project, held against other builders.

        Raises:
            FolderError: As of `connect`, or another process builds, or was killed while it did.
        """
        if self.whole is not None:
            yield self
            return
        with self.connect(read_only=False) as session:
            assert isinstance(session, BigQuerySession)
            since = session.hold("mart", BUILD_OPEN, f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
            if since is not None:
                raise FolderError(
                    f"another run of mediamix is building in {self.title}",
                    expected="one builder at a time",
                    got=f"a build since {since}",
                    next_step=f"wait until it is done; if it was killed, drop the table "
                    f"{self.project}.{self.dataset}_mart.{BUILD_OPEN} and build again",
                )
            try:
                yield replace(self, whole=session)
            finally:
                session.let_go("mart", BUILD_OPEN)

    def building(self) -> AbstractContextManager[Warehouse]:
        """As `renewed`."""
        return self.renewed()

    @contextmanager
    def dbt(self) -> Iterator[None]:
        """Inside of the block dbt uses clients that are made here.

        Raises:
            ExtraError: dbt-bigquery isn't installed.
        """
        try:
            from dbt.adapters.bigquery.connections import BigQueryConnectionManager as Manager
        except ImportError as error:
            raise ExtraError("dbt-bigquery", "bigquery", "building the mart in BigQuery") from error

        def opened(cls: Any, connection: Any) -> Any:
            if connection.state != "open":
                connection.handle, connection.state = self._client(), "open"
            return connection

        before = Manager.__dict__["open"]
        Manager.open = classmethod(opened)
        try:
            yield
        finally:
            Manager.open = before

    def explained(self, error: BaseException | str) -> UserError | None:
        """What Google's client says, in plain words."""
        text = str(error)
        if re.search(r"\b403\b|Access Denied|accessDenied|PERMISSION_DENIED", text):
            return FolderError(
                f"the credentials lack a permission in {self.title}",
                expected="the roles BigQuery Data Editor and BigQuery Job User",
                got=_line(text),
                next_step="grant them in the project, or use other credentials",
            )
        if re.search(r"\b401\b|Unauthenticated|invalid_grant|Reauthentication|RefreshError", text):
            return _no_credentials(self.title, _line(text))
        if re.search(r"Not found: Project|project .* not found", text, re.IGNORECASE):
            return FolderError(
                f"there is no Google Cloud project {self.project}, or it is closed to these credentials",
                got=_line(text),
                next_step="check `warehouse: {bigquery: {project: …}}` in the spec",
            )
        if re.search(r"ConnectionError|Connection refused|Max retries|\b503\b|Deadline|timed out", text):
            return FolderError(
                f"{self.title} doesn't answer",
                got=_line(text),
                next_step="run it again once it can be reached",
            )
        return None

    def dlt_destination(self) -> Any:
        """The project, with the credentials of the environment as dlt looks for them; none for a server of
        this machine.
        """
        from mediamix.warehouse.engines.bigquery_dlt import destination

        return destination(self.project, self.location, anonymous=_endpoint() is not None)

    @property
    def dlt_dataset(self) -> str:
        """The landing dataset."""
        return f"{self.dataset}_landing"

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        from google.api_core.exceptions import GoogleAPIError
        from google.auth.exceptions import GoogleAuthError
        from requests.exceptions import RequestException

        try:
            yield
        except (GoogleAPIError, GoogleAuthError, RequestException) as error:
            told = self.explained(f"{type(error).__name__} {error}")
            if told is None:
                raise
            raise told from error

    def _client(self) -> Any:
        try:
            from google.auth.credentials import AnonymousCredentials
            from google.auth.exceptions import DefaultCredentialsError
            from google.cloud import bigquery
        except ImportError as error:
            raise ExtraError("google-cloud-bigquery", "bigquery", "a BigQuery warehouse") from error
        endpoint = _endpoint()
        if endpoint is None:
            try:
                return bigquery.Client(self.project, location=self.location)
            except DefaultCredentialsError as error:
                raise _no_credentials(self.title, _line(str(error))) from error
        return bigquery.Client(
            self.project,
            credentials=AnonymousCredentials(),
            location=self.location,
            client_options={"api_endpoint": endpoint},
        )


def _endpoint() -> str | None:
    """Another address of the service, on this machine."""
    endpoint = os.environ.get(ENDPOINT_VARIABLE)
    if endpoint is not None and _LOOPBACK.fullmatch(endpoint) is None:
        raise SpecError(
            f"{ENDPOINT_VARIABLE} names an address that isn't this machine",
            expected="http://127.0.0.1:PORT, a server for tries; or the variable unset",
            next_step=f"unset {ENDPOINT_VARIABLE}",
        )
    return endpoint


def _no_credentials(title: str, got: str) -> FolderError:
    return FolderError(
        f"there are no credentials for {title}",
        expected="application default credentials of Google Cloud",
        got=got,
        next_step="run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to a "
        "key file",
    )


def _line(text: str) -> str:
    return text.strip().splitlines()[0][:300] if text.strip() else ""
