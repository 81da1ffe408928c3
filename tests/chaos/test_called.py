"""Numbers that agents have called: customers from their answer on. Each way to end, with a record made by hand."""

import pytest

from tests.chaos.fates import Fate, Fates
from tests.chaos.made_up import DIALLED, MadeUp
from tests.chaos.verdict import judge
from tests.chaos.witness import RESTARTED

PHONE = f"{DIALLED}-phone"
OWN, BACK = "leg-of-ann", "second-leg-of-ann"


def fate_of(run: MadeUp) -> Fate:
    return next(end.fate for end in Fates(run.judged()).all() if end.customer.is_called)


def dialled(*, talks: bool = True, number: str = "9991000100") -> MadeUp:
    """`ann` has called a number that answered at 1000 ms; talks: they talk from 1050 ms on."""
    run = MadeUp()
    run.dial(number=number)
    if talks:
        run.bridge(1_050, run.record.channels[OWN], DIALLED)
    return run


def kill(run: MadeUp, ms: float) -> MadeUp:
    run.kill(ms, run.record.channels[DIALLED])
    return run


def lose_agent(run: MadeUp, ms: float, cause: str = "MEDIA_TIMEOUT", by: str = "send_bye") -> None:
    run.hang_up(ms, run.record.channels[OWN], cause, by=by)


def test_a_number_that_has_not_answered_is_no_customer() -> None:
    run = dialled(talks=False)
    run.record.channels[DIALLED].facts[:] = run.record.channels[DIALLED].facts[:2]
    kill(run, 1_500)
    assert not [end for end in Fates(run.judged()).all() if end.customer.is_called]


def test_who_was_killed_while_his_agent_was_there_is_lost() -> None:
    assert fate_of(kill(dialled(), 3_000)) is Fate.LOST


@pytest.mark.parametrize("talks", [False, True])
def test_an_agent_who_hangs_up_by_hand_has_ended_the_call_however_short_it_was(talks: bool) -> None:
    run = dialled(talks=talks)
    lose_agent(run, 1_100, "NORMAL_CLEARING", "recv_bye")
    assert fate_of(kill(run, 1_150)) is Fate.GIVEN_UP


@pytest.mark.parametrize(("asked_ms", "fate"), [(1_900, Fate.GIVEN_UP), (2_200, Fate.LOST)])
def test_an_agent_who_asked_to_hang_up_has_ended_the_call(asked_ms: int, fate: Fate) -> None:
    run = dialled()
    run.do(asked_ms, "ann", "ask hang_up", OWN)
    assert fate_of(kill(run, 2_000)) is fate


@pytest.mark.parametrize("word", ["CHANNEL_HOLD", "CHANNEL_PARK"])
def test_an_agent_who_hangs_up_with_the_number_on_hold_is_to_be_called_back(word: str) -> None:
    run = dialled()
    run.tell(1_500, word, of=OWN if word == "CHANNEL_HOLD" else DIALLED)
    lose_agent(run, 2_500, "NORMAL_CLEARING", "recv_bye")
    assert fate_of(kill(run, 2_600)) is Fate.LOST


def test_an_agent_who_sent_a_refer_is_to_be_called_back() -> None:
    run = dialled()
    run.tell(2_490, "CHANNEL_HANGUP", of=f"{OWN}-phone", detail="BLIND_TRANSFER")
    lose_agent(run, 2_500, "NORMAL_CLEARING", "recv_bye")
    assert fate_of(kill(run, 2_600)) is Fate.LOST


@pytest.mark.parametrize(("ms", "fate"), [(2_500, Fate.LOST), (5_700, Fate.LOST), (5_950, Fate.GIVEN_UP)])
def test_an_agent_whose_phone_died_is_called_back_for_so_long(ms: int, fate: Fate) -> None:
    run = dialled()
    lose_agent(run, 1_900)
    assert fate_of(kill(run, ms)) is fate


def test_an_agent_who_does_not_want_to_be_called_back_has_ended_the_call() -> None:
    run = dialled()
    lose_agent(run, 1_900)
    back = run.channel(BACK, "sofia/internal/answer@ann:5080", role="agent", call=DIALLED)
    run.tell(2_400, "CHANNEL_CREATE", of=BACK)
    run.hang_up(2_500, back, "CALL_REJECTED", by="recv_refuse")
    assert fate_of(kill(run, 2_600)) is Fate.GIVEN_UP


@pytest.mark.parametrize(("died_ms", "fate"), [(990, Fate.GIVEN_UP), (1_200, Fate.LOST)])
def test_a_number_that_answers_when_its_agent_is_gone_is_let_go(died_ms: int, fate: Fate) -> None:
    run = dialled(talks=False)
    lose_agent(run, died_ms)
    assert fate_of(kill(run, 1_300)) is fate


def test_a_line_that_died_and_a_phone_that_hung_up_have_ended_the_call() -> None:
    run = dialled()
    run.do(1_990, "number", "die", DIALLED)
    run.hang_up(2_000, run.record.channels[DIALLED], "MEDIA_TIMEOUT", by="send_bye")
    assert fate_of(run) is Fate.DIED
    run = dialled()
    run.do(1_990, "number", "hang_up", PHONE)
    run.hang_up(2_000, run.record.channels[DIALLED])
    assert fate_of(run) is Fate.LEFT


@pytest.mark.parametrize(("number", "fate"), [("9991000100", Fate.LOST), ("9996000950", Fate.LEFT)])
def test_only_a_number_that_is_drawn_so_hangs_up_by_itself(number: str, fate: Fate) -> None:
    run = dialled(number=number)
    run.hang_up(2_000, run.record.channels[DIALLED])
    assert fate_of(run) is fate


@pytest.mark.parametrize(("ms", "fate"), [(16_000, Fate.LIMITED), (14_000, Fate.LOST)])
def test_no_call_to_a_number_lasts_longer_than_it_may(ms: int, fate: Fate) -> None:
    run = dialled()
    run.hang_up(ms, run.record.channels[DIALLED], "ALLOTTED_TIMEOUT", by="send_bye")
    assert fate_of(run) is fate


def test_a_number_that_ended_with_its_switch_is_not_lost() -> None:
    run = dialled()
    run.tell(2_000, RESTARTED, of=DIALLED)
    assert fate_of(run) is Fate.RESTARTED


@pytest.mark.parametrize(("alone_ms", "faults"), [(12_500, 0), (13_500, 1)])
def test_a_number_that_is_with_nobody_for_longer_than_anybody_is_called_back_has_no_owner(
    alone_ms: int, faults: int
) -> None:
    run = dialled(talks=False)
    lose_agent(run, 1_500)
    run.tell(1_100, "PLAYBACK_START", of=DIALLED)
    run.hang_up(1_000 + alone_ms, run.record.channels[DIALLED])
    assert judge(run.judged()).counts["parked_legs_without_owner"] == faults
