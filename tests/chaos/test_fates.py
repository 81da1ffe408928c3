"""Who ended a customer's call: told from what the switch did, each way with a record made by hand."""

import pytest

from tests.chaos.fates import End, Fate, Fates
from tests.chaos.made_up import CUSTOMER, CUSTOMERS_PHONE, NUMBER, MadeUp, at
from tests.chaos.plan_queues import NOWHERE
from tests.chaos.witness import RESTARTED


def end_of(run: MadeUp) -> End:
    (end,) = Fates(run.judged()).all()
    return end


def in_talk(talk_ms: int = 2_000) -> MadeUp:
    """Agent `ann` is bridged with him at 1000 ms and hangs up by hand so many ms later; he is parked."""
    run = MadeUp()
    ann = run.agent("ann", 900)
    run.bridge(1_000, ann)
    run.hang_up(1_000 + talk_ms, ann)
    run.tell(1_020 + talk_ms, "CHANNEL_UNBRIDGE", detail=ann.uuid)
    run.tell(1_020 + talk_ms, "CHANNEL_PARK")
    return run


def test_who_hung_up_by_himself_has_left() -> None:
    run = MadeUp()
    run.do(1_990, NUMBER, "hang_up", CUSTOMERS_PHONE)
    run.hang_up(2_000, run.customer)
    assert end_of(run).fate is Fate.LEFT


def test_a_phone_that_hung_up_though_nobody_told_it_to_is_a_loss() -> None:
    run = MadeUp()
    run.hang_up(2_000, run.customer)
    assert end_of(run).fate is Fate.LOST


@pytest.mark.parametrize(("sends", "fate"), [("silent", Fate.SILENT), ("talk", Fate.LOST)])
def test_only_a_phone_that_sends_no_sound_may_be_timed_out(sends: str, fate: Fate) -> None:
    run = MadeUp(sends=sends)
    run.hang_up(4_000, run.customer, "MEDIA_TIMEOUT", by="send_bye")
    assert end_of(run).fate is fate


@pytest.mark.parametrize(("dialled", "fate"), [(NOWHERE, Fate.NOWHERE), ("700", Fate.LOST)])
def test_only_who_dialled_a_number_that_leads_nowhere_may_be_sent_away(dialled: str, fate: Fate) -> None:
    run = MadeUp(dialled=dialled)
    run.kill(100, run.customer)
    assert end_of(run).fate is fate


def test_he_is_served_when_the_agent_hung_up_after_their_talk() -> None:
    run = in_talk()
    run.kill(3_050, run.customer)
    assert end_of(run).fate is Fate.SERVED


def test_a_kill_after_a_talk_that_was_none_is_a_loss() -> None:
    run = in_talk(talk_ms=100)
    run.kill(1_200, run.customer)
    assert end_of(run).fate is Fate.LOST


@pytest.mark.parametrize(("before_ms", "fate"), [(700, Fate.SERVED), (100, Fate.LOST)])
def test_what_they_talked_before_a_hold_by_request_counts_when_the_agent_hangs_up_right_after_it(
    before_ms: int, fate: Fate
) -> None:
    run = MadeUp()
    ann = run.agent("ann", 400)
    run.bridge(1_000, ann)
    run.tell(1_000 + before_ms, "CHANNEL_PARK")
    run.bridge(1_010 + before_ms, ann)
    run.hang_up(1_150 + before_ms, ann)
    run.kill(1_160 + before_ms, run.customer)
    assert end_of(run).fate is fate


def test_a_kill_after_the_agent_hung_up_while_he_held_is_a_loss() -> None:
    run = in_talk()
    run.tell(2_000, "CHANNEL_HOLD", of="leg-of-ann")
    run.tell(3_000, "CHANNEL_UNHOLD", of="leg-of-ann")  # as the switch tells it, right before the end
    run.kill(3_050, run.customer)
    assert end_of(run).fate is Fate.LOST


def test_a_hold_that_was_taken_back_in_time_is_none() -> None:
    run = in_talk()
    run.tell(1_500, "CHANNEL_HOLD", of="leg-of-ann")
    run.tell(2_000, "CHANNEL_UNHOLD", of="leg-of-ann")
    run.kill(3_050, run.customer)
    assert end_of(run).fate is Fate.SERVED


