"""What the hot path's one read finds: the entry of a number, and the rows that belong to a call."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from freeswitch_cc.core import events
from freeswitch_cc.core.call import Entry, View, Visit
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.words import VisitOutcome, WrapUp
from tests.database import Database
from tests.floor import Floor
from tests.store.test_hot_path_round_trips import later, save, view_of

# -- a call that nobody knows --------------------------------------------------------------------


def test_an_unknown_call_is_given_the_entry_of_its_dialled_number(floor: Floor) -> None:
    queue_id = floor.add_queue("support", music="local_stream://support", wrap_up="timed", wrap_up_ms=7000)
    entry_point_id = floor.add_entry("200", queue_id)
    assert view_of(floor.session, str(uuid4()), "200") == View(
        entry=Entry(
            entry_point_id=entry_point_id,
            queue_id=queue_id,
            music="local_stream://support",
            wrap_up=WrapUp.TIMED,
            wrap_up_ms=7000,
        )
    )


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
    save(floor.session, Decision(visits=(second,)))
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
