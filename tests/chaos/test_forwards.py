"""Callers for whom a number was called: how a talk with it may end, where they go on. With a record made by hand."""

import pytest

from freeswitch_cc.core.farewell_sounds import TURNED_AWAY
from tests.chaos.farewells import allowed
from tests.chaos.fates import End, Fate, Fates
from tests.chaos.forwards import broken_forwards
from tests.chaos.made_up import CUSTOMER, MadeUp
from tests.chaos.plan import draw_plan
from tests.chaos.plan_numbers import MOMENTS
from tests.chaos.plan_queues import NUMBERS, Queue
from tests.chaos.test_farewells import queue
from tests.chaos.verdict import judge
from tests.chaos.witness import RESTARTED

TO = "number:+9991000100"
PHONE = "number-1-phone"


def talking(talk_ms: float | None = None, cause: str = "NORMAL_CLEARING", by: str = "recv_bye") -> MadeUp:
    """The number answers at 1000 ms, they talk from 1050 ms on; talk_ms: for so long."""
    run = MadeUp(queues=queues("too_long"))
    number = run.forward(900, answers_ms=1_000)
    run.bridge(1_050, number)
    if talk_ms is not None:
        run.hang_up(1_050 + talk_ms, number, cause, by)
    return run


def queues(reason: str, **overflow: str) -> tuple[Queue, ...]:
    limit = {"closed": {"is_closed": True}, "full": {"max_length": 1}, "too_long": {"max_wait_ms": 800}}.get(reason, {})
    return queue("one", overflow={reason: TO} | overflow, **limit), queue("other")


def end_of(run: MadeUp, ms: float = 0) -> End:
    if ms:
        run.kill(ms, run.customer)
    return next(end for end in Fates(run.judged()).all())


def sentences(run: MadeUp) -> list[str]:
    return [fault.sentence for fault in broken_forwards(run.judged())]


# -- the talk ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("talk_ms", "cause", "by", "fate"),
    [
        (2_000, "NORMAL_CLEARING", "recv_bye", Fate.SERVED),
        (200, "NORMAL_CLEARING", "recv_bye", Fate.LOST),  # nobody has served him
        (2_000, "NORMAL_CLEARING", "send_bye", Fate.LOST),  # somebody's uuid_kill
        (2_000, "MEDIA_TIMEOUT", "send_bye", Fate.LOST),
        (14_500, "ALLOTTED_TIMEOUT", "send_bye", Fate.SERVED),
        (9_000, "ALLOTTED_TIMEOUT", "send_bye", Fate.LOST),
    ],
)
def test_a_talk_with_a_number_ends_by_its_hand_or_its_limit(talk_ms: float, cause: str, by: str, fate: Fate) -> None:
    assert end_of(talking(talk_ms, cause, by), 1_070 + talk_ms).fate is fate


def test_a_number_that_hangs_up_with_him_on_hold_has_not_ended_the_call() -> None:
    run = talking()
    run.tell(2_000, "CHANNEL_HOLD", of="number-1")
    run.hang_up(3_000, run.record.channels["number-1"])
    assert end_of(run, 3_050).fate is Fate.LOST


def test_who_is_killed_while_his_number_rings_or_talks_is_lost() -> None:
    ringing = MadeUp(queues=queues("too_long"))
    ringing.forward(900)
    assert end_of(ringing, 1_200).fate is Fate.LOST
    assert end_of(talking(), 2_000).fate is Fate.LOST


# -- what he may be told -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "overflow", "sounds", "boxes"),
    [
        ("closed", {}, {TURNED_AWAY: 0}, {}),
        ("closed", {"not_reached": "announcement:x"}, {"x": 0}, {}),
        ("full", {"not_reached": "queue:other"}, {TURNED_AWAY: 0}, {}),
        ("too_long", {}, {}, {}),
        ("too_long", {"not_reached": "voicemail:notes"}, {}, {"notes": 800}),
    ],
)
def test_a_number_that_is_not_reached_lets_him_be_told_what_his_queue_says(
    reason: str, overflow: dict[str, str], sounds: dict[str, int], boxes: dict[str, int]
) -> None:
    found = allowed(queues(reason, **overflow), NUMBERS[0])
    assert (found.sounds, found.boxes) == (sounds, boxes)


# -- where he goes on ----------------------------------------------------------------------------


def test_a_number_is_called_as_often_as_overflows_name_it() -> None:
    run = MadeUp(queues=queues("too_long"))
    run.forward(900)
    assert sentences(run) == []
    run.forward(2_000)
    assert sentences(run) == [f"{TO} was called 2 times for one caller, and 1 overflows name it"]