@pytest.mark.parametrize(
    ("asked_ms", "fate"),
    [(1_050, Fate.SERVED), (1_125, Fate.SERVED), (1_150, Fate.LOST), (None, Fate.LOST), (500, Fate.LOST)],
)
def test_he_is_served_when_the_agent_asked_to_hang_up_however_short_they_talked(
    asked_ms: int | None, fate: Fate
) -> None:
    """By the call that they talked in: a wish from before it says nothing."""
    run = MadeUp()
    ann = run.agent("ann", 400)
    run.bridge(1_000, ann)
    if asked_ms is not None:
        run.do(asked_ms, "ann", "ask hang_up", ann.uuid)
    run.kill(1_100, ann)
    run.kill(1_110, run.customer)
    assert end_of(run).fate is fate


def test_an_agent_who_asked_to_hang_up_while_he_had_him_on_hold_has_served_him_though_they_were_bridged_again() -> None:
    """No engine was there when he asked to take him back and to hang up: one did both, one after the other."""
    run = MadeUp()
    ann = run.agent("ann", 400)
    run.bridge(1_000, ann)
    run.tell(1_500, "CHANNEL_PARK")
    run.do(2_000, "ann", "ask hang_up", ann.uuid)
    run.bridge(3_000, ann)
    run.kill(3_040, ann)
    run.kill(3_100, run.customer)
    assert end_of(run).fate is Fate.SERVED


def test_a_kill_after_the_agents_phone_died_is_a_loss() -> None:
    run = MadeUp()
    ann = run.agent("ann", 900)
    run.bridge(1_000, ann)
    run.hang_up(3_000, ann, "MEDIA_TIMEOUT", by="send_bye")
    run.kill(3_050, run.customer)
    assert end_of(run).fate is Fate.LOST


def test_a_kill_after_a_blind_transfer_is_a_loss() -> None:
    run = in_talk()
    run.tell(2_990, "CHANNEL_HANGUP", of="leg-of-ann-phone", detail="BLIND_TRANSFER")
    run.kill(3_050, run.customer)
    assert end_of(run).fate is Fate.LOST


def test_a_kill_after_the_two_had_been_parted_is_a_loss() -> None:
    run = MadeUp()
    ann = run.agent("ann", 900)
    run.bridge(1_000, ann)
    run.tell(2_000, "CHANNEL_UNBRIDGE", detail=ann.uuid)
    run.hang_up(3_000, ann)
    run.kill(3_050, run.customer)
    assert end_of(run).fate is Fate.LOST


def test_a_kill_of_somebody_who_waits_is_a_loss() -> None:
    run = MadeUp()
    run.kill(2_000, run.customer)
    assert end_of(run).fate is Fate.LOST


def test_a_kill_that_came_too_late_ended_nobody() -> None:
    run = MadeUp()
    run.do(1_990, NUMBER, "hang_up", CUSTOMERS_PHONE)
    run.job(2_000, "uuid_kill", CUSTOMER, result="-ERR No such channel!")
    run.hang_up(2_000, run.customer)
    assert end_of(run).fate is Fate.LEFT


def test_the_fallback_of_a_dead_man_whom_nobody_stopped_is_a_loss() -> None:
    run = MadeUp()
    run.hang_up(40_000, run.customer, "RECOVERY_ON_TIMER_EXPIRE", by="send_bye")
    assert end_of(run).fate is Fate.LOST


def dropped(cause: str = "DESTINATION_OUT_OF_ORDER", *, first: bool = True, after_ms: float = 20) -> MadeUp:
    """He is bridged with `ann` at 1000 ms, who is gone 10 ms later; the switch hangs him up."""
    run = MadeUp()
    ann = run.agent("ann", 900)
    if first:
        run.bridge(1_000, ann)
    else:
        run.job(980, "uuid_bridge", ann.uuid, CUSTOMER)
        run.tell(1_000, "CHANNEL_BRIDGE", detail=ann.uuid)
    run.hang_up(1_010, ann)
    run.hang_up(1_000 + after_ms, run.customer, cause, by="send_bye")
    return run


