"""What must not be, put into a record by hand, is found; what may be is not."""

import pytest

from tests.chaos.faults import without
from tests.chaos.made_up import CUSTOMER, MadeUp, at
from tests.chaos.plan_queues import MUSIC, NOT_THERE
from tests.chaos.test_farewells import queue
from tests.chaos.verdict import MUST_BE_ZERO, judge
from tests.chaos.witness import RESTARTED


def faults_of(run: MadeUp) -> dict[str, int]:
    """The counts that are not 0."""
    counts = judge(run.judged()).counts
    return {name: counts[name] for name in MUST_BE_ZERO if counts[name]}


def test_a_customer_who_hears_music_is_no_fault() -> None:
    assert faults_of(MadeUp()) == {}


def test_a_customer_who_is_killed_while_he_waits_is_lost() -> None:
    run = MadeUp()
    run.kill(2_000, run.customer)
    assert faults_of(run) == {"customers_lost_by_us": 1}


@pytest.mark.parametrize(("silence_ms", "lost"), [(7_000, 0), (8_000, 1)])
def test_a_customer_who_hears_nothing_for_longer_than_the_dead_man_is_lost(silence_ms: int, lost: int) -> None:
    run = MadeUp()
    run.tell(1_000, "PLAYBACK_STOP")
    run.tell(1_000 + silence_ms, "PLAYBACK_START")
    assert judge(run.judged()).counts["customers_lost_by_us"] == lost


@pytest.mark.parametrize(("silence_ms", "lost"), [(11_900, 0), (12_100, 1)])
def test_who_is_to_hear_what_is_not_there_waits_longer_for_the_tones(silence_ms: int, lost: int) -> None:
    run = MadeUp(queues=(queue(is_closed=True, overflow={"closed": f"announcement:{NOT_THERE}"}),))
    run.tell(1_000, "PLAYBACK_STOP")
    run.tell(1_000 + silence_ms, "PLAYBACK_START")
    assert judge(run.judged()).counts["customers_lost_by_us"] == lost


def with_drops(deaths: int, drops: int) -> MadeUp:
    """So many agents die as soon as they are bridged, and the switch drops so many of their customers."""
    run = MadeUp()
    for number in range(1, deaths + 1):
        customer = run.another(number)
        ann = run.agent(f"agent{number}", 900, customer.uuid)
        run.bridge(1_000, ann, customer.uuid)
        run.hang_up(1_010, ann, "NORMAL_TEMPORARY_FAILURE")
        if number <= drops:
            run.hang_up(1_020, customer, "DESTINATION_OUT_OF_ORDER", by="send_bye")
        else:
            run.hang_up(1_030, customer)
    return run


@pytest.mark.parametrize(
    ("deaths", "drops", "is_good"), [(10, 1, True), (10, 2, False), (999, 2, False), (1000, 2, True)]
)
def test_the_switch_may_drop_one_customer_and_one_more_of_every_thousand_deaths_in_a_bridge(
    deaths: int, drops: int, is_good: bool
) -> None:
    verdict = judge(with_drops(deaths, drops).judged())
    assert (verdict.counts["died_in_the_bridge"], verdict.counts["dropped_by_switch"]) == (deaths, drops)
    assert ("dropped_by_switch" in {fault.kind for fault in verdict.faults}) is not is_good


def test_a_customer_who_was_put_second_is_found_though_nothing_came_of_it() -> None:
    run = MadeUp()
    ann = run.agent("ann", 900)
    run.job(980, "uuid_bridge", ann.uuid, CUSTOMER)
    for one, other in ((CUSTOMER, ann.uuid), (ann.uuid, CUSTOMER)):
        run.tell(1_000, "CHANNEL_BRIDGE", of=one, detail=other)
    assert faults_of(run) == {"invariants_broken": 1}


# -- the machine ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("watched_ms", "is_good"), [(36_000, True), (35_000, False)])
def test_a_run_that_was_hardly_watched_says_nothing(watched_ms: int, is_good: bool) -> None:
    run = MadeUp()
    run.record.watched = [(at(0), at(watched_ms))]
    run.record.longest_ms = {"loop": 900}
    verdict = judge(run.judged())
    assert (verdict.is_good, verdict.says_nothing) == (is_good, not is_good)
    assert [fault.sentence for fault in verdict.faults] == (
        []
        if is_good
        else [
            "the machine was too busy: only 58 % of the run was watched; nothing can be said (slowest: loop 900 ms)",
        ]
    )


def test_a_run_that_was_hardly_watched_still_says_what_it_found() -> None:
    run = MadeUp()
    run.record.watched = []
    run.kill(2_000, run.customer)
    verdict = judge(run.judged())
    assert (verdict.is_good, verdict.says_nothing) == (False, False)
    assert [fault.kind for fault in verdict.faults] == ["watched_percent", "customers_lost_by_us"]


# -- offers --------------------------------------------------------------------------------------


def test_one_offer_after_the_other_is_no_fault() -> None:
    run = MadeUp()
    run.offer("ann", 1_000, 2_000)
    run.offer("ann", 2_000, 3_000)
    run.offer("bob", 1_500, 2_500)
    assert faults_of(run) == {}


@pytest.mark.parametrize("ends_ms", [2_001.0, None])
def test_two_open_offers_of_one_agent_are_found(ends_ms: float | None) -> None:
    run = MadeUp()
    run.offer("ann", 1_000, ends_ms)
    run.offer("ann", 2_000, 3_000)
    assert faults_of(run) == {"double_offers": 1}


@pytest.mark.parametrize(("begins_ms", "doubled"), [(1_950, 0), (1_900, 1)])
def test_two_legs_on_one_agents_phone_are_found(begins_ms: int, doubled: int) -> None:
    run = MadeUp()
    run.hang_up(2_000, run.agent("ann", 1_000, leg="one"))
    run.hang_up(2_500, run.agent("ann", begins_ms, leg="other"))
    assert judge(run.judged()).counts["double_offers"] == doubled


