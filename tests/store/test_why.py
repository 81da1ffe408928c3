"""What is known of a call: fcc_why against calls that went their way, and against what match() does with them."""

import json
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.why import sentences
from freeswitch_cc.core.why_facts import Facts
from freeswitch_cc.core.words import CallOutcome, Phase
from freeswitch_cc.engine.ownership import Ownership
from freeswitch_cc.store.availability import why
from freeswitch_cc.store.connect import connected
from tests.database import Database
from tests.floor import Floor

BUSY = {"activity": "talking", "call_id": str(uuid4())}


@pytest.fixture(autouse=True)
def owned(floor: Floor) -> Iterator[Ownership]:
    """An engine commands the switch, as long as the test runs."""
    ownership = Ownership(floor.db.url)
    ownership.take(floor.switch_id)
    floor.db.run("UPDATE switch SET epoch = 0")  # the epoch of the floor's own transactions
    yield ownership
    ownership.close()


@pytest.fixture
def told(db: Database) -> Callable[[str], list[str]]:
    return lambda call: sentences(facts(db, call))


def facts(db: Database, call: str) -> Facts:
    with connected(db.url) as connection:
        return why(connection, call)


def have_tiers(floor: Floor, *tiers: dict[str, object]) -> None:
    floor.db.run("UPDATE queue SET tiers = %(tiers)s::jsonb", tiers=json.dumps(tiers))


def put_in(floor: Floor, login: str, tier: int, after_ms: int) -> None:
    floor.db.run(
        "UPDATE eligibility e SET tier = %(tier)s, after_ms = %(after)s FROM agent a"
        " WHERE a.agent_id = e.agent_id AND a.login = %(login)s",
        tier=tier,
        after=after_ms,
        login=login,
    )


def wait(floor: Floor, call_id: str, seconds: float) -> None:
    floor.db.run(
        "UPDATE queue_visit SET entered_at = entered_at - make_interval(secs => %(s)s),"
        " waiting_since = waiting_since - make_interval(secs => %(s)s) WHERE call_id = %(id)s",
        s=seconds,
        id=call_id,
    )


# -- a call on its way ---------------------------------------------------------------------------


def test_a_call_says_at_each_station_where_it_is(floor: Floor, told: Callable[[str], list[str]]) -> None:
    ann = floor.add_agent("ann", **BUSY)
    call_id = floor.arrive()
    assert told(call_id) == ["Waits 0 s in sales, 1st.", "Its queue has 1 agent: 1 talks."]
    floor.db.run("UPDATE agent SET activity = 'idle', call_id = NULL")
    assert told(call_id)[-1] == "It is about to be offered."
    floor.match()
    assert told(call_id)[-1] == "Is being offered to ann since 0 s (not ringing yet)."
    leg_id = floor.agent_leg(call_id)
    floor.happen(events.LegRinging(call_id=call_id, leg_id=leg_id, **floor.at()))
    assert told(call_id)[-1] == "Is being offered to ann since 0 s (ringing)."
    floor.happen(events.LegParked(call_id=call_id, leg_id=leg_id, role="agent", **floor.at()))
    assert told(call_id)[-1] == "Is being offered to ann since 0 s (answered, being connected)."
    floor.happen(floor.bridged(call_id, leg_id))
    assert told(call_id) == ["Talks to ann since 0 s."]
    floor.happen(events.LegHeld(call_id=call_id, leg_id=leg_id, **floor.at()))
    assert told(call_id) == ["Talks to ann since 0 s, on hold since 0 s."]
    floor.happen(floor.hangup(call_id, leg_id, "MEDIA_TIMEOUT"))
    assert told(call_id)[0] == "Waits 0 s in sales, 1st, because it came back: before all others."
    floor.happen(floor.hangup(call_id, floor.customer(call_id)))
    assert told(call_id)[0] == "Ended: abandoned after 0 s."
    assert ann


def test_an_end_is_told_with_its_wait_and_who_did_not_take_it(floor: Floor, told: Callable[[str], list[str]]) -> None:
    floor.add_agent("ann")
    call_id = floor.arrive()
    floor.match()
    floor.refuse(call_id)
    wait(floor, call_id, 40)
    floor.db.run("UPDATE call SET started_at = started_at - interval '40 s'")
    floor.happen(floor.hangup(call_id, floor.customer(call_id)))
    assert told(call_id) == [
        "Ended: abandoned after 40 s.",
        "Waited 40 s in sales.",
        "Not taken by ann (busy).",
        "That was 0 s ago.",
    ]


