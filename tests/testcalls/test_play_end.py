"""How a scenario ends: who waits hangs up before those who talk, whatever order they came in."""

from collections.abc import Iterator
from typing import Any, cast

import pytest

from freeswitch_cc.config import Settings
from freeswitch_cc.testcalls.play import Play
from freeswitch_cc.testcalls.stage import Stage
from freeswitch_cc.testcalls.story import Story
from tests.database import Database
from tests.floor import Floor


@pytest.fixture
def floor(db: Database) -> Iterator[Floor]:
    floor = Floor(db)
    yield floor
    floor.close()


class Ends:
    """A stage of which only the ends of calls are asked; the engine hears of each at once."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.over: list[str] = []
        self.offers: list[Any] = []

    def live_legs(self) -> set[str]:
        return set()

    def is_up(self, phone: str) -> bool:
        return phone not in self.over

    def hang_up(self, phone: str) -> None:
        self.over.append(phone)
        self._floor.happen(self._floor.hangup(phone, self._floor.customer(phone)))
        for leg in self._floor.db.rows(
            "SELECT call_id::text, leg_id::text FROM leg WHERE want = 'gone' AND seen <> 'gone'"
        ):
            self._floor.happen(self._floor.hangup(leg["call_id"], leg["leg_id"]))
        self.offers += self._floor.match()


def test_who_waits_is_gone_before_an_agent_comes_free(floor: Floor) -> None:
    """Else he is offered one more call, and a scenario that counts offers fails whenever the machine is slow."""
    floor.add_agent("ann")
    bob = floor.arrive()
    floor.match()
    floor.bridge(bob)
    dora, emil = floor.arrive(), floor.arrive()
    ends = Ends(floor)
    play = Play(cast(Stage, ends), Settings(database_url=floor.db.url), floor.session, Story(lambda line: None))
    play.calls = {"bob": bob, "dora": dora, "emil": emil}
    play.phones = dict(play.calls)
    play.hang_up_all()
    assert ends.over == [dora, emil, bob]
    assert ends.offers == []


def test_what_was_so_when_it_was_looked_at_counts_though_it_is_over_a_moment_later(floor: Floor) -> None:
    play = Play(cast(Stage, Ends(floor)), Settings(database_url=floor.db.url), floor.session, Story(lambda line: None))
    looks = iter([False, True, False, False])
    assert play._until(lambda: next(looks), 5_000)
