"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mediamix.core.errors import FolderError
from mediamix.core.files import whole_file, write_json, write_text, write_together
from mediamix.core.folders import whole_folder
from mediamix.core.locks import aside_of, sole_writer


def everything(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    write_text(tmp_path / "deep" / "a.txt", "one")
    write_text(tmp_path / "deep" / "a.txt", "two")
    assert (tmp_path / "deep" / "a.txt").read_text() == "two"
    assert everything(tmp_path) == ["deep", "deep/a.txt"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    write_json(target, {"x": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(target, {"x": float("nan")})

    def fails() -> None:
        with whole_file(target) as aside:
            aside.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    assert target.read_text() == '{\n  "x": 1\n}\n'
    assert everything(tmp_path) == ["a.json"]


def test_a_file_in_the_way_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match="can't write"):
        write_text(tmp_path / "file" / "a.txt", "x")
    with (
        pytest.raises(FolderError, match="can't write"),
        whole_folder(tmp_path / "file" / "out", force=False),
    ):
        pass


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "a" / "out", force=False) as aside:
        (aside / "x").write_text("1")
        assert not (tmp_path / "a" / "out").exists()
    assert everything(tmp_path) == ["a", "a/out", "a/out/.mediamix.json", "a/out/x"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, OSError])
def test_a_folder_that_fails_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    def fails() -> None:
        with whole_folder(tmp_path / "a" / "b" / "out", force=False) as aside:
            (aside / "x").write_text("1")
            raise error

    with pytest.raises(error):
        fails()
    assert everything(tmp_path) == []


def test_a_used_folder_needs_force_and_is_kept_when_the_new_one_fails(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with whole_folder(out, force=False) as aside:
        (aside / "old").write_text("1")
    with pytest.raises(FolderError, match="already used"), whole_folder(out, force=False):
        pass

    def fails() -> None:
        with whole_folder(out, force=True) as aside:
            (aside / "new").write_text("1")
            raise ValueError

    with pytest.raises(ValueError):
        fails()
    assert everything(tmp_path) == ["out", "out/.mediamix.json", "out/old"]
    with whole_folder(out, force=True) as aside:
        (aside / "new").write_text("1")
    assert everything(tmp_path) == ["out", "out/.mediamix.json", "out/new"]


def ours(folder: Path) -> Path:
    with whole_folder(folder, force=False) as aside:
        (aside / "a").write_text("1")
        (aside / "sub").mkdir()
        (aside / "sub" / "b").write_text("2" * 3_000_000)
    return folder


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda out: (out / "notes.txt").write_text("mine"), r"  - notes\.txt\n"),
        (lambda out: (out / "sub" / "deep").mkdir(), r"  - sub/deep/\n"),
        (lambda out: (out / "a").write_text("edited"), r"  - a \(changed since\)\n"),
        (lambda out: (out / "sub" / "b").write_text("3" + "2" * 2_999_999), r"  - sub/b \(changed since\)\n"),
        (lambda out: (out / "sub" / "link").symlink_to(out), r"  - sub/link\n"),
        (lambda out: (out / ".mediamix.json").unlink(), r"  - a\n"),
        (lambda out: (out / ".mediamix.json").write_text("[]"), r"  - a\n"),
    ],
    ids=["file", "folder", "edit", "large edit", "link", "no record", "damaged record"],
)
def test_force_replaces_only_what_we_wrote(tmp_path: Path, change: Any, named: str) -> None:
    out = ours(tmp_path / "out")
    change(out)
    before = everything(tmp_path)
    with (
        pytest.raises(FolderError, match=r"it holds what mediamix didn't write[\s\S]*" + named),
        whole_folder(out, force=True),
    ):
        pass
    assert everything(tmp_path) == before


def test_what_came_into_the_folder_during_the_work_is_kept(tmp_path: Path) -> None:
    out = ours(tmp_path / "out")

    def works() -> None:
        with whole_folder(out, force=True) as aside:
            (aside / "new").write_text("1")
            (out / "notes.txt").write_text("mine")

    with pytest.raises(FolderError, match="didn't write"):
        works()
    assert everything(out) == [".mediamix.json", "a", "notes.txt", "sub", "sub/b"]


