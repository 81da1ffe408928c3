"""One chaos run in its order: stand, center, engine, people and storms, then calm, a look, the end, another look.

What is drawn stands in plan.py, what is judged in verdict.py.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gevent

from freeswitch_cc.config import Settings
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.engine.app import Engine
from freeswitch_cc.store.db import Session
from freeswitch_cc.testcalls.invariants import breaches
from freeswitch_cc.testcalls.until import until
from tests.chaos import plan_dials
from tests.chaos import stand as stands
from tests.chaos.center import Books
from tests.chaos.hazards import Hazards
from tests.chaos.people import People
from tests.chaos.plan import Plan
from tests.chaos.plan_phones import STRANGER
from tests.chaos.pulse import Pulse
from tests.chaos.record import Limits, Record, Snapshot
from tests.chaos.stand import Stand, running_stand
from tests.chaos.witness import Witness

LOOK_MS = 3_000
"""An engine looks around that often, for a run has no time for the usual pause."""
TIMEOUTS = Timeouts(
    # A run is short: a reply that a lie keeps back (stall) is given up soon, and what became of it is looked up. What
    # waits in line behind it is in no danger of being sent late: the pool gives that up by itself (esl.pool, line_s).
    reply_ms=800,
    bridge_ms=2_000,
    join_ms=2_000,
    park_ms=1_500,
    kill_ms=1_500,
    sound_ms=1_500,
    settle_ms=500,
    offer_grace_ms=1_000,
    connect_ms=2_000,
    heartbeat_ms=45_000,
    media_timeout_ms=stands.MEDIA_TIMEOUT_MS,
    lost_ms=20_000,
    deadman_ms=stands.DEADMAN_S * 1000,
    short_talk_ms=300,
    not_reached_ms=600,
    call_back_ms=4_000,
    announcement_ms=6_000,  # the longest is that of the tones that say no, 4 s
    recording_grace_ms=2_000,
    refused_retry_ms=500,
    busy_retry_ms=300,
    request_ms=60_000,  # nobody waits for an answer, and what was asked for while no engine ran is wanted
    sweep_ms=300,
    look_around_ms=LOOK_MS,
)
SETTLE_MS = 2_000
_SETTLED_WITHIN_MS = 15_000
_LOOK_AGAIN_S = 0.1
_TELL_EVERY_MS = 5_000

Tell = Callable[[str], None]
Make = Callable[[Settings, dict[str, str]], Engine]


@dataclass(slots=True)
class _Run:
    """What one run consists of."""

    plan: Plan
    record: Record
    stand: Stand
    books: Books
    people: People
    witness: Witness
    hazards: Hazards
    pulse: Pulse
    tell: Tell


def play(plan: Plan, url: str, tell: Tell, make: Make = Engine, config: Path | None = None) -> Record:
    """Carry a plan out on an empty, migrated database.

    For trials with something sick: make is how an engine is built, config the switch's directory instead of fs-config.
    """
    settings = Settings(database_url=url, workers=8, switch_connections=12, timeouts=TIMEOUTS)
    limits = Limits(
        short_talk_ms=TIMEOUTS.short_talk_ms,
        unhold_ms=TIMEOUTS.unhold_ms,
        ring_ms=max(queue.ring_ms for queue in plan.queues) + 2_000,  # the switch counts whole seconds
        offer_grace_ms=TIMEOUTS.offer_grace_ms,
        look_ms=LOOK_MS + 2_000,
        deadman_ms=TIMEOUTS.deadman_ms,
        settle_ms=SETTLE_MS,
        call_back_ms=TIMEOUTS.call_back_ms,
        max_call_ms=plan_dials.MAX_CALL_MS,
        feature_ms=stands.FEATURE_S * 1000,
        sound_ms=TIMEOUTS.sound_ms,
    )
    books = Books(url)
    users = tuple(agent.login for agent in plan.agents if agent.phone)
    with running_stand(plan.seed, (*users, STRANGER), config) as stand:
        people = People(plan, stand, books)
        witness = Witness(stand, people.hear)
        people.witness = witness
        books.apply(plan, stand)
        record = Record(plan=plan, limits=limits, began_us=_now_us())
        hazards = Hazards(settings, stand, witness, make)
        pulse = Pulse({"switch": lambda: stand.try_("version"), "database": books.ping}, hazards.is_ready)
        run = _Run(plan, record, stand, books, people, witness, hazards, pulse, tell)
        try:
            _play(run)
        finally:
            pulse.stop()
            people.stop()
            hazards.stop()
            witness.close()
            books.close()
    return record


def _play(run: _Run) -> None:
    run.hazards.start_engine()
    until(run.hazards.is_ready, 15_000)
    run.record.began_us = _now_us()
    run.people.start()
    run.hazards.start(run.plan.storms)
    stuck_at_ms = 2 * run.plan.horizon_ms + _SETTLED_WITHIN_MS
    while not run.people.have_all_dialled:
        until(lambda: run.people.have_all_dialled, _TELL_EVERY_MS)
        run.tell(_progress(run))
        if (_now_us() - run.record.began_us) / 1000 > stuck_at_ms:
            raise AssertionError(f"only {run.people.dialled} could call in {stuck_at_ms} ms: the run itself is stuck")
    run.hazards.calm()
    run.people.calm()
    run.tell(f"{_progress(run)}; the weather has cleared up, all settles")
    session = Session(run.books.url)
    try:
        run.record.snapshots.append(_settle(run, session, is_end=False))
        run.people.end()
        run.record.snapshots.append(_settle(run, session, is_end=True))
    finally:
        session.close()
    run.stand.count()
    _write_down(run)


def _settle(run: _Run, session: Session, *, is_end: bool) -> Snapshot:
    """Look until nothing is wrong, or until it should have come right. is_end: nobody may be left, too.

    Looked at for a while at least: an engine that is there finds in this time whom the dead-man has.
    """
    not_before = time.monotonic() + (0 if is_end else LOOK_MS / 1000)
    snapshots: list[Snapshot] = []

    def is_settled() -> bool:
        # The switch and the database are read one after the other: what changes between them is looked at again.
        gevent.sleep(_LOOK_AGAIN_S)
        snapshots[:] = [_look(run, session)]
        now = snapshots[0]
        is_good = not now.breaches and now.open_legs.issuperset(now.live_legs)
        return is_good and not (is_end and now.live_legs) and time.monotonic() >= not_before

    until(is_settled, _SETTLED_WITHIN_MS)
    return snapshots[0]


def _look(run: _Run, session: Session) -> Snapshot:
    legs = run.stand.live_legs()
    return Snapshot(
        at_us=_now_us(),
        live_legs=legs,
        open_legs=run.books.open_legs(),
        agents=run.books.agents(),
        breaches=tuple(breaches(session, legs)),
        waiting=run.books.waiting(),
        staffed=run.books.staffed(),
        registered=frozenset(a.login for a in run.plan.agents if a.phone and run.stand.is_registered(a.login)),
        written_registered=run.books.registered(),
    )


def _write_down(run: _Run) -> None:
    record, history = run.record, run.books.history()
    record.channels = {uuid: channel for uuid, channel in run.witness.channels.items() if channel.facts}
    record.jobs = run.witness.jobs
    record.deeds = run.people.deeds
    record.restarts_us, record.kills_us = run.hazards.restarts_us, run.hazards.kills_us
    record.calm_us, record.crashes = run.hazards.calm_us, run.hazards.crashes
    record.watched, record.longest_ms = run.pulse.watched, run.pulse.longest_ms
    record.lies, record.simulator_faults = run.stand.lies_told, run.stand.faults
    for name, rows in history.items():
        setattr(record, name, rows)


def _progress(run: _Run) -> str:
    now: dict[str, Any] = run.books.counts()
    return (
        f"{(_now_us() - run.record.began_us) / 1_000_000:5.0f} s: {run.people.dialled} of {len(run.plan.callers)} have "
        f"called, {now['waiting']} wait, {now['talking']} talk, {now['ready']} agents are ready; "
        f"{len(run.hazards.kills_us)} engines killed, {len(run.hazards.restarts_us)} restarts of the switch"
    )


def _now_us() -> int:
    return time.time_ns() // 1000
