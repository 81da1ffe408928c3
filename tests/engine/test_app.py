"""A whole engine on a real database: who owns a switch, what a fault costs, and how it stops."""

from dataclasses import fields
from typing import Any

import pytest

from freeswitch_cc.config import LONGEST_MS
from freeswitch_cc.core import events
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.engine import deciding as deciding_module
from freeswitch_cc.engine import offers, seldom
from freeswitch_cc.errors import ConfigInvalid, EpochLost
from tests.database import Database
from tests.engine.conftest import StartEngine
from tests.engine.engines import epoch, link_of
from tests.engine.fakes import no_more
from tests.floor import LIMIT_S, Floor, until

# -- who owns a switch ---------------------------------------------------------------------------


def test_who_takes_a_switch_raises_its_epoch(floor: Floor, start_engine: StartEngine, db: Database) -> None:
    engine = start_engine()
    assert link_of(engine, floor).row.epoch == epoch(db) == 1


def test_of_two_engines_one_commands_and_the_other_stands_by(
    floor: Floor, start_engine: StartEngine, db: Database
) -> None:
    start_engine()
    second = start_engine(owns=False)
    assert no_more(lambda: second.links)
    assert epoch(db) == 1


def test_a_stand_by_takes_over_when_the_owner_stops(floor: Floor, start_engine: StartEngine, db: Database) -> None:
    first, second = start_engine(), start_engine(owns=False)
    first.stop()
    until(second.ready_switches, "the stand-by has taken over")
    assert link_of(second, floor).row.epoch == epoch(db) == 2


def test_an_owner_whose_connection_is_gone_takes_its_switches_again(
    floor: Floor, start_engine: StartEngine, db: Database
) -> None:
    engine = start_engine()
    before = engine._ownership.backend_pid
    db.run("SELECT pg_terminate_backend(%(pid)s, 5000)", pid=before)
    until(lambda: engine._ownership.backend_pid not in (None, before), "a new connection")
    until(
        lambda: db.value(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = %(pid)s",
            pid=engine._ownership.backend_pid,
        ),
        "the lock is held again",
    )
    assert engine.failure is None
    assert epoch(db) == 1