def test_a_folder_of_file_managers_litter_and_a_fit_of_its_own_is_still_ours(tmp_path: Path) -> None:
    out = ours(tmp_path / "out")
    (out / ".DS_Store").write_text("")
    ours(out / "fit")
    with whole_folder(out, force=True) as aside:
        (aside / "new").write_text("1")
    assert everything(out) == [".mediamix.json", "new"]


def test_places_that_are_nobodys_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = ours(tmp_path / "out")
    (tmp_path / "link").symlink_to(out)
    with pytest.raises(FolderError, match="is a link to"), whole_folder(tmp_path / "link", force=True):
        pass
    with (
        pytest.raises(FolderError, match=r"what this command reads lies in it[\s\S]*out/a"),
        whole_folder(out, force=True, inputs=[out / "a", tmp_path / "other"]),
    ):
        pass
    monkeypatch.setenv("HOME", str(out))
    with pytest.raises(FolderError, match="is the home folder or holds it"), whole_folder(out, force=True):
        pass
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(out / "sub")
    for place in (out, Path()):
        with pytest.raises(FolderError, match="is the folder you stand in"), whole_folder(place, force=True):
            pass
    assert everything(out) == [".mediamix.json", "a", "sub", "sub/b"]


def test_the_leftovers_of_killed_runs_are_swept_and_only_ours(tmp_path: Path) -> None:
    kept = [".other.1.part", ".git", "notes.mediamix-part", ".x.mediamix-part"]
    for name in kept:
        (tmp_path / name).mkdir()
    for name in (".out.77.mediamix-part", ".gone.78.mediamix-part"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "half").write_text("")
    (tmp_path / ".file.79.mediamix-part").write_text("half")
    (tmp_path / ".file.mediamix-lock").write_text("{}")
    (tmp_path / ".moved.80.mediamix-old").mkdir()  # killed between two renames: it goes back
    write_text(tmp_path / "a.txt", "1")
    assert everything(tmp_path) == sorted([*kept, "a.txt", "moved"])


def test_a_living_writer_is_waited_for_or_named_and_never_swept(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with sole_writer(target):
        aside = aside_of(target)
        aside.mkdir()
        write_text(tmp_path / "a.txt", "1")  # sweeps this folder
        assert aside.is_dir()
        with (
            pytest.raises(
                FolderError, match=rf"another run of mediamix is writing[\s\S]*process {os.getpid()} "
            ),
            sole_writer(target, patience=0.2),
        ):
            pass
        aside.rmdir()
    assert everything(tmp_path) == ["a.txt"]
    with ThreadPoolExecutor(2) as pool:

        def add(n: int) -> None:
            with sole_writer(target):
                count = int(target.read_text()) if target.exists() else 0
                time.sleep(0.02)
                target.write_text(str(count + n))

        list(pool.map(add, [1] * 8))
    assert target.read_text() == "8"


def test_files_that_belong_together_never_stand_beside_those_of_another_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main, other = tmp_path / "plan.json", tmp_path / "plan.csv"
    write_together({main: "1", other: "1"}, force=False)
    with pytest.raises(FolderError, match="is already there"):
        write_together({main: "2", other: "2"}, force=False)
    replace, seen = os.replace, []

    def watched(source: Any, target: Any) -> None:
        replace(source, target)
        seen.append((main.read_text(), other.read_text() if other.exists() else None))

    monkeypatch.setattr("mediamix.core.files.os.replace", watched)
    write_together({main: "2", other: "2"}, force=True)
    assert seen == [("2", None), ("2", "2")]


def test_a_link_stays_a_link_and_rights_stay(tmp_path: Path) -> None:
    real = tmp_path / "real.txt"
    real.write_text("1")
    real.chmod(0o640)
    (tmp_path / "link.txt").symlink_to(real)
    write_text(tmp_path / "link.txt", "2")
    assert (tmp_path / "link.txt").is_symlink()
    assert real.read_text() == "2"
    assert real.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("name", ["x" * 255, "y" * 300])
def test_a_name_that_is_too_long_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(FolderError, match=r"File name too long[\s\S]*shorter name"):
        write_text(tmp_path / name, "1")
    with pytest.raises(FolderError, match="File name too long"), whole_folder(tmp_path / name, force=False):
        pass
