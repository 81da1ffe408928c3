"""Durations as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freeswitch_cc.core.durations import LONGEST_MS, parse, spell


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("30s", 30_000), ("2m", 120_000), ("1500ms", 1_500), ("1h", 3_600_000), ("1.5m", 90_000), ("0.001s", 1)],
)
def test_a_duration_is_a_number_and_its_unit(text: str, milliseconds: int) -> None:
    assert parse(text) == milliseconds


@pytest.mark.parametrize("text", ["", "30", "s", "-1s", "+1s", " 1s", "1 s", "1d", "1S", "1,5m", "1s2ms", "٣s", "1e3s"])
def test_what_is_no_duration_is_told_how_one_is_written(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no duration: write it as 30s, 1\.5m, 1500ms or 1h"):
        parse(text)


@pytest.mark.parametrize("text", ["0s", "0ms", "25h", "86400001ms", "999999999h"])
def test_nothing_and_more_than_a_day_are_out_of_range(text: str) -> None:
    with pytest.raises(ValueError, match="it must be longer than nothing and no longer than 24h"):
        parse(text)


@pytest.mark.parametrize("text", ["0.5ms", "1.0001ms"])
def test_less_than_a_millisecond_is_not_rounded(text: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        parse(text)


@given(st.integers(1, LONGEST_MS))
def test_what_is_spelled_is_read_again(milliseconds: int) -> None:
    assert parse(spell(milliseconds)) == milliseconds


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(0, "0ms"), (999, "999ms"), (1_000, "1s"), (90_000, "90s"), (12_345, "12.345s"), (1_500, "1.5s"), (60_000, "1m")],
)
def test_a_duration_is_spelled_as_short_as_it_can_be(milliseconds: int, text: str) -> None:
    assert spell(milliseconds) == text
