"""What nobody came back for is found, and what may be is not; and a run that tried too little says so."""

from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.counted import FROM_CALLS, MUST_BE_SEEN, counted, unseen
from tests.chaos.fates import Fates
from tests.chaos.made_up import CUSTOMER, MadeUp, at, moment
from tests.chaos.plan import Agent, draw_plan
from tests.chaos.plan_callers import Caller
from tests.chaos.plan_phones import PhoneAct
from tests.chaos.plan_queues import BOXES
from tests.chaos.record import Record
from tests.chaos.test_farewells import queue
from tests.chaos.verdict import MUST_BE_ZERO, judge
from tests.chaos.witness import RESTARTED

PATH = f"{BOXES[0].directory}/{CUSTOMER}.wav"


def faults_of(record: Record) -> dict[str, int]:
    counts = judge(record).counts
    return {name: counts[name] for name in MUST_BE_ZERO if counts[name]}


# -- callers -------------------------------------------------------------------------------------


def waiting(target: str, *, since_ms: float, others: int = 0, **said: Any) -> Record:
    """He waits in a queue that keeps a call for 1 s. others: so many wait in the queue `other`."""
    run = MadeUp(queues=(queue("one", max_wait_ms=1_000, overflow={"too_long": target}), queue("other", max_length=2)))
    record = run.judged()
    rows = [{"call_id": CUSTOMER, "queue": "one", "entered_at": moment(60_000 - since_ms), "is_offered": False} | said]
    rows += [{**rows[0], "queue": "other"} for _ in range(others)]
    record.snapshots[-1] = replace(record.snapshots[-1], waiting=tuple(rows), staffed=frozenset({"other"}))
    return record


@pytest.mark.parametrize(("since_ms", "faults"), [(7_900, {}), (8_100, {"left_waiting": 1})])
def test_a_caller_whose_overflow_is_long_due_is_found(since_ms: float, faults: dict[str, int]) -> None:
    assert faults_of(waiting("voicemail:notes", since_ms=since_ms)) == faults


def test_a_caller_for_whom_a_phone_rings_stays() -> None:
    assert faults_of(waiting("voicemail:notes", since_ms=20_000, is_offered=True)) == {}


@pytest.mark.parametrize(("others", "faults"), [(1, {"left_waiting": 1}), (2, {})])
def test_a_caller_stays_while_the_queue_that_he_would_go_to_is_full(others: int, faults: dict[str, int]) -> None:
    assert faults_of(waiting("queue:other", since_ms=20_000, others=others)) == faults


def stayed(target: str, for_ms: float | None, *, watched_ms: float = 60_000) -> MadeUp:
    """In a queue that keeps a call for 1 s, from 2000 ms on."""
    run = MadeUp(queues=(queue("one", max_wait_ms=1_000, overflow={"too_long": target}), queue("other")))
    run.record.watched = [(at(0), at(watched_ms))]
    run.visit("one", 2_000, None if for_ms is None else 2_000 + for_ms)
    return run


@pytest.mark.parametrize(
    ("target", "for_ms", "faults"),
    [
        ("voicemail:notes", 7_900, 0),
        ("voicemail:notes", 8_100, 1),
        ("voicemail:notes", None, 1),
        ("queue:other", 20_000, 0),  # it may have been full at any moment
    ],
)
def test_a_caller_who_waited_for_too_long_at_any_time_is_found(target: str, for_ms: float | None, faults: int) -> None:
    assert judge(stayed(target, for_ms).judged()).counts["left_waiting"] == faults


def test_waiting_that_nobody_could_have_ended_does_not_count() -> None:
    assert judge(stayed("voicemail:notes", 20_000, watched_ms=4_000).judged()).counts["left_waiting"] == 0


# -- messages ------------------------------------------------------------------------------------


def recording(*, stops_ms: float | None = 3_000) -> MadeUp:
    run = MadeUp()
    run.tell(2_000, "RECORD_START", detail=PATH)
    if stops_ms is not None:
        run.tell(stops_ms, "RECORD_STOP", detail=PATH)
        run.tell(stops_ms, "PLAYBACK_START")
    return run


def note(run: MadeUp, path: str = PATH) -> None:
    run.record.messages.append({"call_id": CUSTOMER, "box": "notes", "path": path, "ms": 1_000, "at": moment(2_000)})


def test_a_message_with_its_row_is_no_fault() -> None:
    run = recording()
    note(run)
    assert faults_of(run.judged()) == {}


@pytest.mark.parametrize(("stops_ms", "lost"), [(3_000, 1), (2_150, 0)])
def test_a_message_that_no_row_tells_of_is_lost(stops_ms: float, lost: int) -> None:
    assert judge(recording(stops_ms=stops_ms).judged()).counts["messages_lost"] == lost


def test_a_message_that_was_recorded_over_is_lost() -> None:
    run = recording()
    note(run)
    run.tell(4_000, "RECORD_START", detail=PATH)
    assert judge(run.judged()).counts["messages_lost"] == 1


def test_a_message_that_ended_with_its_switch_is_not_ours() -> None:
    run = recording(stops_ms=None)
    run.tell(6_000, RESTARTED)
    assert judge(run.judged()).counts["messages_lost"] == 0


# -- phones --------------------------------------------------------------------------------------


ANN = Agent(
    login="ann",
    behaviour="answer",
    french=0,
    queues=(),
    wrap_up="none",
    wrap_up_ms=0,
    max_misses=1,
    asked=(),
    turns=(),
    phone=(PhoneAct(at_ms=0, what="register"),),
)


