"""Every field of every record comes back from the database as it was saved."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from freeswitch_cc.core.agent_view import AgentView
from freeswitch_cc.core.call import Agent, Call, Leg, Offer, Visit
from freeswitch_cc.core.dialling import Placed
from freeswitch_cc.core.lines import Farewell, Forward, Home
from freeswitch_cc.core.said_to_people import Alarm, Answer
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.words import (
    Activity,
    CallOutcome,
    CommandKind,
    LeftReason,
    OfferOutcome,
    Phase,
    Presence,
    Role,
    Seen,
    Segment,
    Sound,
    Step,
    VisitOutcome,
    Want,
    WrapUp,
)
from tests.database import Database
from tests.floor import Floor
from tests.store.saving import T0, assert_every_field_is_tried, later, save, view_of


def test_every_field_of_a_call_its_legs_and_its_visit_comes_back(floor: Floor) -> None:
    agent_id = floor.add_agent("ann")
    call_id, customer_id, agent_leg_id = str(uuid4()), str(uuid4()), str(uuid4())
    call = Call(
        call_id=call_id,
        switch_id=floor.switch_id,
        phase=Phase.TALKING,
        started_at=T0,
        origin="outbound",
        caller_number="+15550100",
        caller_name="Éloïse 東京 \"'\\%s{}",
        dialled="100",
        entry_point_id=floor.entry_point_id,
        attached={"campaign": "spring", "number": 7, "is_new": True},
        bridged_at=later(5),
        held_by=agent_id,
        held_at=later(6),
        placed=Placed(
            agent_id=agent_id,
            contact="user/ann@center",
            ring_ms=15_000,
            to_contact="sofia/gateway/carrier/358401234567",
            to_ring_ms=30_000,
            to_agent_id=agent_id,
            caller_number="+358401112222",
            caller_name="Éloïse",
            limit_ms=7_200_000,
            hold_music="local_stream://hold",
        ),
        called_back_at=later(7),
        forward=Forward(
            number="+358401234567",
            contact="sofia/gateway/carrier/358401234567",
            ring_ms=30_000,
            queue_id=floor.queue_id,
            left_visit_id=str(uuid4()),
            home=Home(
                queue_id=floor.queue_id,
                left_reason=LeftReason.TOO_LONG,
                requirement_id=str(uuid4()),
                preferred_agent_id=agent_id,
                max_wait_ms=1_000,
                music="local_stream://sales",
                hold_music="local_stream://hold",
                wrap_up=WrapUp.TIMED,
                wrap_up_ms=2_000,
                wrap_up_limit_ms=3_000,
            ),
            caller_number="+358401112222",
            limit_ms=7_200_000,
            spent=("one:full",),
        ),
    )
    assert call.forward is not None
    assert_every_field_is_tried([call.forward])
    assert_every_field_is_tried([call.forward.home])
    common: dict[str, Any] = {"call_id": call_id, "switch_id": floor.switch_id}
    bridged = Leg(
        **common,
        leg_id=customer_id,
        role=Role.CUSTOMER,
        want=Want.WITH,
        want_leg_id=agent_leg_id,
        seen=Seen.WITH,
        seen_leg_id=agent_leg_id,
        seen_at=later(1.000001),
        seen_seq=2**40,
        is_holding=True,
        is_muted=True,
        command=CommandKind.BRIDGE,
        command_id=str(uuid4()),
        command_leg_id=agent_leg_id,
        command_due_at=later(3),
        last_command_id=str(uuid4()),
        sound=Sound.ASKED,
        sound_tries=2,
        sound_due_at=later(4),
        deadman_due_at=later(30),
        segment=Segment.TALKING,
        segment_at=later(1),
    )
    gone = Leg(
        **common,
        leg_id=agent_leg_id,
        role=Role.AGENT,
        agent_id=agent_id,
        contact="user/ann@center",
        ring_ms=15_000,
        want=Want.GONE,
        seen=Seen.GONE,
        hangup_cause="USER_BUSY",
        ended_at=datetime.now(UTC),  # one that is long gone is not looked at again
    )
    met = Leg(
        **common,
        leg_id=str(uuid4()),
        role=Role.SUPERVISOR,
        want=Want.IN_CONFERENCE,
        want_conference="fcc-1",
        seen=Seen.IN_CONFERENCE,
        seen_conference="fcc-1",
    )
    legs = tuple(sorted((bridged, gone, met), key=lambda leg: leg.leg_id))
    visit = Visit(
        visit_id=str(uuid4()),
        call_id=call_id,
        queue_id=floor.queue_id,
        entered_at=T0,
        entry_reason="returned",
        is_returned=True,
        priority=15,
        requirement_id=str(uuid4()),
        preferred_agent_id=agent_id,
        left_at=later(8),
        outcome=VisitOutcome.ANSWERED,
        agent_id=agent_id,
        music="local_stream://sales",
        overflow_at=later(30),
        spent=("one:full", "two:nobody"),
        came_from=str(uuid4()),
        tries=1,
        max_tries=3,
    )
    leaving = replace(
        call,
        phase=Phase.LEAVING,
        held_by=None,
        held_at=None,
        farewell=Farewell(
            outcome=CallOutcome.VOICEMAIL,
            sound="/a.wav",
            box="box",
            path="/b/c.wav",
            longest_ms=9,
            silence_ms=8,
            queue_id=floor.queue_id,
            recorded_at=later(7),
            recorded_ms=6,
            asked_at=later(6),
        ),
        step=Step.RECORDING,
        step_due_at=later(9),
    )
    assert leaving.farewell is not None
    assert_every_field_is_tried([leaving.farewell])
    ended = replace(
        call, phase=Phase.ENDED, held_by=None, held_at=None, ended_at=later(60), outcome=CallOutcome.COMPLETED
    )
    assert_every_field_is_tried([call, ended, leaving])
    assert_every_field_is_tried(list(legs))
    of_queue = {"hold_music", "wrap_up", "wrap_up_ms", "wrap_up_limit_ms", "max_wait_ms"}
    assert_every_field_is_tried([visit], but={*of_queue, "left_reason", "home"})  # these: test_overflow
    new = frozenset({call_id, visit.visit_id, *(leg.leg_id for leg in legs)})
    save(floor.session, Decision(call=call, legs=legs, visits=(visit,), new=new))
    view = view_of(floor.session, call_id)
    assert (view.call, view.legs, view.visit) == (call, legs, visit)

    # And again, changed: the other half of each INSERT ... ON CONFLICT.
    changed = replace(bridged, seen_seq=7, command=None, command_id=None, command_leg_id=None, command_due_at=None)
    changed = replace(changed, last_command_id=bridged.command_id, sound=Sound.PLAYING, sound_due_at=None)
    changed = replace(changed, is_holding=False, is_muted=False)
    changed = replace(changed, segment=Segment.HELD, segment_at=later(2), deadman_due_at=None)
    save(floor.session, Decision(call=leaving))
    assert view_of(floor.session, call_id).call == leaving
    save(floor.session, Decision(call=ended, legs=(changed,)))
    assert view_of(floor.session, call_id).leg(customer_id) == changed
    assert view_of(floor.session, call_id).call == ended


def test_every_field_of_an_offer_comes_back(floor: Floor, db: Database) -> None:
    floor.add_agent("ann")
    call_id = floor.arrive()
    floor.match(tell=False)
    made = view_of(floor.session, call_id).offers[0]
    ringing = replace(made, ringing_at=later(1), expires_at=later(20))
    save(floor.session, Decision(offers=(ringing,)))
    assert view_of(floor.session, call_id).offers == (ringing,)
    ended = replace(
        ringing, ended_at=later(2), outcome=OfferOutcome.BUSY, cause="USER_BUSY", retry_at=later(7.654321), pause_ms=7
    )
    assert_every_field_is_tried([ended])
    save(floor.session, Decision(offers=(ended,)))
    row = floor.offer(ended.offer_id)
    assert Offer(**{name: row[name] for name in (field.name for field in fields(Offer))}) == ended


def test_every_live_field_of_an_agent_comes_back(floor: Floor, db: Database) -> None:
    agent_id = floor.add_agent(
        "ann", wrap_up="timed", wrap_up_ms=5000, wrap_up_limit_ms=9000, max_misses=5, is_auto_answer=True
    )
    call_id = floor.arrive()
    busy = Agent(
        agent_id=agent_id,
        login="ann",
        presence=Presence.NOT_READY,
        reason="lunch",
        pending_presence=Presence.OFFLINE,
        pending_reason="home",
        pending_by="boss",
        changed_by="chief",
        activity=Activity.RINGING,
        activity_at=T0,
        due_at=later(15),
        call_id=call_id,
        idle_since=later(-100),
        last_call_id=str(uuid4()),
        released_at=later(-50),
        wrap_up_limit_at=later(60),
        misses=2,
        failures=1,
        failed_at=later(-60),
        max_misses=5,
        is_auto_answer=True,
        contact=str(db.value("SELECT contact FROM agent")),
        is_back_with_phone=True,
        wrap_up=WrapUp.TIMED,
        wrap_up_ms=5000,
        wrap_up_limit_ms=9000,
    )
    assert_every_field_is_tried([busy])
    save(floor.session, Decision(agents=(busy,)))
    assert view_of(floor.session, call_id).agents == (busy,)
    assert floor.session.view_agent(agent_id)[1] == AgentView(agent=busy)
    floor.session.rollback()


def test_a_decision_never_changes_what_people_configure(floor: Floor, db: Database) -> None:
    agent_id = floor.add_agent("ann")
    agent = floor.session.view_agent(agent_id)[1].agent
    assert agent is not None
    lent = replace(agent, misses=1, wrap_up=WrapUp.MANUAL, wrap_up_ms=1, wrap_up_limit_ms=9, max_misses=9, login="eve")
    floor.session.save(Decision(agents=(lent,)), event="Test", call_id=None, now=T0, epoch=None)
    row = floor.agent(agent_id)
    assert (row["misses"], row["wrap_up"], row["max_misses"], row["login"]) == (1, "none", 3, "ann")
    assert row["wrap_up_limit_ms"] == 0


def test_an_agent_who_is_not_there_is_none(floor: Floor) -> None:
    assert floor.session.view_agent(str(uuid4()))[1] == AgentView()
    floor.session.rollback()


def test_an_alarm_an_answer_and_the_log_are_written(floor: Floor, db: Database) -> None:
    call_id = floor.arrive()
    floor.insert("request", kind="login", asked_by="test", idempotency_key="k")
    request_id = db.value("SELECT request_id FROM request")
    alarm = Alarm(kind="deaf", switch_id=floor.switch_id, call_id=call_id, leg_id=str(uuid4()), details="twice")
    answer = Answer(request_id=request_id, state="refused", reason="because", message="no 'way'")
    save(floor.session, Decision(alarms=(alarm,), answer=answer, because="so \\ it 'is'"), call_id=call_id)
    row = db.one("SELECT kind, switch_id, call_id, leg_id, details FROM alarm")
    assert Alarm(**row) == alarm
    row = db.one("SELECT state, reason, message, answered_at IS NOT NULL AS is_timed FROM request")
    assert tuple(row.values()) == ("refused", "because", "no 'way'", True)
    assert db.value("SELECT because FROM call_log ORDER BY log_id DESC LIMIT 1") == "so \\ it 'is'"


def test_a_decision_of_the_core_reads_back_as_it_was_made(floor: Floor) -> None:
    """Not hand-made: whatever decide() writes on the way of a call, the next view shows."""
    agent_id = floor.add_agent("ann", wrap_up="manual")
    call_id = floor.arrive()
    floor.match()
    leg_id = floor.answer(call_id)
    for event in (floor.bridged(call_id, leg_id), floor.hangup(call_id, leg_id)):
        decision = floor.happen(event)
        view = view_of(floor.session, call_id)
        assert decision.call is None or view.call == decision.call
        assert all(view.leg(leg.leg_id) == leg for leg in decision.legs)
        assert all(view.agent(agent.agent_id) == agent for agent in decision.agents)
    assert floor.agent(agent_id)["call_id"] == call_id
