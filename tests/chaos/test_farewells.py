"""Ends of a call that no agent has answered: what its queues allow, heard to the end and not too soon, is no loss."""

import pytest

from freeswitch_cc.core.farewell_sounds import TURNED_AWAY
from tests.chaos.farewells import allowed
from tests.chaos.fates import End, Fate, Fates
from tests.chaos.made_up import CUSTOMER, MadeUp
from tests.chaos.plan import draw_plan
from tests.chaos.plan_queues import (
    ANNOUNCEMENTS,
    BOXES,
    BUSY,
    CLOSED,
    DESERTED,
    NOT_THERE,
    NUMBERS,
    OPEN,
    QUEUES,
    REFUSAL_MS,
    TARGETS,
    Queue,
)

SOUND, LASTS_MS = next(iter(ANNOUNCEMENTS.items()))
NOTES = BOXES[0]
PATH = f"{NOTES.directory}/{CUSTOMER}.wav"


def queue(name: str = "queue0", **said: object) -> Queue:
    given: dict[str, object] = {
        "name": name,
        "strategy": "random",
        "is_last_agent_first": False,
        "asks_french": 0,
        "open_ms": 0,
        "ring_ms": 1_000,
        "priority": 0,
        "wrap_up": None,
        "wrap_up_ms": None,
    }
    return Queue(**given | said)  # type: ignore[arg-type]


def too_long(target: str, max_wait_ms: int = 1_000) -> tuple[Queue, ...]:
    return (queue(max_wait_ms=max_wait_ms, overflow={"too_long": target}),)


def closed(target: str = "") -> tuple[Queue, ...]:
    return (queue("shut", is_closed=True, overflow={"closed": target} if target else {}),)


def end_of(run: MadeUp) -> End:
    (end,) = Fates(run.judged()).all()
    return end


def told(queues: tuple[Queue, ...], sound: str, from_ms: float, for_ms: float) -> MadeUp:
    """He waits, hears this instead of his music, and is hung up by an engine."""
    run = MadeUp(queues=queues)
    run.tell(from_ms - 20, "PLAYBACK_STOP")
    run.tell(from_ms, "PLAYBACK_START", detail=sound)
    run.tell(from_ms + for_ms, "PLAYBACK_STOP", detail=sound)
    run.kill(from_ms + for_ms + 100, run.customer)
    return run


def recorded(queues: tuple[Queue, ...], for_ms: float) -> MadeUp:
    run = MadeUp(queues=queues)
    run.tell(2_000, "PLAYBACK_STOP")
    run.tell(2_000, "RECORD_START", detail=PATH)
    run.tell(2_000 + for_ms, "RECORD_STOP", detail=PATH)
    run.kill(2_100 + for_ms, run.customer)
    return run


# -- what the plan allows ------------------------------------------------------------------------


def test_a_queue_that_keeps_every_call_allows_nothing() -> None:
    found = allowed(draw_plan(1, 10).queues, NUMBERS[0])
    assert (found.sounds, found.boxes) == ({}, {})


def test_waits_of_queues_that_lead_to_each_other_are_counted_together() -> None:
    queues = (
        queue("one", max_wait_ms=1_000, overflow={"too_long": "queue:other"}),
        queue("other", max_wait_ms=500, overflow={"too_long": f"announcement:{SOUND}", "full": "voicemail:notes"}),
    )
    found = allowed(queues, NUMBERS[0])
    assert found.sounds == {SOUND: 1_500}
    assert found.boxes == {"notes": 1_000}


@pytest.mark.parametrize("target", ["", "agent:ann", "queue:other"])
def test_who_finds_a_shut_queue_with_no_sure_way_out_may_be_turned_away_at_once(target: str) -> None:
    assert allowed((*closed(target), queue("other")), NUMBERS[0]).sounds == {TURNED_AWAY: 0}


def test_every_reason_is_drawn_with_every_target_whatever_the_seed() -> None:
    for seed in range(20):
        queues = draw_plan(seed, 10).queues
        assert len(queues) == QUEUES
        assert all(not one.overflow and not one.is_closed for one in queues[:OPEN])
        for first, reason in ((BUSY, "full"), (BUSY, "too_long"), (CLOSED, "closed"), (DESERTED, "nobody")):
            kinds = {one.overflow.get(reason, "").partition(":")[0] for one in queues[first : first + len(TARGETS)]}
            assert kinds == {"queue", "agent", "number", "announcement", "voicemail", ""}, (seed, reason)


# -- what came of it -----------------------------------------------------------------------------


def test_an_announcement_that_was_heard_to_its_end_is_a_proper_end() -> None:
    run = told(too_long(f"announcement:{SOUND}"), SOUND, 1_050, LASTS_MS)
    assert end_of(run).fate is Fate.TOLD


def test_an_announcement_that_was_cut_off_is_a_loss() -> None:
    end = end_of(told(too_long(f"announcement:{SOUND}"), SOUND, 1_050, LASTS_MS - 100))
    assert (end.fate, "cut off" in end.why) == (Fate.LOST, True)


def test_one_that_was_cut_off_and_begun_anew_is_a_proper_end() -> None:
    run = MadeUp(queues=too_long(f"announcement:{SOUND}"))
    for from_ms, for_ms in ((1_050, 100), (2_000, LASTS_MS)):
        run.tell(from_ms, "PLAYBACK_START", detail=SOUND)
        run.tell(from_ms + for_ms, "PLAYBACK_STOP", detail=SOUND)
    run.kill(4_000, run.customer)
    assert end_of(run).fate is Fate.TOLD


def test_who_is_sent_away_before_he_has_waited_so_long_is_lost() -> None:
    end = end_of(told(too_long(f"announcement:{SOUND}"), SOUND, 900, LASTS_MS))
    assert (end.fate, end.why) == (Fate.LOST, "he had waited 900 ms, and 1000 ms is the least")


def test_what_nothing_in_his_queues_says_is_a_loss() -> None:
    assert end_of(told((queue(),), SOUND, 5_000, LASTS_MS)).fate is Fate.LOST


@pytest.mark.parametrize(
    ("queues", "fate"),
    [
        (closed(), Fate.TURNED_AWAY),
        (closed(f"announcement:{NOT_THERE}"), Fate.TURNED_AWAY),
        (closed("voicemail:unwritable"), Fate.TURNED_AWAY),
        (closed("queue:queue0"), Fate.LOST),
        ((queue(),), Fate.LOST),
    ],
)
def test_tones_that_say_no_are_a_proper_end_where_there_is_no_other(queues: tuple[Queue, ...], fate: Fate) -> None:
    assert end_of(told((*queues, queue("queue0")), TURNED_AWAY, 200, REFUSAL_MS)).fate is fate


@pytest.mark.parametrize(("for_ms", "fate"), [(NOTES.longest_ms, Fate.RECORDED), (500, Fate.LOST)])
def test_a_message_that_was_recorded_as_long_as_it_may_be_is_a_proper_end(for_ms: int, fate: Fate) -> None:
    assert end_of(recorded(closed("voicemail:notes"), for_ms)).fate is fate


def test_a_message_in_a_box_that_no_queue_of_his_names_is_a_loss() -> None:
    assert end_of(recorded(closed("voicemail:short"), NOTES.longest_ms)).fate is Fate.LOST


def test_being_recorded_is_being_somewhere() -> None:
    run = recorded(closed("voicemail:notes"), 8_000)
    assert end_of(run).silence_ms == 100
