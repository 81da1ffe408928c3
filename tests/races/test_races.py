"""The worst moments, many times, on a real FreeSWITCH: agents die around the bridge, callers leave around the answer.

Survived means that a tone plays to the customer, seen by a connection that is not the engine's. Prints what happened.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest

from freeswitch_cc.core.commands import Bridge, Command, Kill
from freeswitch_cc.core.facts import DROPPED_BY_SWITCH
from freeswitch_cc.testcalls.phones import Phones
from freeswitch_cc.testcalls.switch_process import running_switch
from tests.contract.probe import Event, Switch
from tests.database import Database
from tests.races.center import Center, Slot, running_center

pytestmark = pytest.mark.races

AGENTS_THAT_DIE, CALLERS_THAT_LEAVE = 200, 100
SLOTS = 10
WINDOW_MS = 60
# Long enough for an agent to say that he takes no other call: nobody else may answer for him.
RING_MS = 300
CONFIG = Path(__file__).parents[2] / "fs-config"


class Race:
    """What the races share: a center, phones, and an observer that is not the engine."""

    def __init__(self, center: Center, phones: Phones, switch: Switch) -> None:
        self.center, self.phones, self.switch = center, phones, switch
        self.counted: Counter[str] = Counter()
        self.stories: list[str] = []
        self.killed_by_us: set[str] = set()
        center.on_sent.append(self._note_kill)

    def _note_kill(self, command: Command) -> None:
        if isinstance(command, Kill):
            self.killed_by_us.add(command.leg_id)

    def call(self, slot: Slot) -> tuple[str, str, int]:
        """A customer calls the slot's number: his phone, his leg, and where the story stood before."""
        name = f"Race {uuid.uuid4().hex[:10]}"
        since = self.switch.mark()
        phone = self.phones.call(slot.number, name=name)
        event = self.switch.need("CHANNEL_PARK", since=since, caller_name=name)
        return phone, str(event["Unique-ID"]), since

    def bad(self, kind: str, story: str, since: int = 0, *legs: str) -> None:
        self.counted[kind] += 1
        told = [
            f"{int(e['Event-Date-Timestamp']) // 1000 % 100000}:{e['Event-Name']}:{'CA'[legs.index(e['Unique-ID'])]}"
            for e in self.switch.socket.events[since:]
            if e.get("Unique-ID") in legs and e["Event-Name"] in _TOLD
        ]
        self.stories.append(f"{kind}: {story} {' '.join(told)}")

    def share(self, total: int, attempt: Callable[["Race", Slot, int], None]) -> None:
        """Attempts 0..total-1, each slot one after the other, all slots at once."""

        def of_slot(index: int) -> None:
            for number in range(index, total, len(self.center.slots)):
                attempt(self, self.center.slots[index], number)

        greenlets = [gevent.spawn(of_slot, index) for index in range(len(self.center.slots))]
        gevent.joinall(greenlets, raise_error=True)


@pytest.fixture
def race(database_url: str) -> Iterator[Race]:
    db = Database(database_url)
    with running_switch(CONFIG) as address:
        phones = Phones(address)
        switch = Switch(address, phones)
        with running_center(db, address, SLOTS) as center:
            for slot in center.slots:
                center.ask(slot, "login")
            yield Race(center, phones, switch)
        switch.close()
        phones.close()
    db.close()


