"""Every trap of the simulator is there because a check would notice its absence: each is taken out once.

The checks are those that pass on a real FreeSWITCH. Nothing is checked here but that they can fail, and that it is
the missing trap which fails them: they pass while it is there, and what fails is an assertion, not the harness.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace

import pytest

from freeswitch_cc.simulator.traps import Traps
from freeswitch_cc.testcalls.phones import Phones
from freeswitch_cc.testcalls.simulated_switch import SimulatedSwitch
from tests.contract import test_conferences, test_events, test_parking, test_refers, test_replies, test_survivors
from tests.contract import test_twice as twice
from tests.contract.conftest import CONFIG, NO_ENGINE
from tests.contract.probe import Switch

GONE = "00000000-0000-4000-8000-000000000000"

NOTICED_BY: dict[str, Callable[[Switch], None]] = {
    "limbo": test_survivors.test_the_second_is_alive_in_limbo_and_deaf_until_a_transfer_to_park_brings_him_back,
    "first_is_hung_up": (
        test_survivors.test_in_a_consult_an_agent_who_is_the_first_argument_unmarked_is_hung_up_with_the_target
    ),
    "deaf_after_second_park": test_parking.test_uuid_park_of_a_parked_leg_makes_it_deaf_and_says_nothing,
    "time_bomb": lambda switch: _is_armed(switch),
    "same_bridge_twice": twice.test_the_same_uuid_bridge_again_within_40_ms_hangs_the_customer_up,
    "hold_drops": (test_parking.test_without_hold_hangup_xfer_exten_an_agent_who_holds_and_hangs_up_drops_the_customer),
    "hold_music_sticks": (
        test_parking.test_who_is_left_when_his_hold_music_has_just_started_may_stick_and_a_transfer_to_park_rescues_him
    ),
    "broadcast_waits": test_survivors.test_music_by_uuid_broadcast_lets_second_customers_be_hung_up,
    "playback_nests": twice.test_music_by_sendmsg_twice_nests_and_one_break_ends_both,
    "replies_lie": lambda switch: test_replies.test_uuid_hold_of_a_gone_leg_claims_success(switch, GONE),
    "originate_twice": twice.test_an_originate_again_under_the_same_uuid_fails_first_and_succeeds_later,
    "refer_asks_nobody": test_refers.test_a_blind_refer_is_known_by_the_disposition_of_the_agent_s_hangup,
    "conference_kick_ends": test_conferences.test_without_the_park_tail_a_kicked_member_is_hung_up,
    "list_lags": test_events.test_the_list_of_channels_is_a_moment_behind_the_channels,
}


@contextmanager
def simulated(traps: Traps) -> Iterator[Switch]:
    with SimulatedSwitch(CONFIG, settings=NO_ENGINE, traps=traps) as own:
        phones = Phones(own.address)
        switch = Switch(own.address, phones)
        try:
            yield switch
        finally:
            switch.close()
            phones.close()


def _is_armed(switch: Switch) -> None:
    """What the check of the time bomb begins with; its 20 s need not be waited for to see that none ticks."""
    bombs = [twice._bomb(switch, gap) for gap in (5, 10, 15, 20, 25, 30, 35)]
    switch.pause(100)
    assert any(bomb and switch.state(bomb[1]) == "CS_SOFT_EXECUTE" for bomb in bombs), "no leg stuck"


def test_every_trap_has_its_check() -> None:
    assert set(NOTICED_BY) == {field.name for field in fields(Traps)}


@pytest.mark.parametrize("trap", NOTICED_BY)
def test_with_every_trap_in_its_place_the_check_passes(trap: str) -> None:
    """The control: a check that fails anyway would notice nothing."""
    with simulated(Traps()) as switch:
        NOTICED_BY[trap](switch)


@pytest.mark.parametrize("trap", NOTICED_BY)
def test_a_simulator_without_the_trap_fails_a_check(trap: str) -> None:
    # Not any exception: one of a name that is gone would pass for a trap that was noticed.
    with simulated(replace(Traps(), **{trap: False})) as switch, pytest.raises(AssertionError):
        NOTICED_BY[trap](switch)
