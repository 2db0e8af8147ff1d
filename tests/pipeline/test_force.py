"""Nothing that is there is replaced without being asked, from Python as from the shell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import mediamix as mm
from mediamix.core.errors import FolderError
from mediamix.models.base import Fit


def test_a_report_is_replaced_only_with_force(mixed_fit: Fit, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    mm.report(mixed_fit, None, page)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(FolderError, match=r"already (there|used)(.|\n)*force=True"):
        mm.report(mixed_fit, None, page)
    page.unlink()
    with pytest.raises(FolderError, match=r"report_tables(.|\n)*already used(.|\n)*force=True"):
        mm.report(mixed_fit, None, page)
    assert not page.exists()
    assert mm.report(mixed_fit, None, page, force=True) == page
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == set(before)


def test_a_fit_is_replaced_only_with_force(mixed_fit: Fit, tmp_path: Path) -> None:
    mm.save(mixed_fit, tmp_path / "fit")
    with pytest.raises(FolderError, match=r"already used(.|\n)*force=True"):
        mm.save(mixed_fit, tmp_path / "fit")
    mm.save(mixed_fit, tmp_path / "fit", force=True)


def test_a_problem_is_replaced_only_with_force(tmp_path: Path) -> None:
    path = tmp_path / "problem.yml"
    mm.save_problem(mm.Problem(mm.Budget(total=5.0)), path)
    with pytest.raises(FolderError, match=r"already there(.|\n)*force=True"):
        mm.save_problem(mm.Problem(), path)
    assert mm.load_problem(path).budget.total == 5.0
    mm.save_problem(mm.Problem(mm.Budget(total=6.0)), path, force=True)
    assert mm.load_problem(path).budget.total == 6.0


def test_a_page_of_others_is_kept_even_with_force(mixed_fit: Fit, tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_text("<!DOCTYPE html>\n<html>mine</html>")
    with pytest.raises(FolderError, match="mediamix didn't write it"):
        mm.report(mixed_fit, None, page, force=True)
    assert page.read_text().endswith("mine</html>")
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


@pytest.mark.parametrize(
    ("wrong", "next_step"),
    [
        (lambda fit: mm.optimize(fit, 5_000_000), r"say mm\.Budget\(total=5000000\)"),
        (lambda fit: mm.optimize(fit, {"total": 5.0}), r"say mm\.Budget\(total=1_000_000\)"),
        (lambda fit: mm.fit("media.csv"), r"read it first: data = mm\.read"),
        (lambda fit: mm.fit(fit.dataset, {"seed": 1}), r"say mm\.Spec\(…\)"),
    ],
)
def test_what_is_no_budget_dataset_or_spec_is_refused_in_our_words(
    mixed_fit: Fit, wrong: Callable[[Fit], object], next_step: str
) -> None:
    with pytest.raises(mm.UserError, match=rf"this takes a (.|\n)*expected(.|\n)*{next_step}"):
        wrong(mixed_fit)