def agent_dies(race: Race, slot: Slot, number: int) -> None:
    """Attempt `number`: the agent's leg dies so many ms after the bridge command, by its phone or by the switch."""
    center, delay_ms = race.center, number * 7 % (WINDOW_MS + 1)
    by_phone = number % 2 == 1
    # A phone that hangs up by itself so long after its answer; the bridge command follows the answer by some 10 ms.
    answers = f"answer-after-{RING_MS}"
    center.give_phone(slot, race.phones.contact(f"{answers}-hangup-{10 + delay_ms}" if by_phone else answers))
    phone, customer, since = race.call(slot)
    bridged: list[Bridge] = []
    parks_since = since  # his arrival parks him too: that one says nothing about the bridge

    def kill_later(command: Command) -> None:
        nonlocal parks_since
        if isinstance(command, Bridge) and command.survivor_leg_id == customer and not bridged:
            bridged.append(command)
            parks_since = race.switch.mark()
            if not by_phone:
                gevent.spawn_later(delay_ms / 1000, race.switch.api, f"uuid_kill {command.other_leg_id}")

    center.on_sent.append(kill_later)
    center.ask(slot, "available")
    center.until(lambda: _is_offered(center, customer), lambda: f"the call is offered: {center.tell(slot, customer)}")
    center.ask(slot, "not_ready")
    center.until(lambda: bool(bridged) or _offer_is_over(center, slot), "the bridge is asked for")
    center.on_sent.remove(kill_later)
    story = f"{number} {'phone' if by_phone else 'switch'} {delay_ms} ms, customer {customer}"
    if not bridged:
        race.counted["died_before_the_bridge_command"] += 1
    else:
        race.switch.need("CHANNEL_HANGUP", bridged[0].other_leg_id, since=since)
    _judge(race, customer, bridged[0].other_leg_id if bridged else "", since, parks_since, story)
    race.phones.hang_up(phone)
    _judge_end(race, slot, customer, story)


def _judge(race: Race, customer: str, agent: str, since: int, parks_since: int, story: str) -> None:
    """The customer is alive, parked, and hears a tone that started after his last park.

    Not parked again after the bridge command (parks_since): in limbo. Parked, and no tone: deaf.
    """

    def hears() -> bool:
        places = [name for name in race.switch.story(since, [customer]) if name in _PLACES]
        return places[-1:] == ["PLAYBACK_START"] and _is_parked(race.center, customer)

    if race.center.until(hears, story, within_s=6.0, must=False):
        race.counted["survived"] += 1
        return
    cause = race.switch.cause(customer, since)
    if cause:
        kind = "dropped_by_switch" if _is_drop(race, customer, agent, since, cause) else "customers_lost_by_us"
        race.bad(kind, f"{story}: {cause}", since, customer, agent)
    elif race.switch.seen("CHANNEL_PARK", customer, since=parks_since, within_s=0.0) is None:
        race.bad("limbo_left", story, since, customer, agent)
    else:
        race.bad("deaf_left", story, since, customer, agent)


_TOLD = (
    "CHANNEL_PARK",
    "CHANNEL_UNPARK",
    "CHANNEL_BRIDGE",
    "CHANNEL_UNBRIDGE",
    "PLAYBACK_START",
    "CHANNEL_HANGUP",
    "CHANNEL_STATE",
)


def _is_drop(race: Race, customer: str, agent: str, since: int, cause: str) -> bool:
    """The switch did it: we sent no kill, and the cause is one of its own, or the agent's at the agent's own end.

    With the agent's cause: abort_call (switch_ivr_bridge.c:1602) hangs the second of a bridge up in the tick of the
    first one's HANGUP. The customer is first, so this should never be seen.
    """
    if customer in race.killed_by_us:
        return False
    ends = [race.switch.seen("CHANNEL_HANGUP", leg, since=since) for leg in (customer, agent)]
    if None in ends:
        return False
    one, other = (int(end["Event-Date-Timestamp"]) for end in ends if end is not None)
    is_same = cause == race.switch.cause(agent, since) and abs(one - other) <= 100_000
    return cause in DROPPED_BY_SWITCH or is_same


_PLACES = ("CHANNEL_PARK", "CHANNEL_UNPARK", "CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE", "PLAYBACK_START", "CHANNEL_HANGUP")


def _judge_end(race: Race, slot: Slot, customer: str, story: str) -> None:
    """Everybody has hung up: the call has ended, the agent is idle and as ready as he asked to be."""
    center = race.center

    def is_over() -> bool:
        leg, agent = center.leg(customer), center.agent(slot)
        return leg is not None and leg["seen"] == "gone" and agent["activity"] == "idle" and agent["call_id"] is None

    if not center.until(is_over, story, within_s=8.0, must=False):
        race.bad("agents_stuck", f"{story}: {center.agent(slot)['activity']}")
    open_rows = center.db.value(
        "SELECT count(*) FROM leg l JOIN call c USING (call_id) WHERE l.seen <> 'gone'"
        " AND c.call_id = (SELECT call_id FROM leg WHERE leg_id = %(leg)s)",
        leg=customer,
    )
    if open_rows:
        race.bad("legs_left", story)


