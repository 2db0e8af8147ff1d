"""Files that were once misread without a word, by the commands that people type."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from driving import call

N = 110


def market(folder: Path, *, spend: str = "{:.2f}", separator: str = ",") -> pd.DataFrame:
    """Two channels and a revenue in `folder`, spend written by the pattern `spend`."""
    rng = np.random.default_rng(8)
    dates = pd.date_range("2022-01-03", periods=N, freq="7D").strftime("%Y-%m-%d")
    money = {channel: rng.integers(20_000, 400_000, N) for channel in ("tv", "search")}
    media = pd.concat([pd.DataFrame({"date": dates, "channel": c, "spend": m}) for c, m in money.items()])
    shown = media.assign(spend=[spend.format(value).replace(",", ".") for value in media["spend"]])
    shown.to_csv(folder / "media.csv", index=False, sep=separator)
    revenue = np.round(rng.normal(1.6e6, 1e5, N), 2)
    pd.DataFrame({"date": dates, "revenue": revenue}).to_csv(folder / "outcome.csv", index=False)
    (folder / "mediamix.yml").write_text("data: {media: media.csv, outcome: outcome.csv}\n")
    return media


def test_thousands_are_asked_about_and_the_answer_is_taken(tmp_path: Path) -> None:
    media = market(tmp_path, spend="{:,}", separator=";")
    spec = tmp_path / "mediamix.yml"
    for command in (("check", spec, "--json"), ("fit", spec, "--out", tmp_path / "fit"), ("build", spec)):
        refused = call(*command)
        assert refused.code == 2
        said = refused.out + refused.err
        assert "can be read with thousands or with decimals; say which in the spec" in said
        assert f"{media['spend'].iloc[0]:,}".replace(",", ".") in said
    assert not (tmp_path / "fit").exists()
    spec.write_text(spec.read_text() + 'numbers: {decimal: ",", thousands: "."}\n')
    answered = call("check", spec, "--json")
    assert answered.code == 0, answered.out
    from mediamix.core.spec import load_spec
    from mediamix.data.read import read_spec

    assert read_spec(load_spec(spec), tmp_path).spend_gtc.sum() == media["spend"].sum()


@pytest.mark.parametrize("value", ["1e12", "1e308", "-1e308", "inf", "4e-320"])
@pytest.mark.parametrize("table", ["media.csv", "outcome.csv"])
def test_one_absurd_cell_stops_check_fit_and_build(tmp_path: Path, table: str, value: str) -> None:
    market(tmp_path)
    lines = (tmp_path / table).read_text().splitlines()
    lines[11] = lines[11].rsplit(",", 1)[0] + "," + value
    (tmp_path / table).write_text("\n".join(lines) + "\n")
    spec = tmp_path / "mediamix.yml"
    for command in (("check", spec, "--json"), ("fit", spec, "--out", tmp_path / "fit"), ("build", spec)):
        refused = call(*command)
        assert refused.code == 2, refused.err
        assert f"{table} row 12" in refused.out + refused.err


def test_a_table_where_a_spec_was_expected(tmp_path: Path) -> None:
    market(tmp_path)
    for name in ("media.csv", "mine.xlsx"):
        (tmp_path / name).write_bytes(b"PK\x03\x04\xb8")
        refused = call("check", tmp_path / name)
        assert refused.code == 2
        assert "is a table, not a spec" in refused.err
        assert f"wide: {name}" in refused.err
        assert "utf-8" not in refused.err
