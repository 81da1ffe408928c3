"""What the hot path's one read finds: the entry of a number, and the rows that belong to a call."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.call import View, Visit
from freeswitch_cc.core.entry import Entry, PriorityRule
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.words import VisitOutcome, WrapUp
from freeswitch_cc.store.db import Session
from tests.database import Database
from tests.floor import Floor
from tests.store.saving import assert_every_field_is_tried, later, save, view_of

# -- a look, not a decision ----------------------------------------------------------------------


def test_who_only_looks_at_a_call_holds_no_lock_of_it(floor: Floor, db: Database) -> None:
    """`call show` that was stopped, or whose terminal is slow, must not stop the call."""
    floor.add_agent("ann")
    call_id = floor.arrive()
    floor.match()
    looking, deciding = Session(db.url), Session(db.url)
    seen = looking.look_at_call(call_id)
    assert seen == view_of(deciding, call_id)
    deciding.run("SET lock_timeout = '100ms'")
    _, view = deciding.view_call(call_id)
    assert [agent.login for agent in view.agents] == ["ann"]
    for session in (looking, deciding):
        session.close()


# -- a call that nobody knows --------------------------------------------------------------------


def test_an_unknown_call_is_given_the_entry_of_its_dialled_number(floor: Floor) -> None:
    queue_id = floor.add_queue(
        "support", music="local_stream://support", hold_music="local_stream://hold", wrap_up="timed", wrap_up_ms=7000
    )
    entry_point_id = floor.add_entry("200", queue_id)
    assert view_of(floor.session, str(uuid4()), "200") == View(
        entry=Entry(
            entry_point_id=entry_point_id,
            queue_id=queue_id,
            music="local_stream://support",
            hold_music="local_stream://hold",
            wrap_up=WrapUp.TIMED,
            wrap_up_ms=7000,
        )
    )


def test_the_entry_of_a_number_holds_all_that_decides_how_soon_and_whom_the_call_gets(floor: Floor) -> None:
    ann, requirement_id = floor.add_agent("ann"), str(uuid4())
    queue_id = floor.add_queue("gold", priority=5, priority_by='[{"key": "plan", "value": "gold", "add": 3}]')
    floor.insert("requirement", requirement_id=requirement_id, expression="french >= 5")
    floor.insert("known_caller", number="+15550100", name="Éloïse", importance=10, agent_id=ann)
    floor.add_entry("200", queue_id, priority=2, requires="french >= 5", attached='{"plan": "gold", "number": 7}')
    entry = view_of(floor.session, str(uuid4()), "200", "+15550100").entry
    assert entry is not None
    of_queue = {"music", "hold_music", "wrap_up", "wrap_up_ms", "wrap_up_limit_ms", "max_wait_ms"}
    assert_every_field_is_tried([entry], but=of_queue)
    assert replace(entry, entry_point_id="", queue_id="") == Entry(
        entry_point_id="",
        queue_id="",
        queue_priority=5,
        entry_priority=2,
        priority_by=(PriorityRule(key="plan", value="gold", add=3),),
        attached={"plan": "gold", "number": 7},
        requirement_id=requirement_id,
        caller_name="Éloïse",
        importance=10,
        preferred_agent_id=ann,
        preferred_by="known_caller",
    )


def test_a_requirement_that_nobody_keeps_rows_of_asks_nothing(floor: Floor) -> None:
    floor.add_entry("200", floor.queue_id, requires="french >= 5")
    entry = view_of(floor.session, str(uuid4()), "200").entry
    assert entry is not None
    assert entry.requirement_id is None


# -- who calls -----------------------------------------------------------------------------------


def preferred(floor: Floor, number: str) -> tuple[str | None, str]:
    entry = view_of(floor.session, str(uuid4()), "100", number).entry
    assert entry is not None
    return entry.preferred_agent_id, entry.preferred_by


def talked(floor: Floor, agent_id: str, number: str, days: float, outcome: str = "answered") -> None:
    """A call of this number, so many days ago."""
    at = datetime.now(UTC) - timedelta(days=days)
    call_id = str(uuid4())
    fate = {"phase": "ended", "outcome": "completed", "started_at": at, "ended_at": at}
    floor.insert("call", call_id=call_id, switch_id=floor.switch_id, caller_number=number, **fate)
    stay = {"entered_at": at, "waiting_since": at, "left_at": at, "outcome": outcome, "agent_id": agent_id}
    floor.insert("queue_visit", visit_id=str(uuid4()), call_id=call_id, queue_id=floor.queue_id, **stay)


def test_who_talked_to_this_number_last_is_asked_first_if_the_queue_wants_it(floor: Floor, db: Database) -> None:
    ann, bob, cid = (floor.add_agent(login) for login in ("ann", "bob", "cid"))
    talked(floor, ann, "+15550100", days=9)
    talked(floor, bob, "+15550100", days=2)
    talked(floor, cid, "+15550199", days=1)
    assert preferred(floor, "+15550100") == (None, "")
    db.run("UPDATE queue SET is_last_agent_first = true")
    assert preferred(floor, "+15550100") == (bob, "last_agent")
    assert preferred(floor, "+15550198") == (None, "")
    floor.insert("known_caller", number="+15550100", agent_id=ann)
    assert preferred(floor, "+15550100") == (ann, "known_caller"), "his own agent goes before"


@pytest.mark.parametrize(
    ("number", "days", "outcome"),
    [
        ("+15550100", 31, "answered"),
        ("+15550100", 1, "abandoned"),
        ("anonymous", 1, "answered"),
        ("0000000000", 1, "answered"),
        ("", 1, "answered"),
    ],
)
def test_a_talk_of_long_ago_a_call_that_nobody_took_and_a_hidden_number_prefer_nobody(
    floor: Floor, db: Database, number: str, days: int, outcome: str
) -> None:
    db.run("UPDATE queue SET is_last_agent_first = true")
    talked(floor, floor.add_agent("ann"), number, days, outcome)
    assert preferred(floor, number) == (None, "")


def test_a_known_number_is_no_pattern(floor: Floor) -> None:
    floor.insert("known_caller", number="+1555", name="Bob", importance=5)
    entry = view_of(floor.session, str(uuid4()), "100", "+15550100").entry
    assert entry is not None
    assert (entry.caller_name, entry.importance) == ("", 0)


def test_the_catch_all_entry_comes_last(floor: Floor) -> None:
    catch_all = floor.add_entry("*", floor.add_queue("others"))
    for number, expected in (("100", floor.entry_point_id), ("999", catch_all), ("", catch_all)):
        entry = view_of(floor.session, str(uuid4()), number).entry
        assert entry is not None
        assert entry.entry_point_id == expected


def test_without_a_catch_all_an_unknown_number_leads_nowhere(floor: Floor) -> None:
    assert view_of(floor.session, str(uuid4()), "999") == View()


def test_what_is_switched_off_leads_nowhere(floor: Floor) -> None:
    floor.add_entry("300", floor.add_queue("closed", is_active=False))
    floor.add_entry("301", floor.queue_id, is_active=False)
    assert view_of(floor.session, str(uuid4()), "300").entry is None
    assert view_of(floor.session, str(uuid4()), "301").entry is None


def test_a_dialled_number_is_no_pattern(floor: Floor) -> None:
    assert view_of(floor.session, str(uuid4()), "1%").entry is None
    assert view_of(floor.session, str(uuid4()), "100'; DROP TABLE call; --").entry is None


def test_the_clock_of_a_view_is_the_database_s(floor: Floor, db: Database) -> None:
    before = db.value("SELECT clock_timestamp()")
    now, _ = floor.session.view_call(str(uuid4()))
    floor.session.rollback()
    assert before <= now <= db.value("SELECT clock_timestamp()")


# -- which rows belong to a view -----------------------------------------------------------------


def test_a_view_holds_the_open_visit_before_a_later_one_that_ended(floor: Floor) -> None:
    call_id = floor.arrive()
    open_visit = view_of(floor.session, call_id).visit
    floor.insert(
        "queue_visit",
        visit_id=str(uuid4()),
        call_id=call_id,
        queue_id=floor.queue_id,
        entry_reason="inbound",
        entered_at=later(10**9),
        waiting_since=later(10**9),
        left_at=later(10**9),
        outcome="abandoned",
        priority=0,
    )
    assert view_of(floor.session, call_id).visit == open_visit


def test_a_view_holds_every_agent_the_call_keeps_busy_and_no_other(floor: Floor) -> None:
    ann, bob = floor.add_agent("ann", wrap_up="manual"), floor.add_agent("bob")
    first, second = floor.arrive(), floor.arrive()
    assert view_of(floor.session, first).agents == ()
    floor.match()
    for call_id, agent_id in ((first, ann), (second, bob)):
        assert [agent.agent_id for agent in view_of(floor.session, call_id).agents] == [agent_id]
    leg_id = floor.bridge(first)
    floor.happen(floor.hangup(first, leg_id))
    assert floor.agent(ann)["activity"] == "wrap_up"
    assert [agent.agent_id for agent in view_of(floor.session, first).agents] == [ann]


def test_a_later_visit_inherits_all_earlier_waiting_and_none_of_the_talk(floor: Floor, db: Database) -> None:
    call_id = floor.arrive()
    queue = {"call_id": call_id, "queue_id": floor.queue_id}
    first = view_of(floor.session, call_id).visit
    assert first is not None
    left = replace(first, left_at=first.entered_at + timedelta(seconds=40), outcome=VisitOutcome.ANSWERED)
    save(floor.session, Decision(visits=(left,)))
    second = Visit(visit_id=str(uuid4()), entered_at=first.entered_at + timedelta(seconds=400), **queue)
    save(floor.session, Decision(visits=(second,), new=frozenset({second.visit_id})))
    waiting_since = db.value("SELECT waiting_since FROM queue_visit WHERE visit_id = %(id)s", id=second.visit_id)
    assert waiting_since == second.entered_at - timedelta(seconds=40)


def test_a_call_brings_the_data_of_its_entry_point_along(floor: Floor, db: Database) -> None:
    db.run("""UPDATE entry_point SET attached = '{"campaign": "spring"}'""")
    call_id = floor.arrive()
    db.run("""UPDATE call SET attached = attached || '{"asked": true}'""")
    floor.happen(floor.hangup(call_id, floor.customer(call_id)))
    assert db.value("SELECT attached FROM call") == {"campaign": "spring", "asked": True}


def test_a_call_that_hangs_up_before_it_is_known_leaves_nothing(floor: Floor, db: Database) -> None:
    event = floor.hangup(str(uuid4()), str(uuid4()))
    assert floor.happen(event).changes_nothing
    assert db.rows("SELECT * FROM call") == []
    assert isinstance(event, events.LegHungUp)