def test_a_number_is_called_for_a_caller_who_is_there() -> None:
    run = MadeUp(queues=queues("closed"))
    run.forward(900)
    run.customer.facts[:] = [fact for fact in run.customer.facts if fact.name == "CHANNEL_CREATE"]
    assert sentences(run) == [f"{TO} was called, and there was no caller"]


@pytest.mark.parametrize(
    ("reason", "overflow", "then", "faults"),
    [
        ("too_long", {}, ("one", "returned"), 0),
        ("nobody", {}, ("one", "returned"), 0),
        ("closed", {}, ("one", "returned"), 1),
        ("full", {}, ("one", "returned"), 1),
        ("too_long", {}, ("other", "returned"), 1),
        ("too_long", {}, ("other", "overflow"), 1),
        ("too_long", {"not_reached": "queue:other"}, ("other", "overflow"), 0),
        ("closed", {"not_reached": "agent:ann"}, ("agent:ann", "overflow"), 0),
        ("closed", {"not_reached": "announcement:x"}, ("other", "overflow"), 1),
    ],
)
def test_he_is_back_at_the_head_or_where_his_queue_says(
    reason: str, overflow: dict[str, str], then: tuple[str, str], faults: int
) -> None:
    run = MadeUp(queues=queues(reason, **overflow))
    run.visit("one", 50, 900, left_reason=reason)
    run.hang_up(1_500, run.forward(905), "NO_ANSWER", by="send_cancel")
    run.visit(then[0], 1_510, None, entry_reason=then[1])
    assert len(sentences(run)) == faults


def test_whom_a_queue_on_the_way_led_to_a_number_is_back_in_the_queue_that_he_left() -> None:
    run = MadeUp(queues=(queue("one", overflow={"too_long": "queue:shut"}), queue("shut", overflow={"closed": TO})))
    run.visit("one", 50, 900, left_reason="too_long")
    run.visit("shut", 900, 900.001, left_reason="closed", entry_reason="passed")
    run.hang_up(1_500, run.forward(905), "NO_ANSWER", by="send_cancel")
    run.visit("one", 1_510, None, entry_reason="returned")
    assert sentences(run) == []


@pytest.mark.parametrize(("lasts_ms", "faults"), [(13_900, 0), (14_100, 1)])
def test_who_is_left_without_a_next_step_is_found(lasts_ms: int, faults: int) -> None:
    """After the time in which a look finds what nobody has told."""
    run = MadeUp(queues=queues("too_long"), lasts_ms=lasts_ms)
    run.hang_up(5_000, run.forward(900), "NO_ANSWER", by="send_cancel")
    assert judge(run.judged()).counts["left_waiting"] == faults


def test_who_goes_on_or_ends_with_his_switch_is_not_left() -> None:
    run = MadeUp(queues=queues("too_long"))
    run.hang_up(2_000, run.forward(900), "NO_ANSWER", by="send_cancel")
    run.visit("one", 2_010, None, entry_reason="returned")
    assert sentences(run) == []
    run = MadeUp(queues=queues("too_long"))
    run.forward(900)
    run.tell(2_000, RESTARTED, of="number-1")
    assert sentences(run) == []
    run = MadeUp(queues=queues("closed"))
    run.hang_up(2_000, run.forward(900), "NO_ANSWER", by="send_cancel")
    run.record.calls.append({"call_id": CUSTOMER, "outcome": "turned_away", "origin": "inbound", "step": None})
    assert sentences(run) == []


# -- what is drawn -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_numbers_do_everything_at_every_moment(seed: int) -> None:
    plan = draw_plan(seed, 300)
    acts = {act.what for answer in plan.answers for act in answer.acts}
    assert acts == {"hang_up", "die", "hold", "unhold", "refer", "press"}
    for what in ("hang_up", "die"):
        assert {answer.since for answer in plan.answers if answer.acts[0].what == what} == set(MOMENTS)
    numbers = [text for one in plan.queues for reason, text in one.overflow.items() if text.startswith("number:")]
    assert len(numbers) >= 4, "one for each reason"
    assert any(text.startswith("number:+9991") for text in numbers), "one answers"
    assert any(text[:12] not in ("number:+9991", "number:+9996") for text in numbers), "one is not reached"
    assert any(
        queue.overflow.get(reason, "").startswith("number:") and "not_reached" not in queue.overflow
        for queue in plan.queues
        for reason in ("nobody", "too_long")
    ), "and its callers come back"
    assert sum(plan.queues[NUMBERS.index(c.number)].overflow != {} for c in plan.callers if c.number in NUMBERS) > 100
