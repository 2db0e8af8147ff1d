"""From specs to jobs: what is a job, what is refused with its reason, what stops all."""

from __future__ import annotations

from pathlib import Path

import pytest
from brands import raw_spec, table, write

from mediamix.core.documents import as_yaml
from mediamix.core.errors import FolderError, SpecError
from mediamix.core.spec import parse_spec
from mediamix.many.job import How, Job, Refused
from mediamix.many.plan import jobs_of, specs_of


def planned(given, by=None, wide=None, how=None, **more):
    return jobs_of(specs_of(given), by, wide, how or How(), **more)


@pytest.fixture(scope="module")
def frame():
    return table(3)


def test_specs_times_brands_and_each_has_a_folder_of_its_own(tmp_path, frame):
    write(tmp_path, frame, "plain.yml")
    write(tmp_path, frame, "ar1.yaml", noise={"kind": "ar1"})
    jobs = planned(tmp_path, "brand")
    assert [(job.spec_name, job.brand) for job in jobs] == [
        (spec, f"Brand {i}") for spec in ("ar1", "plain") for i in range(3)
    ]
    assert len({job.folder for job in jobs}) == 6
    assert all(job.folder.startswith("Brand-") for job in jobs)


def test_a_job_is_its_data_spec_seed_and_what_is_asked(tmp_path, frame):
    spec = parse_spec(raw_spec())
    names = {
        "same": planned(
            spec, "brand", frame.sample(frac=1.0, random_state=1).sort_values("date", kind="stable")
        ),
        "first": planned(spec, "brand", frame.sort_values("date", kind="stable")),
        "quick": planned(spec, "brand", frame, How(quick=True)),
        "no checks": planned(spec, "brand", frame, How(checks=False)),
        "seed": planned(parse_spec({**raw_spec(), "sampler": {"seed": 5}}), "brand", frame),
        "more rows": planned(spec, "brand", frame[frame["date"] > "2023-01-02"]),
    }
    folders = {name: next(j.folder for j in jobs if j.brand == "Brand 0") for name, jobs in names.items()}
    assert folders["same"] == folders["first"]
    assert len(set(folders.values())) == 5


def test_a_spec_alone_is_a_job_of_its_files(tmp_path, frame):
    path = write(tmp_path, frame[frame["brand"] == "Brand 0"])
    first = planned(path)[0].folder
    assert planned(path)[0].folder == first
    write(tmp_path, frame[frame["brand"] == "Brand 1"])
    assert planned(path)[0].folder != first


def test_channels_that_a_brand_lacks_are_left_out_of_its_spec(frame):
    holed = frame.copy()
    holed.loc[holed["brand"] == "Brand 1", "tv"] = 0.0
    spec = parse_spec(raw_spec(channels={"tv": {"adstock": {"max_lag": 4}}, "search": {}}))
    jobs = planned(spec, "brand", holed)
    assert [job.left_out for job in jobs] == [(), ("tv",), ()]
    assert [job.read().channel_names for job in jobs] == [
        ("tv", "search", "social"), ("search", "social"), ("tv", "search", "social"),
    ]  # fmt: skip
    assert list(jobs[1].spec.channels) == ["search"]


def test_brands_that_cannot_be_fitted_are_rows_with_reasons(frame):
    short = frame.drop(frame.index[20:60])
    short.loc[[65, 66], "brand"] = ""
    jobs = planned(parse_spec(raw_spec()), "brand", short)
    reasons = {job.brand: job.reason for job in jobs if isinstance(job, Refused)}
    assert "it has 20 rows, fewer than 26" in reasons["Brand 0"]
    assert "2 rows of wide name no 'brand' (rows 27, 28" in reasons["(none)"]
    assert [job.brand for job in jobs if isinstance(job, Job)] == ["Brand 1", "Brand 2"]
    fitted = planned(parse_spec(raw_spec()), "brand", short, least_rows=20)
    assert isinstance(fitted[0], Job)


def test_one_bad_spec_of_a_folder_is_a_row(tmp_path, frame):
    write(tmp_path, frame[frame["brand"] == "Brand 0"], "good.yml")
    (tmp_path / "bad.yml").write_text("sampler: {drawz: 5}\n")
    (tmp_path / "lost.yml").write_text(as_yaml(raw_spec("nowhere.csv")))
    bad, good, lost = planned(tmp_path)
    assert isinstance(good, Job)
    assert isinstance(bad, Refused)
    assert "drawz" in bad.reason
    assert isinstance(lost, Refused)
    assert "nowhere.csv" in lost.reason


def test_the_only_spec_stops_at_its_error(tmp_path):
    (tmp_path / "bad.yml").write_text("sampler: {drawz: 5}\n")
    with pytest.raises(SpecError, match="drawz"):
        planned(tmp_path / "bad.yml")


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("{}\n", SpecError, "names no data"),
        ("data: {wide: t.csv, media: {a: {spend: a}}}\n", FolderError, "t.csv"),
    ],
)
def test_a_spec_without_data_is_refused(tmp_path, text, error, says):
    (tmp_path / "s.yml").write_text(text)
    with pytest.raises(error, match=says):
        planned(tmp_path / "s.yml")


def test_folders_without_specs_and_paths_that_lead_nowhere(tmp_path):
    with pytest.raises(SpecError, match="holds no spec") as error:
        planned(tmp_path)
    assert "an empty folder" in error.value.message
    with pytest.raises(FolderError, match="there is no"):
        planned(tmp_path / "nothing.yml")


def test_variants_of_a_project_read_the_projects_tables(tmp_path, frame):
    write(tmp_path, frame[frame["brand"] == "Brand 0"])
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "short.yml").write_text(as_yaml(raw_spec()))
    (job,) = planned(tmp_path / "specs")
    assert job.read().n_periods == 60


def test_a_frame_needs_a_column_to_cut_by(frame):
    with pytest.raises(SpecError, match="none is named"):
        planned(parse_spec(raw_spec()), None, frame)


def test_folders_have_names_that_every_system_takes(tmp_path):
    job = Job("s", "Müller & Söhne / São Paulo: " + "x" * 99, parse_spec({}), "data", Path())
    name, _, digits = job.folder.rpartition("-")
    assert name == "M-ller-S-hne-S-o-Paulo-" + "x" * 25
    assert len(digits) == 8
