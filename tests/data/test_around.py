"""Days before and after events and holidays, and what they are over the periods."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mediamix as mm
from mediamix.core.errors import SpecError
from mediamix.core.spec import Around, Spec, parse_spec
from mediamix.core.types import Event, Every
from mediamix.data.around import days_around
from mediamix.data.read import examine
from mediamix.models.design import baseline_blocks, continued
from mediamix.transforms import basis


def tables(n: int = 60, every: int = 7, start: str = "2023-01-02") -> tuple[pd.DataFrame, pd.DataFrame]:
    dates = pd.date_range(start, periods=n, freq=f"{every}D")
    rng = np.random.default_rng(1)
    media = pd.DataFrame({"date": dates, "channel": "tv", "spend": rng.uniform(50, 150, n).round()})
    return media, pd.DataFrame({"date": dates, "revenue": rng.uniform(900, 1100, n).round()})


def events(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["date", "event"])


def spans(found: object) -> list[tuple[str, str, str]]:
    return [(e.name, str(e.start), str(e.end)) for e in found]


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


@given(
    starts=st.lists(st.integers(0, 60), min_size=1, max_size=5, unique=True),
    lengths=st.lists(st.integers(0, 3), min_size=5, max_size=5),
    before=st.integers(0, 12),
    after=st.integers(0, 12),
)
def test_days_around_are_those_that_counting_finds(starts, lengths, before, after) -> None:
    """By going from day to day: to the next event's first day, and back to the last one's last."""
    origin = day("2024-01-01")
    found = [
        Event(f"e{k}", origin + a, origin + a + n)
        for k, (a, n) in enumerate(zip(starts, lengths, strict=False))
    ]
    taken = {int((d - origin).astype(int)) for e in found for d in np.arange(e.start, e.end + 1)}
    for event in found:
        made = {
            e.name: (e.start, e.end) for e in days_around(event, Around(before=before, after=after), found)
        }
        for name, edge, step, most in (
            (f"before {event.name}", event.start, -1, before),
            (f"after {event.name}", event.end, 1, after),
        ):
            at, days = int((edge - origin).astype(int)), []
            while len(days) < most and at + step * (len(days) + 1) not in taken:
                days.append(at + step * (len(days) + 1))
            got = made.get(name)
            listed = (
                [] if got is None else [int((d - origin).astype(int)) for d in np.arange(got[0], got[1] + 1)]
            )
            assert sorted(days) == listed


def test_days_around_an_own_event_are_columns_of_their_own() -> None:
    media, outcome = tables()
    spec = parse_spec({"events": {"launch": {"before": 10, "after": 3}}})
    data = mm.read(media, outcome, events=events(("2023-03-01", "launch"), ("2023-05-03", "fair")), spec=spec)
    assert spans(data.events) == [
        ("launch", "2023-03-01", "2023-03-01"),
        ("fair", "2023-05-03", "2023-05-03"),
        ("before launch", "2023-02-19", "2023-02-28"),
        ("after launch", "2023-03-02", "2023-03-04"),
    ]
    (block,) = [b for b in baseline_blocks(data, spec) if b.component == "events"]
    column = dict(zip(block.names, block.matrix.T, strict=True))
    # Weeks begin on Mondays: 19 February was a Sunday, the launch a Wednesday.
    at = int(np.flatnonzero(data.dates == day("2023-02-13"))[0])
    np.testing.assert_allclose(column["before launch"][at : at + 4], [1 / 7, 1, 2 / 7, 0])
    np.testing.assert_allclose(column["after launch"][at : at + 4], [0, 0, 3 / 7, 0])
    np.testing.assert_allclose(column["launch"][at : at + 4], [0, 0, 1 / 7, 0])


def test_without_days_around_nothing_changes() -> None:
    media, outcome = tables()
    given = events(("2023-03-01", "launch"))
    plain = mm.read(media, outcome, events=given)
    said = mm.read(media, outcome, events=given, spec=parse_spec({"events": {"launch": {}}}))
    assert plain.hash == said.hash


def test_an_event_outside_of_the_data_reaches_into_them() -> None:
    media, outcome = tables(n=20)
    after_the_end = outcome["date"].iloc[-1] + pd.Timedelta(days=9)
    spec = parse_spec({"events": {"fair": {"before": 5}}})
    data = mm.read(media, outcome, events=events((str(after_the_end.date()), "fair")), spec=spec)
    assert [e.name for e in data.events] == ["before fair"]
    (block,) = [b for b in baseline_blocks(data, spec) if b.component == "events"]
    assert block.matrix[-1, 0] == pytest.approx(3 / 7)  # Sunday before it, from Friday on


def test_days_after_an_event_go_on_in_the_future() -> None:
    media, outcome = tables(n=60)
    last = outcome["date"].iloc[-1]
    spec = parse_spec({"events": {"fair": {"after": 10}}})
    rows = events(("2023-02-01", "fair"), (str((last + pd.Timedelta(days=4)).date()), "fair"))
    data = mm.read(media, outcome, events=rows, spec=spec)
    future = mm.read_future(data, periods=3, spec=spec)
    from mediamix.measure.forecast import _events_ahead

    ahead = replace(future, events=_events_ahead([*data.events, *future.events], future))
    (block,) = [b for b in baseline_blocks(data, spec) if b.component == "events"]
    column = dict(zip(block.names, continued(block, data, ahead, spec).matrix.T, strict=True))
    # Friday was the fair; Saturday and Sunday lie in the history, eight days of ten in the future.
    np.testing.assert_allclose(column["after fair"], [1, 1 / 7, 0])
    np.testing.assert_allclose(column["fair"], 0)


def test_days_around_a_future_event() -> None:
    media, outcome = tables(n=60)
    spec = parse_spec({"events": {"fair": {"before": 2, "after": 2}}})
    data = mm.read(media, outcome, events=events(("2023-02-01", "fair")), spec=spec)
    planned = str((outcome["date"].iloc[-1] + pd.Timedelta(days=14)).date())
    future = mm.read_future(data, periods=3, events=events((planned, "fair")), spec=spec)
    names = {e.name: int((e.end - e.start).astype(int)) + 1 for e in future.events}
    assert names == {"fair": 1, "before fair": 2, "after fair": 2}


def test_an_unknown_event_is_refused_with_the_nearest(tmp_path) -> None:
    media, outcome = tables()
    given = events(("2023-03-01", "launch"))
    with pytest.raises(SpecError, match=r"events\.lanch: the data have no such event") as error:
        mm.read(media, outcome, events=given, spec=parse_spec({"events": {"lanch": {"before": 3}}}))
    assert "did you mean 'launch'" in str(error.value)
    with pytest.raises(SpecError, match=r"give `data\.events` or `holidays`"):
        mm.read(media, outcome, spec=parse_spec({"events": {"lanch": {"before": 3}}}))
    for name, table in (("media", media), ("outcome", outcome), ("events", given)):
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    where = {name: f"{name}.csv" for name in ("media", "outcome", "events")}
    found = examine(parse_spec({"data": where, "events": {"lanch": {"before": 3}}}), tmp_path)
    assert any(f.severity == "error" and "events.lanch" in f.message for f in found)


@pytest.mark.parametrize("wrong", [{"before": -1}, {"after": 400}, {"before": "many"}, {"lead": 3}])
def test_days_that_can_not_be_are_refused(wrong: dict) -> None:
    with pytest.raises(SpecError, match="events"):
        parse_spec({"events": {"launch": wrong}})


def test_panels_have_the_days_around_where_the_event_is(panel_tables) -> None:
    media, outcome = panel_tables
    rows = events(("2023-03-01", "fair")).assign(geo="north")
    spec = parse_spec({"geo": {}, "events": {"fair": {"before": 7}}})
    data = mm.read(media, outcome, events=rows, spec=spec)
    assert [(e.name, e.geo) for e in data.events] == [("fair", "north"), ("before fair", "north")]
    (block,) = [b for b in baseline_blocks(data, spec) if b.component == "events"]
    assert block.matrix_gtp[:, :, block.names.index("before fair")].sum(axis=1).tolist() == [1.0, 0.0]


@pytest.fixture
def panel_tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    media, outcome = tables()
    geos = ("north", "south")
    return (
        pd.concat([media.assign(geo=geo) for geo in geos], ignore_index=True),
        pd.concat([outcome.assign(geo=geo) for geo in geos], ignore_index=True),
    )


class TestHolidays:
    @pytest.fixture(autouse=True)
    def package(self) -> None:
        pytest.importorskip("holidays", reason="the package holidays is not installed")

    def test_days_around_holidays(self) -> None:
        media, outcome = tables(n=120, start="2022-01-03")
        spec = parse_spec({"holidays": {"country": "DE", "before": 5, "after": 2}})
        data = mm.read(media, outcome, spec=spec)
        found = spans(data.events)
        assert ("before Christmas Day", "2022-12-20", "2022-12-24") in found
        assert ("after Second Day of Christmas", "2022-12-27", "2022-12-28") in found
        assert not {name for name, *_ in found} & {"after Christmas Day", "before Second Day of Christmas"}

    def test_daily_columns_are_those_of_the_calendar(self) -> None:
        """By the calendar of Python: every day's holiday, and how far it is from one."""
        import holidays

        media, outcome = tables(n=800, every=1, start="2021-11-20")
        spec = parse_spec({"holidays": {"country": "FR", "before": 4, "after": 3}})
        data = mm.read(media, outcome, spec=spec)
        block = basis.events(data.dates, Every.DAY, data.events)
        column = dict(zip(block.names, block.matrix.T, strict=True))
        calendar = holidays.country_holidays("FR", years=range(2021, 2025), observed=False, language="en_US")
        for t, at in enumerate(outcome["date"].dt.date):
            expected = set()
            if at in calendar:
                expected.add(calendar[at])
            else:
                for sign, most, word in ((1, 4, "before"), (-1, 3, "after")):
                    near = (at + datetime.timedelta(sign * k) for k in range(1, most + 1))
                    hit = next((d for d in near if d in calendar), None)
                    expected |= set() if hit is None else {f"{word} {calendar[hit]}"}
            assert {name for name, values in column.items() if values[t] == 1.0} == expected

    def test_one_holiday_may_have_its_own_days(self) -> None:
        media, outcome = tables(n=120, start="2022-01-03")
        raw = {"holidays": {"country": "US", "after": 1}, "events": {"Christmas Day": {"before": 9}}}
        names = [e.name for e in mm.read(media, outcome, spec=parse_spec(raw)).events]
        assert "before Christmas Day" in names
        assert "after Christmas Day" not in names
        assert "after Thanksgiving Day" in names

    def test_the_future_has_them_across_the_edge(self) -> None:
        media, outcome = tables(n=112, start="2022-01-03")  # ends on Sunday, 25 February 2024
        spec = parse_spec({"holidays": {"country": "US", "before": 3, "after": 9}})
        data = mm.read(media, outcome, spec=spec)
        from mediamix.measure.forecast import _events_ahead

        future = mm.read_future(data, periods=60, spec=spec)
        ahead = replace(future, events=_events_ahead([*data.events, *future.events], future))
        (block,) = [b for b in baseline_blocks(data, spec) if b.component == "events"]
        column = dict(zip(block.names, continued(block, data, ahead, spec).matrix.T, strict=True))
        # Presidents' Day was 19 February: nine days after it are 20 to 28, three of them ahead.
        assert column["after Washington's Birthday"][0] == pytest.approx(3 / 7)
        at = int(np.flatnonzero(future.dates == day("2024-12-23"))[0])
        assert column["Christmas Day"][at] == pytest.approx(1 / 7)
        assert column["before Christmas Day"][at - 1 : at + 1] == pytest.approx([1 / 7, 2 / 7])

    @pytest.mark.parametrize(("code", "near"), [("DX", "DE"), ("QQ", "AQ"), ("xk", "XK")])
    def test_an_unknown_country_is_refused_with_the_nearest(self, code: str, near: str) -> None:
        import holidays

        if code.upper() in holidays.list_supported_countries():
            pytest.skip(f"this version of the package knows {code}")
        media, outcome = tables()
        with pytest.raises(SpecError, match=rf"holidays\.country: '{code}' is not known") as error:
            mm.read(media, outcome, spec=parse_spec({"holidays": {"country": code}}))
        assert near in error.value.next_step

    def test_regions(self) -> None:
        media, outcome = tables()
        named = {}
        for region in (None, "BY", "by"):
            spec = Spec(holidays={"country": "DE", "region": region})
            named[region] = {e.name for e in mm.read(media, outcome, spec=spec).events}
        assert named["BY"] == named["by"]
        assert named["BY"] - named[None] >= {"Corpus Christi", "All Saints' Day"}
        with pytest.raises(SpecError, match=r"holidays\.region: DE has no region 'Bavaria'"):
            mm.read(media, outcome, spec=Spec(holidays={"country": "DE", "region": "Bavaria"}))
