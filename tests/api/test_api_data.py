"""Uploads, specs, checks: names without paths, tables by our readers, nothing made twice or replaced."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from api_cases import API, Served

from mediamix.api.once import KEPT, Repeats


def tables(served: Served, *, media: str = "media.csv") -> list[tuple[str, Any]]:
    """The project's own tables, as an upload."""
    own = served.project.data
    return [
        ("files", (media, (own / "media.csv").read_bytes(), "text/csv")),
        ("files", ("outcome.csv", (own / "outcome.csv").read_bytes(), "text/csv")),
    ]


def test_tables_are_kept_once_and_say_what_they_are(changing: Served) -> None:
    sent: dict[str, Any] = {"files": tables(changing), "headers": {"Idempotency-Key": "upload-1"}}
    first, again = (changing.call("POST", f"{API}/datasets", "analyst", **sent) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201), first.text
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    assert first.headers["location"] == again.headers["location"]
    found = changing.call("GET", first.headers["location"], "viewer").json()
    assert found == first.json()
    roles = {column["name"]: column["role"] for column in found["columns"] if column["table"] == "media.csv"}
    assert roles["spend"] == "spend"
    assert roles["date"] == "date"
    listed = changing.call("GET", f"{API}/datasets").json()["items"]
    assert [one["id"] for one in listed] == [found["id"], "project"]
    other = {**sent, "files": tables(changing, media="other.csv")}
    assert changing.call("POST", f"{API}/datasets", "analyst", **other).status_code == 409
    made = changing.call("POST", f"{API}/specs", json={"name": "uploaded", "dataset": found["id"]})
    # Its tables have the names of those that are there, with the same content; or a question is open.
    assert made.status_code in (201, 409), made.text
    if made.status_code == 201:
        assert changing.call("GET", made.headers["location"]).json()["name"] == "uploaded"


def test_of_four_at_once_one_is_made(changing: Served) -> None:
    def send(_: int) -> Any:
        return changing.call(
            "POST", f"{API}/datasets", files=tables(changing), headers={"Idempotency-Key": "at-once"}
        )

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))
    made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}  # 409: the first is at work
    assert len(list(changing.project.drafts.iterdir())) == 1


@pytest.mark.parametrize("name", ["../../evil.csv", "/etc/passwd", "..\\..\\evil.csv", "a\0b.csv"])
def test_names_are_taken_without_paths(changing: Served, name: str) -> None:
    before = {path for path in changing.project.root.parent.rglob("*") if "drafts" not in path.parts}
    answer = changing.call("POST", f"{API}/datasets", files=tables(changing, media=name))
    after = {path for path in changing.project.root.parent.rglob("*") if "drafts" not in path.parts}
    assert {path for path in after - before if path.suffix in (".csv", "") and path.is_file()} <= {
        path for path in after if path.name in ("audit.jsonl", "repeats.sqlite")
    }
    if answer.status_code == 201:
        assert all(
            "/" not in file and "\\" not in file and ".." not in file for file in answer.json()["files"]
        )
        drafts = [path.resolve() for path in changing.project.drafts.rglob("*") if path.is_file()]
        assert all(path.is_relative_to(changing.project.drafts.resolve()) for path in drafts)
    else:
        assert answer.status_code in (409, 422), answer.text


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02" * 50, b"%PDF-1.4 nothing", b"a,b\n1,2\n", b"PK\x03\x04 no zip"]
)
def test_what_is_no_table_is_not_kept(changing: Served, content: bytes) -> None:
    answer = changing.call("POST", f"{API}/datasets", files=[("files", ("x.csv", content))])
    assert answer.status_code == 409, answer.text
    assert str(changing.project.root) not in answer.text
    assert not list(changing.project.drafts.glob("2*"))


def test_a_spec_is_saved_and_nothing_replaced(changing: Served) -> None:
    text = changing.project.spec().read_text() + "trend: {every: 13}\n"
    sent = {"json": {"name": "stiffer", "text": text}}
    made = changing.call("POST", f"{API}/specs", "analyst", **sent)
    assert made.status_code == 201, made.text
    assert changing.call("GET", made.headers["location"], "viewer").json() == made.json()
    assert changing.project.spec("stiffer").read_text() == text
    changed = {"json": {"name": "stiffer", "text": text + "# again\n"}}
    assert changing.call("POST", f"{API}/specs", **changed).status_code == 409
    assert changing.call("POST", f"{API}/specs", json={"name": "mediamix", "text": text}).status_code == 409
    for name in ("../x", "a/b", "", "x" * 100, ".hidden"):
        assert changing.call("POST", f"{API}/specs", json={"name": name, "text": text}).status_code == 422
    wrong = changing.call("POST", f"{API}/specs", json={"name": "wrong", "text": "outcom: {}\n"})
    assert (wrong.status_code, wrong.json()["type"]) == (409, "urn:mediamix:problem:spec")
    assert "outcome" in wrong.text
    assert not changing.project.spec("wrong").exists()
    names = [one["name"] for one in changing.call("GET", f"{API}/specs", params={"limit": 1}).json()["items"]]
    assert names == ["mediamix"]
    following = changing.call("GET", f"{API}/specs", params={"limit": 1}).json()["next"]
    page = changing.call("GET", f"{API}/specs", params={"limit": 1, "cursor": following}).json()
    assert ([one["name"] for one in page["items"]], page["next"]) == (["stiffer"], None)


def test_checks_say_what_a_run_would_meet(changing: Served) -> None:
    fine = changing.call("GET", f"{API}/checks", "viewer").json()
    assert fine["ok"]
    text = changing.project.spec().read_text().replace("media: data/media.csv", "media: data/gone.csv")
    found = changing.call("POST", f"{API}/checks", "analyst", json={"text": text})
    assert found.status_code == 200, found.text
    assert not found.json()["ok"]
    assert str(changing.project.root) not in found.text
    for outside in ("/etc/passwd", "../../secret.csv"):
        text = changing.project.spec().read_text().replace("data/media.csv", outside)
        refused = changing.call("POST", f"{API}/checks", json={"text": text})
        assert refused.status_code == 409, refused.text
        assert "outside of the project" in refused.text
        assert changing.call("POST", f"{API}/specs", json={"name": "out", "text": text}).status_code == 409


def test_answers_are_kept_for_a_day(tmp_path: Path) -> None:
    from starlette.responses import Response

    from mediamix.project.folder import Project

    at = [1000.0]
    repeats = Repeats(Project(tmp_path), lambda: at[0])
    assert repeats._begin("a", "x") is None
    repeats._end("a", Response(b"1", 201, {"Location": "/x"}))
    kept = repeats._begin("a", "x")
    assert kept is not None
    assert (kept.status_code, kept.body, kept.headers["location"]) == (201, b"1", "/x")
    at[0] += KEPT + 1
    assert repeats._begin("a", "x") is None
