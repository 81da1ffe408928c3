"""When a queue is open: days and times on the clock of the center's time zone, and dates on which it is closed. Pure.

Times are the wall clock's, so that 08:00 is 08:00 in summer and in winter. Of a time that comes twice when the clock
is set back, the first one opens and the second one closes; one that is left out when it is set forward comes as much
later.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")
_FAR_DAYS = 370


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """weekly: by day of DAYS, spans such as `08:00-18:00`; one that ends no later than it begins ends on the next day.

    closed_on: dates, `2026-12-24`: no span begins on them.
    """

    weekly: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    closed_on: tuple[str, ...] = ()


def check_span(text: str) -> str | None:
    """None when it is a span of a day, else what would be right."""
    found = _SPAN.fullmatch(text)
    if found is None or (found[3] == "24" and found[4] != "00"):
        return "it must be from when to when, HH:MM-HH:MM, such as 08:00-18:00"
    if minutes_of(text)[0] == minutes_of(text)[1]:
        return "it ends when it begins: a whole day is 00:00-24:00"
    return None


def minutes_of(span: str) -> tuple[int, int]:
    """When it begins and ends, in minutes of the day on which it begins: `22:00-02:00` is (1320, 1560)."""
    begins, ends = ((int(part[:2]) * 60 + int(part[3:])) for part in span.split("-"))
    return begins, ends if ends >= begins else ends + DAY_MINUTES


def days_of(text: str) -> tuple[str, ...]:
    """`mon` or `mon-fri`, also `sat-mon`; empty when it is neither."""
    first, dash, last = text.partition("-")
    if first not in DAYS or (last not in DAYS if dash else last != ""):
        return ()
    if not dash:
        return (first,)
    begin, count = DAYS.index(first), (DAYS.index(last) - DAYS.index(first)) % len(DAYS) + 1
    return tuple(DAYS[(begin + step) % len(DAYS)] for step in range(count))


def is_known(zone: str) -> bool:
    """Has this machine such a time zone?"""
    return _zone(zone) is not None


def is_open(hours: Hours, zone: str, at: datetime) -> bool:
    """At this instant? In a zone that nobody knows it is always open: no caller is turned away for that."""
    place = _zone(zone)
    if place is None:
        return True
    today = at.astimezone(place).date()
    return any(begins <= at < ends for begins, ends in _spans(hours, place, today - timedelta(days=2), 4))


def next_change(hours: Hours, zone: str, at: datetime) -> datetime | None:
    """When it opens next, or closes if it is open; None when it does neither within a year."""
    place = _zone(zone)
    if place is None:
        return None
    is_open_now = is_open(hours, zone, at)
    first = at.astimezone(place).date() - timedelta(days=2)
    for day in range(_FAR_DAYS):
        instants = sorted(
            instant for span in _spans(hours, place, first + timedelta(days=day), 1) for instant in span if instant > at
        )
        for instant in instants:
            if is_open(hours, zone, instant) is not is_open_now:
                return instant
    return None


def _spans(hours: Hours, place: ZoneInfo, first: date, days: int) -> Iterator[tuple[datetime, datetime]]:
    for number in range(days):
        day = first + timedelta(days=number)
        if day.isoformat() in hours.closed_on:
            continue
        for span in hours.weekly.get(DAYS[day.weekday()], ()):
            begins, ends = minutes_of(span)
            yield _instant(day, begins, place, is_end=False), _instant(day, ends, place, is_end=True)


def _instant(day: date, minute: int, place: ZoneInfo, *, is_end: bool) -> datetime:
    wall = datetime(day.year, day.month, day.day, tzinfo=place) + timedelta(minutes=minute)
    first, second = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    return second if is_end and second > first else first


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