def test_a_call_to_a_number_that_leads_nowhere(floor: Floor, db: Database) -> None:
    event = floor.arrival("999")
    floor.happen(event)
    found = facts(db, event.call_id)
    assert (found.phase, found.outcome, found.dialled) == (Phase.ENDING, CallOutcome.NO_ENTRY_POINT, "999")
    assert sentences(found) == ["Is ending: its legs are being hung up."]


# -- tiers ---------------------------------------------------------------------------------------


def test_a_waiting_call_tells_its_tiers_and_when_the_next_one_opens(
    floor: Floor, told: Callable[[str], list[str]]
) -> None:
    have_tiers(
        floor,
        {"after_ms": 0, "requires": "french >= 5", "agents": []},
        {"after_ms": 60_000, "requires": "billing", "agents": ["eva"]},
        {"after_ms": 90_000, "requires": "never", "agents": []},
    )
    for login in ("ann", "bob", "cid"):
        floor.add_agent(login, activity="talking", call_id=str(uuid4()))
    floor.add_agent("dan", presence="not_ready", reason="break")
    floor.add_agent("jon", is_active=False)
    for login in ("eva", "fay"):
        floor.add_agent(login)
        put_in(floor, login, 1, 60_000)
    first, second, third = floor.arrive(), floor.arrive(), floor.arrive()
    assert len({first, second, third}) == 3
    wait(floor, third, 42.5)
    wait(floor, second, 50)
    wait(floor, first, 55)
    assert told(third) == [
        "Waits 42 s in sales, 3rd.",
        "Tier 1 (french >= 5) has 4 agents: 3 talk, 1 not ready (break).",
        "Tier 2 (eva or billing) opens in 18 s: 2 are ready.",
        "Tier 3 (never) opens in 48 s: nobody is in it.",
    ]


def test_a_tier_that_no_file_wrote_is_told_by_who_is_in_it(floor: Floor, told: Callable[[str], list[str]]) -> None:
    floor.add_agent("ann", **BUSY)
    floor.add_agent("bob")
    put_in(floor, "bob", 2, 30_000)
    call_id = floor.arrive()
    assert told(call_id)[1:] == ["Tier 1 has 1 agent: 1 talks.", "Tier 3 opens in 30 s: 1 is ready."]


def test_what_the_call_asks_counts_only_who_meets_it(floor: Floor, told: Callable[[str], list[str]]) -> None:
    ann = floor.add_agent("ann", **BUSY)
    floor.add_agent("bob")
    asked = floor.db.value("INSERT INTO requirement (expression) VALUES ('german') RETURNING requirement_id")
    floor.insert("qualification", requirement_id=asked, agent_id=ann)
    call_id = floor.arrive()
    floor.db.run("UPDATE queue_visit SET requirement_id = %(id)s", id=asked)
    assert told(call_id)[1:] == [
        "Besides what its queue asks, its agent must meet german.",
        "Its queue has 2 agents: 1 of them meets german: 1 talks.",
    ]
    floor.db.run("DELETE FROM qualification")
    assert told(call_id)[-1] == "Nobody who is eligible for sales meets german: nobody can take it."
    floor.db.run("DELETE FROM requirement")
    assert told(call_id)[1:] == [
        "Its queue has 2 agents: 1 is ready, 1 talks.", "It is about to be offered."
    ], "what is not asked any more is not asked"  # fmt: skip


def test_nobody_eligible_and_everybody_logged_out_and_a_queue_switched_off(
    floor: Floor, told: Callable[[str], list[str]]
) -> None:
    call_id = floor.arrive()
    assert (
        told(call_id)[-1] == "Nobody is eligible for sales: until the center file names somebody, nobody can take it."
    )
    floor.add_agent("ann", presence="offline")
    assert told(call_id)[-1] == "Everybody who could take it is logged out."
    floor.db.run("UPDATE queue SET is_active = false")
    assert told(call_id)[1] == "sales is switched off: no other call comes into it."