def _is_parked(center: Center, leg_id: str) -> bool:
    """Parked with music, and nothing is under way: while he is being bridged he is still written down as parked."""
    leg = center.leg(leg_id)
    return leg is not None and (leg["seen"], leg["sound"], leg["command"]) == ("parked", "playing", None)


def _is_offered(center: Center, call_id: str) -> bool:
    return bool(center.db.value("SELECT count(*) FROM offer WHERE call_id = %(id)s", id=call_id))


def _offer_is_over(center: Center, slot: Slot) -> bool:
    return not center.db.value(
        "SELECT count(*) FROM offer WHERE agent_id = %(id)s AND outcome IS NULL", id=slot.agent_id
    )


def caller_leaves(race: Race, slot: Slot, number: int) -> None:
    """Attempt `number`: the caller hangs up around the answer, from 30 ms before to 30 ms after."""
    center, ring_ms = race.center, 120
    delay_ms = ring_ms + number * 7 % (WINDOW_MS + 1) - WINDOW_MS // 2
    center.give_phone(slot, race.phones.contact(f"answer-after-{ring_ms}"))
    phone, customer, since = race.call(slot)
    center.ask(slot, "available")

    def rings(event: Event) -> bool:
        return event["Event-Name"] == "CHANNEL_PROGRESS" and event.get("variable_fcc_call") == customer

    assert race.switch.socket.wait(rings, since, 10.0) is not None, "the agent's phone rings"
    leaver = gevent.spawn_later(delay_ms / 1000, race.phones.hang_up, phone)
    center.ask(slot, "not_ready")
    leaver.get(timeout=10)
    race.counted["left"] += 1
    misses = center.agent(slot)["misses"]
    if misses:
        race.bad("missed_without_guilt", f"{number}")
    _judge_end(race, slot, customer, f"{number} leaves {delay_ms} ms after the ring")


TROUBLED = """
    SELECT l.call_id::text, l.at::text, l.event, l.because, l.commands FROM call_log l
     WHERE l.call_id IN (SELECT call_id FROM alarm) ORDER BY l.call_id, l.log_id LIMIT 200
"""


def test_no_customer_is_lost_and_no_agent_is_stuck_when_either_leaves_at_the_worst_moment(race: Race) -> None:
    race.share(AGENTS_THAT_DIE, agent_dies)
    race.share(CALLERS_THAT_LEAVE, caller_leaves)
    print()
    for name in (
        "customers_lost_by_us",
        "limbo_left",
        "deaf_left",
        "agents_stuck",
        "legs_left",
        "missed_without_guilt",
    ):
        print(f"{name}: {race.counted[name]}")
    print(f"dropped_by_switch: {race.counted['dropped_by_switch']}")
    print(f"agents_that_died: {AGENTS_THAT_DIE} (survived: {race.counted['survived']})")
    print(f"died_before_the_bridge_command: {race.counted['died_before_the_bridge_command']}")
    print(f"callers_that_left: {race.counted['left']}")
    outcomes = race.center.db.rows("SELECT outcome, count(*) FROM offer GROUP BY outcome ORDER BY outcome")
    print("offers:", {row["outcome"]: row["count"] for row in outcomes})
    print("alarms:", race.center.db.rows("SELECT kind, details, count(*) FROM alarm GROUP BY kind, details"))
    for story in race.stories:
        print(" ", story)
    for row in race.center.db.rows(TROUBLED):
        print("   ", row["call_id"][:8], row["at"], row["event"], "|", row["because"], "|", row["commands"])
    assert race.center.engine.failure is None
    for name in (
        "customers_lost_by_us",
        "limbo_left",
        "deaf_left",
        "agents_stuck",
        "legs_left",
        "missed_without_guilt",
    ):
        assert race.counted[name] == 0, name
    assert race.counted["dropped_by_switch"] <= 2