def with_phone(*, is_there: bool, is_written: bool, presence: str, reason: str = "", since_ms: float = 1_000) -> Record:
    run = MadeUp()
    run.record.plan = replace(run.record.plan, agents=(ANN,))
    run.is_now("ann", "idle", since_ms, None)
    run.agents[-1] |= {"presence": presence, "reason": reason}
    record = run.judged()
    there, written = frozenset({"ann"} if is_there else ()), frozenset({"ann"} if is_written else ())
    record.snapshots[-1] = replace(record.snapshots[-1], registered=there, written_registered=written)
    return record


@pytest.mark.parametrize(
    ("is_there", "is_written", "presence", "reason", "faults"),
    [
        (True, True, "available", "", 0),
        (False, False, "not_ready", "device_down", 0),
        (True, True, "not_ready", "meal", 0),
        (True, True, "not_ready", "device_down", 1),
        (False, False, "available", "", 1),
        (True, False, "available", "", 1),
        (False, True, "not_ready", "device_down", 1),
    ],
)
def test_what_is_made_of_a_phone_must_be_true_of_it(
    is_there: bool, is_written: bool, presence: str, reason: str, faults: int
) -> None:
    record = with_phone(is_there=is_there, is_written=is_written, presence=presence, reason=reason)
    assert judge(record).counts["agents_left_out"] == faults


@pytest.mark.parametrize(("since_ms", "faults"), [(54_900, 1), (55_100, 0)])
def test_an_agent_who_has_just_become_available_is_looked_at_soon(since_ms: float, faults: int) -> None:
    record = with_phone(is_there=False, is_written=False, presence="available", since_ms=since_ms)
    assert judge(record).counts["agents_left_out"] == faults


@pytest.mark.parametrize(
    ("gone_ms", "back_ms", "faults"), [(1_000, 30_000, 0), (1_000, 2_000, 1), (1_000, None, 0), (None, None, 1)]
)
def test_an_agent_who_stays_out_though_his_phone_is_back_is_found(
    gone_ms: float | None, back_ms: float | None, faults: int
) -> None:
    """He is not ready (device_down) from 1000 to 12000 ms."""
    run = MadeUp()
    run.record.plan = replace(run.record.plan, agents=(ANN,))
    for ms, what in ((0, "register"), (gone_ms, "expire"), (back_ms, "register")):
        if ms is not None:
            run.do(ms, "ann", what, "")
    for begin, activity in ((1_000, "idle"), (5_000, "wrap_up")):
        end = 5_000 if begin == 1_000 else 12_000
        run.was("ann", activity, begin, end, None, presence="not_ready", reason="device_down")
    assert judge(run.judged()).counts["agents_left_out"] == faults


def test_a_feature_code_that_is_waited_for_too_long_is_found() -> None:
    run = MadeUp()
    code = run.channel("code", "sofia/internal/999@127.0.0.1", role="feature", call="code")
    run.tell(1_000, "CHANNEL_CREATE", "CHANNEL_ANSWER", "CHANNEL_PARK", of="code")
    run.hang_up(7_500, code, "NORMAL_TEMPORARY_FAILURE", by="send_bye")
    assert judge(run.judged()).counts["parked_legs_without_owner"] == 1


# -- what was tried ------------------------------------------------------------------------------


def big(callers: int) -> Record:
    """Nothing of what was drawn has come to pass."""
    run = MadeUp()
    caller: Caller = run.record.plan.callers[0]
    run.record.plan = replace(
        run.record.plan, callers=(caller,) * callers, storms=draw_plan(1, 10).storms, agents=draw_plan(1, 10).agents
    )
    return run.judged()


@pytest.mark.parametrize(("callers", "is_told"), [(FROM_CALLS - 1, False), (FROM_CALLS, True)])
def test_a_run_that_has_not_tried_a_kind_says_so(callers: int, is_told: bool) -> None:
    record = big(callers)
    assert bool(unseen(record, counted(record, Fates(record).all()))) is is_told
    verdict = judge(record)
    assert verdict.is_good is not is_told
    assert verdict.says_nothing is is_told
    assert all(name in verdict.counts for name in MUST_BE_SEEN)


def test_what_is_counted_is_told_from_what_came_of_it() -> None:
    record = big(FROM_CALLS)
    record.kills_us.append(at(2_500))
    record.visits = [
        {"queue": "queue10", "left_reason": "closed", "entry_reason": "inbound"},
        {"queue": "agent:ann", "left_reason": "not_taken", "entry_reason": "overflow"},
    ]
    record.calls = [
        {"call_id": CUSTOMER, "outcome": "voicemail", "origin": "inbound", "called_back_at": None, "step": None},
        {"call_id": "x", "outcome": None, "origin": "outbound", "called_back_at": moment(1), "step": None},
    ]
    record.requests = [
        {"kind": "dial", "state": "refused", "asked_by": "chaos"},
        {"kind": "login", "state": "done", "asked_by": "phone user/ann@there"},
    ]
    run = MadeUp()
    run.record = record
    run.tell(2_000, "RECORD_START", detail=PATH)
    run.hang_up(3_000, record.channels[CUSTOMER])
    run.do(100, "ann", "expire", "")
    run.do(200, "ann", "*41", "")
    counts = {name: times for name, times in counted(record, Fates(record).all()).items() if times}
    assert counts == {
        "overflowed_closed": 1,
        "overflowed_not_taken": 1,
        "to_agent": 1,
        "to_voicemail": 1,
        "farewells_cut_by_a_death_or_restart": 1,
        "calls_outbound": 1,
        "calls_refused": 1,
        "called_back": 1,
        "phones_expired": 1,
        "codes_dialled": 1,
        "codes_done": 1,
    }
