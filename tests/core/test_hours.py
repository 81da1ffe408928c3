"""When a queue is open: spans, days, closed dates, and both changes of the clock."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freeswitch_cc.core.hours import DAYS, Hours, check_span, days_of, is_known, is_open, minutes_of, next_change

HELSINKI = "Europe/Helsinki"
OFFICE = Hours(weekly=dict.fromkeys(DAYS[:5], ("08:00-12:00", "13:00-17:00")), closed_on=("2026-12-25",))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-11-20T05:59:59", False),
        ("2026-11-20T06:00:00", True),  # Friday, 08:00 in Helsinki
        ("2026-11-20T10:00:00", False),
        ("2026-11-20T11:00:00", True),
        ("2026-11-20T14:59:59", True),
        ("2026-11-20T15:00:00", False),
        ("2026-11-21T08:00:00", False),  # Saturday
        ("2026-12-25T08:00:00", False),  # Friday, and closed
        ("2026-07-20T05:00:00", True),  # 08:00 in summer
        ("2026-07-20T04:59:59", False),
    ],
)
def test_hours_are_those_of_the_wall_clock(instant: str, expected: bool) -> None:
    assert is_open(OFFICE, HELSINKI, at(instant)) is expected


def test_a_span_may_go_on_past_midnight_and_a_closed_date_closes_what_begins_on_it() -> None:
    night = Hours(weekly={"sat": ("22:00-02:00",)}, closed_on=("2026-11-28",))
    assert is_open(night, "UTC", at("2026-11-22T01:59:00")), "of Saturday"
    assert not is_open(night, "UTC", at("2026-11-22T02:00:00"))
    assert not is_open(night, "UTC", at("2026-11-29T01:00:00"))


def test_a_whole_day_and_two_that_meet_never_close_between() -> None:
    always = Hours(weekly=dict.fromkeys(DAYS, ("00:00-24:00",)))
    assert is_open(always, HELSINKI, at("2026-11-22T22:00:00"))
    assert next_change(always, HELSINKI, at("2026-11-22T22:00:00")) is None


def test_never_open_never_opens() -> None:
    assert not is_open(Hours(), "UTC", at("2026-11-22T12:00:00"))
    assert next_change(Hours(), "UTC", at("2026-11-22T12:00:00")) is None


@pytest.mark.parametrize(
    ("instant", "changes"),
    [
        ("2026-11-20T09:00:00", "2026-11-20T10:00:00"),
        ("2026-11-20T15:00:00", "2026-11-23T06:00:00"),  # over the weekend
        ("2026-12-24T15:00:00", "2026-12-28T06:00:00"),  # and over a closed Friday
        ("2026-10-23T15:00:00", "2026-10-26T06:00:00"),  # the clock is set back between
    ],
)
def test_the_next_change_is_told(instant: str, changes: str) -> None:
    assert next_change(OFFICE, HELSINKI, at(instant)) == at(changes)


def test_when_the_clock_is_set_back_the_first_of_two_opens_and_the_second_closes() -> None:
    """2026-10-25, 04:00 becomes 03:00 in Helsinki: 03:30 is 00:30 and 01:30 UTC."""
    early = Hours(weekly={"sun": ("03:30-05:00",)})
    assert [is_open(early, HELSINKI, at(f"2026-10-25T{time}")) for time in ("00:29:59", "00:30:00", "01:15:00")] == [
        False,
        True,
        True,
    ]
    late = Hours(weekly={"sun": ("01:00-03:30",)})
    assert is_open(late, HELSINKI, at("2026-10-25T01:29:59"))
    assert not is_open(late, HELSINKI, at("2026-10-25T01:30:00"))


def test_a_time_that_is_left_out_comes_as_much_later() -> None:
    """2026-03-29, 03:00 becomes 04:00 in Helsinki (01:00 UTC): there is no 03:30."""
    hours = Hours(weekly={"sun": ("03:30-06:00",)})
    assert not is_open(hours, HELSINKI, at("2026-03-29T01:29:59"))
    assert is_open(hours, HELSINKI, at("2026-03-29T01:30:00"))
    assert is_open(hours, HELSINKI, at("2026-03-29T02:59:59"))
    assert not is_open(hours, HELSINKI, at("2026-03-29T03:00:00"))


def test_in_a_zone_that_nobody_knows_nobody_is_turned_away() -> None:
    assert not is_known("Atlantis/Poseidonis")
    assert is_open(Hours(), "Atlantis/Poseidonis", at("2026-11-22T12:00:00"))
    assert next_change(OFFICE, "Atlantis/Poseidonis", at("2026-11-22T12:00:00")) is None


@given(
    st.dictionaries(
        st.sampled_from(DAYS), st.sampled_from([("08:00-12:00", "13:00-17:00"), ("22:00-02:00",), ("00:00-24:00",), ()])
    ),
    st.sampled_from([HELSINKI, "UTC", "America/New_York", "Australia/Lord_Howe"]),
    st.integers(0, 366 * 24 * 4),
)
def test_between_now_and_the_next_change_nothing_changes(
    weekly: dict[str, tuple[str, ...]], zone: str, quarters: int
) -> None:
    hours = Hours(weekly=weekly)
    now = at("2026-01-01T00:00:00") + timedelta(minutes=15 * quarters)
    then = next_change(hours, zone, now)
    last = then or now + timedelta(days=8)
    for step in range(20):
        instant = now + (last - now) * step / 20
        assert is_open(hours, zone, instant) is is_open(hours, zone, now)
    if then is not None:
        assert is_open(hours, zone, then) is not is_open(hours, zone, now)


@pytest.mark.parametrize("text", ["08:00-18:00", "00:00-24:00", "22:00-02:00", "23:59-00:00"])
def test_what_is_a_span(text: str) -> None:
    assert check_span(text) is None


@pytest.mark.parametrize(
    "text", ["8-18", "8:00-18:00", "08:00-24:01", "24:00-08:00", "08:60-09:00", "08:00", "", "08:00-08:00"]
)
def test_what_is_no_span(text: str) -> None:
    assert check_span(text) is not None


def test_minutes_and_days() -> None:
    assert minutes_of("22:00-02:00") == (1320, 1560)
    assert days_of("mon-fri") == DAYS[:5]
    assert days_of("sat-mon") == ("sat", "sun", "mon")
    assert days_of("sun") == ("sun",)
    assert [days_of(text) for text in ("monday", "mon-", "-fri", "mon-xyz", "", "mon-fri-sat")] == [()] * 6