def test_who_is_asked_first_is_told_until_he_did_not_take_it(floor: Floor, told: Callable[[str], list[str]]) -> None:
    ann = floor.add_agent("ann", **BUSY)
    call_id = floor.arrive()
    floor.db.run("UPDATE queue_visit SET preferred_agent_id = %(id)s", id=ann)
    assert told(call_id)[1] == "ann is asked first: talks since 0 s."
    floor.db.run("UPDATE agent SET activity = 'idle', call_id = NULL")
    assert told(call_id)[1] == "ann is asked first: is ready."
    floor.db.run("DELETE FROM eligibility")
    assert told(call_id)[1] == "ann would be asked first, but is not eligible for it."
    floor.insert("eligibility", agent_id=ann, queue_id=floor.queue_id)
    floor.match()
    floor.refuse(call_id)
    assert "first" not in " ".join(told(call_id))


# -- the same as match() -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tries", "pause_s", "asked_s"), [(1, 5, 5), (2, 5, 10), (13, 5, 60), (14, 5, 60), (5, 20, 75)]
)
def test_who_did_not_take_it_is_asked_again_when_it_says(
    floor: Floor, db: Database, tries: int, pause_s: int, asked_s: int
) -> None:
    """The pause is match()'s rule: the moment before its end nobody is offered it, the moment after it somebody is."""
    ann = floor.add_agent("ann")
    call_id = floor.arrive()
    for _ in range(tries):
        db.run(
            "INSERT INTO offer (call_id, visit_id, agent_id, leg_id, contact, ring_ms, made_at, expires_at, ended_at,"
            " outcome, retry_at, pause_ms) SELECT call_id, visit_id, %(agent)s, gen_random_uuid(), '', 1000, now(),"
            " now(), now(), 'no_answer', now() + make_interval(secs => %(pause)s), %(pause)s * 1000 FROM queue_visit",
            agent=ann,
            pause=pause_s,
        )
    (tried,) = facts(db, call_id).tried
    assert tried.retry_at is not None
    left_s = (tried.retry_at - db.value("SELECT clock_timestamp() AS now")).total_seconds()
    assert left_s == pytest.approx(asked_s, abs=3)

    def later(seconds: float) -> None:
        db.run(
            "UPDATE offer SET ended_at = ended_at - make_interval(secs => %(s)s),"
            " retry_at = retry_at - make_interval(secs => %(s)s)",
            s=seconds,
        )

    later(left_s - 2)
    assert floor.match() == []
    assert sentences(facts(db, call_id))[-1].startswith("ann is ready and did not take this call")
    later(2.1)
    assert "may be asked again now" in " ".join(sentences(facts(db, call_id)))
    assert floor.match() == [(ann, call_id)]


def test_the_place_is_the_one_in_which_match_goes(floor: Floor, db: Database) -> None:
    call_ids = [floor.arrive() for _ in range(6)]
    db.run("UPDATE queue_visit SET priority = 3 WHERE call_id = ANY (%(ids)s::uuid[])", ids=call_ids[2:4])
    db.run("UPDATE queue_visit SET is_returned = true WHERE call_id = %(id)s", id=call_ids[5])
    places = {call_id: facts(db, call_id).position for call_id in call_ids}
    for number in range(6):
        floor.add_agent(f"a{number}")
    assert [places[call_id] for _, call_id in floor.match()] == [1, 2, 3, 4, 5, 6]


# -- the switch ----------------------------------------------------------------------------------


def test_a_switch_that_no_engine_commands_is_told(
    floor: Floor, owned: Ownership, told: Callable[[str], list[str]]
) -> None:
    floor.add_agent("ann", **BUSY)
    call_id = floor.arrive()
    assert "engine" not in " ".join(told(call_id))
    owned.close()
    assert told(call_id)[-1] == "No engine commands its switch one: nothing happens to it until one does."
    theirs = floor.arrive(switch_id=floor.add_switch("two"))
    assert told(theirs)[-1] == "No engine commands its switch two: nothing happens to it until one does."


def test_a_switch_that_is_silent_is_told(floor: Floor, told: Callable[[str], list[str]]) -> None:
    floor.add_agent("ann", **BUSY)
    call_id = floor.arrive()
    floor.db.run(
        "INSERT INTO switch_heartbeat (switch_id, core_id, heartbeat_at)"
        " VALUES (%(id)s, gen_random_uuid(), now() - interval '70 s')",
        id=floor.switch_id,
    )
    assert told(call_id)[-1] == "Its switch one was last heard of 70 s ago."