def test_a_leg_of_a_switch_that_is_no_more_doubles_nothing() -> None:
    run = MadeUp()
    run.agent("ann", 1_000, leg="one")
    run.tell(5_000, RESTARTED, of="one")
    run.hang_up(3_000, run.agent("ann", 2_000, leg="other"))
    assert faults_of(run) == {}


# -- agents --------------------------------------------------------------------------------------


def test_an_agent_who_is_busy_with_a_leg_is_not_stuck() -> None:
    run = MadeUp()
    ann = run.agent("ann", 1_000)
    run.bridge(1_100, ann)
    run.was("ann", "reserved", 900, 1_100)
    run.was("ann", "talking", 1_100, 40_050)
    run.hang_up(40_000, ann)
    run.kill(40_050, run.customer)
    assert faults_of(run) == {}


@pytest.mark.parametrize("activity", ["reserved", "ringing", "talking", "holding"])
def test_an_agent_who_is_busy_for_long_without_a_leg_is_stuck(activity: str) -> None:
    run = MadeUp()
    run.was("ann", activity, 1_000, 11_000)
    assert faults_of(run) == {"agents_stuck": 1}


def test_several_activities_of_one_call_are_one_time_of_being_busy() -> None:
    run = MadeUp()
    run.was("ann", "reserved", 1_000, 5_000)
    run.was("ann", "ringing", 5_000, 9_000)
    run.was("ann", "idle", 9_000, 10_000, None)
    assert faults_of(run) == {"agents_stuck": 1}


def test_an_agent_may_wrap_up_for_as_long_as_he_likes() -> None:
    run = MadeUp()
    run.was("ann", "wrap_up", 1_000, 50_000)
    run.is_now("bob", "wrap_up", 1_000, None)
    assert faults_of(run) == {}


def test_a_time_in_which_nobody_could_find_it_out_does_not_count() -> None:
    run = MadeUp()
    run.record.watched = [(at(0), at(4_000)), (at(9_000), at(60_000))]
    run.was("ann", "talking", 1_000, 11_000)
    assert faults_of(run) == {}


def test_an_agent_who_is_busy_to_the_end_without_a_leg_is_stuck() -> None:
    run = MadeUp()
    run.is_now("ann", "talking", 1_000, None, CUSTOMER)
    assert faults_of(run) == {"agents_stuck": 1}


@pytest.mark.parametrize("activity", ["reserved", "wrap_up"])
def test_a_passing_state_that_is_older_than_its_end_is_stuck(activity: str) -> None:
    run = MadeUp()
    run.is_now("ann", activity, 56_000, 57_000, CUSTOMER)
    assert faults_of(run) == {"agents_stuck": 1}


# -- legs ----------------------------------------------------------------------------------------


def test_a_leg_that_an_open_row_knows_has_an_owner() -> None:
    run = MadeUp()
    run.live, run.open = {CUSTOMER: run.customer.name}, {CUSTOMER}
    assert faults_of(run) == {"legs_left": 1}


def test_a_leg_that_no_open_row_knows_has_none() -> None:
    run = MadeUp()
    run.live = {CUSTOMER: run.customer.name}
    assert faults_of(run) == {"parked_legs_without_owner": 1, "legs_left": 1}


@pytest.mark.parametrize(("rounds", "faults"), [(1, 0), (2, 1)])
def test_a_customer_in_a_second_round_of_the_dead_man_was_left_to_it(rounds: int, faults: int) -> None:
    run = MadeUp()
    for number in range(rounds):
        run.tell(10_000 + 4_000 * number, "PLAYBACK_START", extension="fcc_orphan")
    run.live, run.open = {CUSTOMER: run.customer.name}, {CUSTOMER}
    assert judge(run.judged()).counts["parked_legs_without_owner"] == faults


def test_what_an_engine_plays_to_a_customer_of_the_dead_man_is_no_round_of_it() -> None:
    run = MadeUp()
    for sound in ("", MUSIC):
        run.tell(10_000, "PLAYBACK_START", detail=sound, extension="fcc_orphan")
    run.live, run.open = {CUSTOMER: run.customer.name}, {CUSTOMER}
    assert judge(run.judged()).counts["parked_legs_without_owner"] == 0


def test_a_customer_who_was_taken_out_of_the_dead_man_has_an_owner() -> None:
    run = MadeUp()
    run.tell(10_000, "PLAYBACK_START", extension="fcc_orphan")
    run.tell(12_000, "CHANNEL_PARK")
    run.tell(14_000, "PLAYBACK_START", extension="fcc_orphan")
    run.live, run.open = {CUSTOMER: run.customer.name}, {CUSTOMER}
    assert judge(run.judged()).counts["parked_legs_without_owner"] == 0


@pytest.mark.parametrize(("alone_ms", "faults"), [(7_000, 0), (9_000, 1)])
def test_an_agents_leg_that_is_with_nobody_for_long_has_no_owner(alone_ms: int, faults: int) -> None:
    run = MadeUp()
    ann = run.agent("ann", 1_000)
    run.hang_up(1_000 + alone_ms, ann)
    run.tell(1_020 + alone_ms, "CHANNEL_UNBRIDGE", of=ann.uuid)  # as the switch tells it, after the end
    assert judge(run.judged()).counts["parked_legs_without_owner"] == faults


def test_a_span_is_cut_by_others() -> None:
    assert without((0, 10), [(2, 3), (5, 20)]) == [(0, 2), (3, 5)]
    assert without((0, 10), [(0, 10)]) == []
    assert without((0, 10), []) == [(0, 10)]
