"""An engine that dies at any instant: what is made good by the next one, or by itself."""

from dataclasses import replace

import gevent

from freeswitch_cc.core.commands import Command, Originate
from freeswitch_cc.core.timeouts import Timeouts
from tests.database import Database
from tests.engine.conftest import StartEngine
from tests.engine.engines import link_of, originates
from tests.engine.fakes import no_more
from tests.floor import Floor, until

# -- a crash -------------------------------------------------------------------------------------


def test_a_command_that_was_committed_and_never_sent_is_looked_up_when_due_and_not_sent_again(
    floor: Floor, start_engine: StartEngine, db: Database
) -> None:
    """The engine dies between commit and send: nobody's phone rings, and the customer gets the next agent."""
    floor.add_agent("ann", idle_s=100)
    call_id = floor.arrive()
    floor.match()
    never_sent = db.value("SELECT command_id FROM leg WHERE role = 'agent'")
    bob = floor.add_agent("bob")
    engine = start_engine(sweep_ms=50)
    link = link_of(engine, floor)
    link.sights[floor.customer(call_id)] = "parked"
    assert no_more(lambda: originates(link)), "not due yet: it may have been sent"
    db.run("UPDATE leg SET command_due_at = now() WHERE role = 'agent'")
    until(lambda: originates(link), "somebody else's phone is asked to ring")
    assert [command.contact for command in originates(link)] == ["user/bob@center"]
    assert never_sent not in {command.command_id for command in link.sent}
    assert db.value("SELECT outcome FROM offer WHERE outcome IS NOT NULL") == "withdrawn"
    assert floor.agent(bob)["activity"] == "reserved"


def test_a_command_that_was_sent_and_whose_fact_was_lost_is_found_to_be_done(
    floor: Floor, start_engine: StartEngine, db: Database
) -> None:
    floor.add_agent("ann")
    call_id = floor.arrive()
    floor.match()
    engine = start_engine(sweep_ms=50)
    link = link_of(engine, floor)
    link.sights = {floor.customer(call_id): "parked", floor.agent_leg(call_id): "parked"}
    db.run("UPDATE leg SET command_due_at = now() WHERE role = 'agent'")
    until(lambda: "Bridge" in link.kinds(), "the agent had answered: the two are bridged")
    assert originates(link) == []


def test_an_offer_whose_maker_died_is_told_by_the_next_engine(floor: Floor, start_engine: StartEngine) -> None:
    floor.add_agent("ann")
    floor.arrive()
    floor.match(tell=False)
    floor.db.run("UPDATE offer SET made_at = made_at - interval '2 s'")
    link = link_of(start_engine(sweep_ms=50), floor)
    until(lambda: originates(link), "the agent's phone is asked to ring")


def test_a_send_that_finds_no_switch_leaves_the_command_to_its_due_time(
    floor: Floor, start_engine: StartEngine, db: Database
) -> None:
    engine = start_engine(sweep_ms=50)
    link = link_of(engine, floor)
    lost: list[Command] = []
    link.on_send = lost.append  # on the wire, and never heard of again
    floor.add_agent("ann")
    engine.dispatcher.put(floor.arrival())
    until(lambda: [one for one in lost if isinstance(one, Originate)], "the agent's phone was asked to ring")
    link.on_send = link.sent.append
    (call_id,) = {command.call_id for command in lost}
    link.sights[floor.customer(call_id)] = "parked"
    db.run("UPDATE leg SET command_due_at = now() WHERE role = 'agent'")
    until(lambda: db.rows("SELECT 1 FROM offer WHERE outcome = 'withdrawn'"), "it was looked up")
    assert not {command.command_id for command in lost} & {command.command_id for command in link.sent}


def test_while_the_switch_cannot_be_asked_what_is_due_stays_due(
    floor: Floor, start_engine: StartEngine, db: Database
) -> None:
    floor.add_agent("ann")
    call_id = floor.arrive()
    floor.match()
    engine = start_engine(sweep_ms=20)
    link = link_of(engine, floor)
    link.is_reachable = False
    link.sights = {floor.customer(call_id): "parked", floor.agent_leg(call_id): "parked"}
    db.run("UPDATE leg SET command_due_at = now() WHERE role = 'agent'")
    assert no_more(lambda: link.sent)
    link.is_reachable = True
    until(lambda: "Bridge" in link.kinds(), "the two are bridged")


def test_an_engine_that_is_killed_and_one_that_follows_lose_no_call(
    floor: Floor, start_engine: StartEngine, db: Database
) -> None:
    """Killed without a word in the middle of its work, several times: every call still ends, every agent is free."""
    agents = [floor.add_agent(f"a{number}") for number in range(3)]
    quick = replace(Timeouts(), sweep_ms=30, settle_ms=50, kill_ms=50, park_ms=50, bridge_ms=50, sound_ms=60_000)
    calls = [floor.arrival() for _ in range(6)]
    for round_, arrival in enumerate(calls):
        engine = start_engine(
            **{name: getattr(quick, name) for name in ("sweep_ms", "settle_ms", "kill_ms", "park_ms")}
        )
        link_of(engine, floor).sights = {one.leg_id: "parked" for one in calls[: round_ + 1]}
        engine.dispatcher.put(arrival)
        until(lambda: db.value("SELECT count(*) FROM call") == round_ + 1, "the call is written")  # noqa: B023
        gevent.killall(engine._greenlets)
        engine._ownership.close()
    engine = start_engine(sweep_ms=30, kill_ms=50)
    for arrival in calls:
        engine.dispatcher.put(floor.hangup(arrival.call_id, arrival.leg_id))
    db.run("UPDATE leg SET command_due_at = now() WHERE command_due_at IS NOT NULL")
    until(lambda: not db.rows("SELECT 1 FROM call WHERE ended_at IS NULL"), "every call is over")
    assert {floor.agent(agent_id)["activity"] for agent_id in agents} == {"idle"}
