"""Roots of ids are random and in the order of time, and so is what is drawn from them."""

from uuid import RFC_4122, UUID

import pytest

from freeswitch_cc.core.ids import Ids
from freeswitch_cc.engine import roots


def at(ns: int, monkeypatch: pytest.MonkeyPatch) -> UUID:
    monkeypatch.setattr(roots.time, "time_ns", lambda: ns)
    return roots.new_root()


def test_a_root_says_when_it_was_drawn_and_is_a_uuid_of_version_7(monkeypatch: pytest.MonkeyPatch) -> None:
    root = at(1_645_557_742_000_500_000, monkeypatch)  # RFC 9562, appendix A.6, and half a millisecond
    assert str(root).startswith("017f22e2-79b0-7800-")
    assert (root.version, root.variant) == (7, RFC_4122)


@pytest.mark.parametrize("later_ns", [250, 1_000, 999_999, 1_000_000, 10**12])
def test_what_a_later_event_draws_is_greater(later_ns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    start = 1_800_000_000_000_000_000
    for _ in range(50):
        one, other = Ids(at(start, monkeypatch)), Ids(at(start + later_ns, monkeypatch))
        for _ in range(3):
            assert one.draw() < other.draw()


def test_two_roots_of_one_moment_draw_different_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = [Ids(at(1_800_000_000_000_000_000, monkeypatch)).draw() for _ in range(1000)]
    assert len(set(drawn)) == 1000


def test_the_same_root_draws_the_same_ids_again() -> None:
    root = roots.new_root()
    one, again = Ids(root), Ids(root)
    assert [one.draw() for _ in range(5)] == [again.draw() for _ in range(5)]
    assert len({again.draw() for _ in range(5)}) == 5
