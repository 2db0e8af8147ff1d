"""Files and folders that appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from mediamix.core.errors import FolderError
from mediamix.core.files import whole_file, whole_folder, write_json, write_text


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
    assert everything(tmp_path) == ["a", "a/out", "a/out/x"]


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
    out.mkdir()
    (out / "old").write_text("1")
    with pytest.raises(FolderError, match="already used"), whole_folder(out, force=False):
        pass

    def fails() -> None:
        with whole_folder(out, force=True) as aside:
            (aside / "new").write_text("1")
            raise ValueError

    with pytest.raises(ValueError):
        fails()
    assert everything(tmp_path) == ["out", "out/old"]
    with whole_folder(out, force=True) as aside:
        (aside / "new").write_text("1")
    assert everything(tmp_path) == ["out", "out/new"]