def test_how_often_ownership_is_kept_hangs_on_no_setting(
    floor: Floor, start_engine: StartEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An owner who says nothing for 15 s has lost his switches (engine.ownership)."""
    engine = start_engine(**{item.name: LONGEST_MS for item in fields(Timeouts)})
    keep, kept = engine._ownership.keep, []
    monkeypatch.setattr(engine._ownership, "keep", lambda: kept.append(keep()))
    until(lambda: len(kept) >= 3, "it is kept")


def test_an_engine_that_was_taken_over_commands_nothing(floor: Floor, start_engine: StartEngine, db: Database) -> None:
    engine = start_engine()
    db.run("UPDATE switch SET epoch = epoch + 1")
    engine.dispatcher.put(floor.arrival())
    assert engine.failed.wait(timeout=LIMIT_S)
    assert isinstance(engine.failure, EpochLost)
    assert link_of(engine, floor).sent == []
    assert db.rows("SELECT * FROM call") == []


def test_a_switch_without_a_password_is_named(floor: Floor, start_engine: StartEngine, db: Database) -> None:
    db.run("UPDATE switch SET password_env = 'NO_SUCH_PASSWORD'")
    engine = start_engine(owns=False)
    assert engine.failed.wait(timeout=LIMIT_S)
    assert isinstance(engine.failure, ConfigInvalid)
    assert "NO_SUCH_PASSWORD" in str(engine.failure)


def test_a_switch_that_is_configured_later_is_taken_too(floor: Floor, start_engine: StartEngine) -> None:
    engine = start_engine()
    second = floor.add_switch("two")
    until(lambda: second in engine.ready_switches(), "the new switch is ours too")


# -- a caller ------------------------------------------------------------------------------------


def test_a_caller_whose_dialplan_forgot_a_mark_is_marked_before_anything_else_and_somebody_is_told(
    floor: Floor, start_engine: StartEngine, db: Database
) -> None:
    engine = start_engine()
    engine.dispatcher.put(floor.arrival("100", unmarked=("rdnis", "park_after_bridge")))
    until(lambda: len(link_of(engine, floor).sent) == 3, "he is served")
    assert link_of(engine, floor).kinds() == ["Mark", "Play", "PushDeadman"]
    alarm = db.one("SELECT kind, details FROM alarm")
    assert alarm["kind"] == "leg_without_marks"
    assert alarm["details"] == "rdnis, park_after_bridge: not set by the dialplan for '100'"


def test_a_mark_that_every_caller_lacks_is_one_alarm_whichever_worker_serves_him(
    floor: Floor, start_engine: StartEngine, db: Database
) -> None:
    engine = start_engine()
    for worker in engine.workers[:3]:
        worker.handle(floor.arrival("100", unmarked=("rdnis",)))
    for _ in range(12):
        engine.dispatcher.put(floor.arrival("100", unmarked=("rdnis",)))
    until(lambda: link_of(engine, floor).kinds().count("PushDeadman") == 15, "all are served")
    assert [row["kind"] for row in db.rows("SELECT kind FROM alarm")] == ["leg_without_marks"]


def test_a_mark_that_every_caller_lacks_is_told_though_the_first_of_them_could_not_be_served(
    floor: Floor, start_engine: StartEngine, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was decided on him came to nothing, and his alarm with it: the next one tells it, before an hour is over."""
    monkeypatch.setattr(seldom, "UNSAVED_S", 0.0)
    there = floor.arrive()
    engine = start_engine()
    engine.dispatcher.put(floor.arrival(leg_id=floor.customer(there), unmarked=("rdnis",)))  # of another call for ever
    until(lambda: db.rows("SELECT 1 FROM alarm WHERE kind = 'event_failed'"), "he is not served")
    for _ in range(2):
        engine.dispatcher.put(floor.arrival("100", unmarked=("rdnis",)))
        until(lambda: db.rows("SELECT 1 FROM alarm WHERE kind = 'leg_without_marks'"), "it is told")
    until(lambda: link_of(engine, floor).kinds().count("PushDeadman") == 2, "both are served")
    assert db.value("SELECT count(*) FROM alarm WHERE kind = 'leg_without_marks'") == 1


# -- a fault -------------------------------------------------------------------------------------


def test_an_event_that_fails_leaves_an_alarm_and_a_look_and_stops_nobody(
    floor: Floor, start_engine: StartEngine, monkeypatch: pytest.MonkeyPatch, db: Database
) -> None:
    decide = deciding_module.decide
    call_id = floor.arrive()
    engine = start_engine()
    link = link_of(engine, floor)

    def faulty(view: Any, event: Any, *rest: Any) -> Any:
        if isinstance(event, events.SoundStarted):
            raise ZeroDivisionError("a fault of ours")
        return decide(view, event, *rest)

    monkeypatch.setattr(deciding_module, "decide", faulty)
    customer = floor.customer(call_id)
    link.sights[customer] = "gone"  # he left meanwhile: the look finds it
    engine.dispatcher.put(events.SoundStarted(call_id=call_id, leg_id=customer, **floor.at()))
    until(lambda: db.value("SELECT phase FROM call") == "ended", "the look has told what is true")
    until(lambda: db.rows("SELECT 1 FROM alarm"), "somebody is told")
    alarm = db.one("SELECT kind, call_id, details FROM alarm")
    assert (alarm["kind"], alarm["call_id"]) == ("event_failed", call_id)
    assert "SoundStarted: ZeroDivisionError: a fault of ours" in alarm["details"]
    engine.dispatcher.put(floor.arrival())
    until(lambda: db.value("SELECT count(*) FROM call") == 2, "the next call arrives")
    assert not engine.failed.is_set()


def test_a_look_that_fails_does_not_cause_the_next_one(
    floor: Floor, start_engine: StartEngine, monkeypatch: pytest.MonkeyPatch, db: Database
) -> None:
    looks: list[str] = []

    def faulty(view: Any, event: Any, *rest: Any) -> Any:
        looks.append(event.call_id)
        raise ZeroDivisionError("a fault of ours")

    call_id = floor.arrive()
    monkeypatch.setattr(deciding_module, "decide", faulty)
    engine = start_engine()
    engine.verifier.verify(call_id)
    until(lambda: db.rows("SELECT 1 FROM alarm"), "somebody is told")
    assert no_more(lambda: len(looks) > 1)


def test_an_offer_that_fails_whenever_it_is_told_is_one_alarm(
    floor: Floor, start_engine: StartEngine, monkeypatch: pytest.MonkeyPatch, db: Database
) -> None:
    """It has no leg, so match() finds it every second for as long as its call waits."""
    tried: list[str] = []

    def faulty(view: Any, event: Any, *rest: Any) -> Any:
        tried.append(type(event).__name__)
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(offers, "AGAIN_S", 0.0)
    floor.add_agent("ann")
    floor.arrive()
    floor.match(tell=False)
    db.run("UPDATE offer SET made_at = made_at - interval '2 s'")
    monkeypatch.setattr(deciding_module, "decide", faulty)
    engine = start_engine(sweep_ms=20)
    until(lambda: tried.count("OfferMade") > 20, "it is told again and again")
    until(lambda: db.rows("SELECT 1 FROM alarm WHERE details LIKE 'OfferMade%%'"), "somebody is told")
    engine.stop()
    assert db.value("SELECT count(*) FROM alarm WHERE details LIKE 'OfferMade%%'") == 1


def test_a_switch_that_restarted_ends_its_calls_and_frees_its_agents(
    floor: Floor, start_engine: StartEngine, db: Database
) -> None:
    agents = [floor.add_agent(login) for login in ("ann", "bob")]
    talking, ringing, waiting = floor.arrive(), floor.arrive(), floor.arrive()
    floor.match()
    floor.bridge(talking)
    engine = start_engine()
    for call_id in (talking, ringing, waiting):
        engine.dispatcher.put(events.SwitchRestarted(call_id=call_id, at=floor.at()["at"]))
    until(lambda: not db.rows("SELECT 1 FROM call WHERE ended_at IS NULL"), "every call is over")
    assert {row["outcome"] for row in db.rows("SELECT outcome FROM call")} == {"switch_restarted"}
    assert [floor.agent(agent_id)["activity"] for agent_id in agents] == ["idle", "idle"]
    assert db.rows("SELECT 1 FROM leg WHERE seen <> 'gone' OR command IS NOT NULL") == []
    assert db.rows("SELECT 1 FROM offer WHERE outcome IS NULL") == []
    assert link_of(engine, floor).sent == [], "there is nobody to command"


# -- stopping ------------------------------------------------------------------------------------


def test_what_was_heard_before_the_stop_is_written_before_the_end(
    floor: Floor, start_engine: StartEngine, db: Database
) -> None:
    engine = start_engine(sweep_ms=50)
    for _ in range(30):
        engine.dispatcher.put(floor.arrival())
    engine.stop()
    assert db.value("SELECT count(*) FROM call") == 30


def test_a_stopped_engine_leaves_no_connection_behind(floor: Floor, start_engine: StartEngine, db: Database) -> None:
    engine = start_engine(sweep_ms=50)
    floor.close()
    engine.stop()
    ours = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'freeswitch-cc' AND datname = current_database()"
    until(lambda: not db.rows(ours), "all are closed")


def test_a_time_zone_that_the_database_does_not_know_is_told_when_an_engine_starts(
    floor: Floor, start_engine: StartEngine, db: Database
) -> None:
    db.run("UPDATE center SET timezone = 'Europe/Nowhere'")
    try:
        start_engine()
        (alarm,) = db.rows("SELECT kind, details FROM alarm")
        assert alarm["kind"] == "timezone_unknown"
        assert "Europe/Nowhere" in alarm["details"]
    finally:
        db.run("UPDATE center SET timezone = 'UTC'")