def test_the_one_known_rest_is_the_switchs_own_doing() -> None:
    assert end_of(dropped()).fate is Fate.DROPPED


def test_who_was_second_in_his_bridge_was_lost_by_whoever_put_him_there() -> None:
    end = end_of(dropped(first=False))
    assert (end.fate, "not first" in end.why) == (Fate.LOST, True)


@pytest.mark.parametrize("cause", ["NORMAL_CLEARING", "USER_BUSY", "ORIGINATOR_CANCEL"])
def test_a_drop_with_the_cause_of_his_agent_or_for_want_of_a_mark_is_a_loss(cause: str) -> None:
    assert end_of(dropped(cause)).fate is Fate.LOST


def test_a_drop_long_after_the_bridge_is_a_loss() -> None:
    assert end_of(dropped(after_ms=600)).fate is Fate.LOST


def test_a_drop_while_his_agent_lived_is_a_loss() -> None:
    assert end_of(dropped(after_ms=5)).fate is Fate.LOST


def test_a_drop_of_somebody_who_never_talked_is_a_loss() -> None:
    run = MadeUp()
    ann = run.agent("ann", 900)
    run.job(1_000, "uuid_bridge", CUSTOMER, ann.uuid)
    run.hang_up(1_020, ann, "NORMAL_TEMPORARY_FAILURE")
    run.hang_up(1_020, run.customer, "DESTINATION_OUT_OF_ORDER", by="send_bye")
    assert end_of(run).fate is Fate.LOST


def test_two_commands_at_once_on_a_leg_are_our_fault_whatever_the_switch_makes_of_them() -> None:
    run = dropped()
    run.job(990, "uuid_bridge", CUSTOMER, "leg-of-bob")
    end = end_of(run)
    assert (end.fate, end.why) == (Fate.LOST, "uuid_bridge and uuid_bridge at once")


def test_two_commands_with_the_proof_of_the_first_between_them_are_none_at_once() -> None:
    run = MadeUp()
    ann = run.agent("ann", 900)
    run.job(1_000, "uuid_transfer", CUSTOMER, "park", "inline")
    run.tell(1_010, "CHANNEL_PARK")
    run.bridge(1_050, ann)
    run.hang_up(1_060, ann)
    run.hang_up(1_070, run.customer, "DESTINATION_OUT_OF_ORDER", by="send_bye")
    assert end_of(run).fate is Fate.DROPPED


def test_who_ended_with_his_switch_is_not_lost() -> None:
    run = MadeUp()
    run.tell(5_000, RESTARTED)
    assert end_of(run).fate is Fate.RESTARTED


def test_an_end_whose_switch_was_gone_before_it_was_told_is_no_loss() -> None:
    run = MadeUp()
    run.hang_up(5_000, run.customer, by="")
    run.record.restarts_us.append(at(5_040))
    assert end_of(run).fate is Fate.RESTARTED


def test_an_end_that_nobody_told_of_is_a_loss_when_no_switch_was_gone() -> None:
    run = MadeUp()
    run.hang_up(5_000, run.customer, by="")
    run.record.restarts_us.append(at(9_000))
    assert end_of(run).fate is Fate.LOST


def test_music_and_company_are_somewhere() -> None:
    run = in_talk()
    run.tell(3_100, "PLAYBACK_START")
    end = end_of(run)
    assert (end.fate, end.silence_ms) == (Fate.THERE, 100)


def test_bridged_with_nobody_is_nowhere() -> None:
    run = MadeUp()
    ann = run.agent("ann", 900)
    run.bridge(1_000, ann)
    run.hang_up(3_000, ann)
    assert end_of(run).silence_ms == 57_000


def test_between_the_music_and_a_bridge_that_never_came_he_is_nowhere() -> None:
    run = MadeUp()
    run.tell(1_000, "PLAYBACK_STOP")
    assert end_of(run).silence_ms == 59_000


def test_a_sound_from_before_he_was_parked_again_is_none() -> None:
    run = MadeUp()
    run.tell(1_000, "CHANNEL_PARK")
    assert end_of(run).silence_ms == 59_000
