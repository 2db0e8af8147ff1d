"""The door: specs with paths, all errors at once, findings instead of errors for `check`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from mediamix.core.errors import DataError, FolderError, SpecError
from mediamix.core.spec import Spec, parse_spec
from mediamix.data.read import examine, read, read_spec, tables_from_spec

TODAY = date(2026, 1, 1)
SPEC = parse_spec(
    {
        "data": {
            "media": "media.csv",
            "outcome": "in/outcome.csv",
            "controls": "controls.csv",
            "events": "events.csv",
        }
    }
)


@pytest.fixture
def folder(tmp_path: Path, frames) -> Path:
    (tmp_path / "in").mkdir()
    frames.media.to_csv(tmp_path / "media.csv", index=False)
    frames.outcome.to_csv(tmp_path / "in/outcome.csv", index=False)
    frames.controls.to_csv(tmp_path / "controls.csv", index=False)
    frames.events.to_csv(tmp_path / "events.csv", index=False)
    return tmp_path


def test_paths_are_relative_to_the_spec(folder: Path, frames, monkeypatch) -> None:
    data = read_spec(SPEC, folder, TODAY)
    assert data.hash == read(frames.media, frames.outcome, frames.controls, frames.events).hash
    monkeypatch.chdir(folder)
    assert read(spec=SPEC).hash == data.hash
    assert examine(SPEC, folder, TODAY) == data.findings
    assert [f.severity for f in data.findings] == [
        "info",
        "info",
    ]  # rows per parameter, unused impressions


def test_a_spec_without_data(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"names no data: data.media and data.outcome"):
        read_spec(Spec(), tmp_path)
    with pytest.raises(SpecError, match="names no data"):
        examine(Spec(), tmp_path, TODAY)
    with pytest.raises(SpecError, match=r"data.outcome missing"):
        tables_from_spec(parse_spec({"data": {"media": "media.csv"}}), tmp_path)


def test_media_alone_is_no_data(frames) -> None:
    with pytest.raises(DataError, match="the outcome table is missing"):
        read(frames.media)


def test_all_errors_at_once_with_what_to_do(frames) -> None:
    media = frames.media.copy()
    media.loc[media["channel"] == "tv", "spend"] = 0.0
    media.loc[media.index[-1], "spend"] = -5.0
    outcome = frames.outcome.drop(index=5)
    outcome.loc[9, "revenue"] = np.nan
    controls = frames.controls.iloc[1:]
    with pytest.raises(DataError, match="5 problems that stop a fit") as caught:
        read(media, outcome, controls)
    for words in ("every value of the channel is zero", "negative values of spend", "have no row",
                  "NaN in outcome", "control 'price'"):  # fmt: skip
        assert any(words in line and "→" in line for line in caught.value.details), words


def test_warnings_travel(frames) -> None:
    data = read(frames.media[frames.media["channel"] == "tv"], frames.outcome)
    assert [f.message for f in data.findings if f.severity == "warning"] == [
        "there is one channel only: it gets the credit of all other media"
    ]


def test_examine_turns_errors_into_findings(folder: Path) -> None:
    text = (folder / "media.csv").read_text()
    (folder / "media.csv").write_text(text.replace("583.87", '"583,87"').replace("2022-01-10", "soon", 1))
    seen = examine(SPEC, folder, TODAY)
    assert [(f.check, f.severity, f.where) for f in seen] == [
        ("reading", "error", "media.csv row 3, column 'date'"),
        ("reading", "error", "media.csv row 2, column 'spend'"),
    ]
    (folder / "media.csv").unlink()
    assert "there is no file" in examine(SPEC, folder, TODAY)[0].message
    with pytest.raises(FolderError, match="there is no file"):
        read_spec(SPEC, folder)


def test_examine_goes_on_when_arrays_cant_be_made(folder: Path) -> None:
    media = (folder / "media.csv").read_text()
    (folder / "media.csv").write_text(media + media.splitlines()[-1] + "\n")
    spec = SPEC.model_copy(update={"outcome": parse_spec({"outcome": {"column": "orders"}}).outcome})
    assert [f.check for f in examine(spec, folder, TODAY)] == ["assembling", "duplicates"]
    with pytest.raises(DataError, match=r"2 problems[\s\S]*repeat a key[\s\S]*no numeric column 'orders'"):
        read_spec(spec, folder, TODAY)
