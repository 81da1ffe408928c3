"""What a command does that is sent twice, or beside another one: nothing good. docs/measured.md E8, E9, E10."""

import uuid

import pytest

from tests.contract.probe import MUSIC, OURS, Switch


def test_the_same_uuid_bridge_again_within_40_ms_hangs_the_customer_up(switch: Switch) -> None:
    gone = 0
    for gap in (5, 20, 40, 5, 20, 40):
        customer, _ = switch.customer()
        agent = switch.agent()
        since = switch.mark()
        switch.api(f"uuid_bridge {agent} {customer}")
        switch.pause(gap)
        switch.api(f"uuid_bridge {agent} {customer}")
        gone += switch.seen("CHANNEL_HANGUP", customer, since=since, within_s=0.5) is not None
        switch.clear()
    assert gone > 0


def _bomb(switch: Switch, gap: float) -> tuple[str, str, int] | None:
    """Bridge A C, and gap ms later B C: the customer and the leg that sticks, if one does."""
    customer, _ = switch.customer()
    agent, other = switch.agent(), switch.agent()
    since = switch.mark()
    switch.api(f"uuid_bridge {agent} {customer}")
    switch.pause(gap)
    switch.api(f"uuid_bridge {other} {customer}")
    if switch.bridged(other, customer, since, within_s=1.0) is None:
        return None
    is_stuck = switch.state(agent) == "CS_SOFT_EXECUTE" and not switch.get(agent, "bridge_to")
    return (customer, agent, since) if is_stuck else None


@pytest.mark.slow
def test_a_second_bridge_leaves_a_leg_that_hangs_the_customer_up_20_s_later_unless_it_is_killed(switch: Switch) -> None:
    bombs = []
    for gap in (5, 10, 15, 20, 25, 30, 35) * 4:
        bomb = _bomb(switch, gap)
        bombs += [bomb] if bomb else []
        if len(bombs) == 4:
            break
    assert len(bombs) >= 2, "no leg stuck"
    ticking, defused = bombs[::2], bombs[1::2]
    for _, stuck, _ in defused:
        switch.api(f"uuid_kill {stuck}")
    gone = [switch.seen("CHANNEL_HANGUP", customer, since=since, within_s=24) for customer, _, since in ticking]
    assert any(gone), "it ticked, and did not go off"
    for customer, _, since in defused:
        assert switch.seen("CHANNEL_HANGUP", customer, since=since, within_s=0.2) is None, "killing the stuck leg saves"


def test_an_originate_again_under_the_same_uuid_fails_first_and_succeeds_later(switch: Switch) -> None:
    leg, job = str(uuid.uuid4()), str(uuid.uuid4())
    text = f"originate {{origination_uuid={leg},{OURS}}}{switch.phones.contact('answer-after-1000')} &park"
    since = switch.mark()
    switch.job(text, job)
    switch.need("CHANNEL_PROGRESS", leg, since=since)
    switch.job(text, job)
    first = switch.need("BACKGROUND_JOB", since=since, job=job)
    assert first["_body"].strip() == "-ERR DESTINATION_OUT_OF_ORDER"
    switch.need("CHANNEL_PARK", leg, since=since)
    last = switch.socket.wait(
        lambda e: e["Event-Name"] == "BACKGROUND_JOB" and e["_body"].startswith("+OK"), since, 3.0
    )
    assert last is not None
    assert last["Job-UUID"] == job
    switch.api(f"uuid_kill {leg}")


def test_an_originate_again_after_a_decline_rings_the_phone_again(switch: Switch) -> None:
    leg, job = str(uuid.uuid4()), str(uuid.uuid4())
    text = f"originate {{origination_uuid={leg},{OURS}}}{switch.phones.contact('decline')} &park"
    since = switch.mark()
    switch.job(text, job)
    assert switch.result(job, since) == "-ERR CALL_REJECTED"
    switch.need("CHANNEL_DESTROY", leg, since=since)
    again = switch.mark()
    switch.job(text, job)
    assert switch.result(job, again) == "-ERR CALL_REJECTED"
    switch.need("CHANNEL_CREATE", leg, since=again)


def test_a_ringing_leg_is_killed_by_its_origination_uuid(switch: Switch) -> None:
    for _ in range(5):
        since = switch.mark()
        leg, job = switch.ring("ring")
        switch.need("CHANNEL_PROGRESS", leg, since=since)
        assert switch.api(f"uuid_kill {leg} ORIGINATOR_CANCEL") == "+OK"
        assert switch.result(job, since) == "-ERR ORIGINATOR_CANCEL"


def test_a_kill_in_the_race_with_the_answer_ends_the_leg_one_way_or_the_other(switch: Switch) -> None:
    for ms in (180, 190, 195, 200, 205, 210, 215, 220, 230, 250):
        since = switch.mark()
        leg, job = switch.ring("answer-after-200")
        switch.need("CHANNEL_CREATE", leg, since=since)
        switch.pause(ms)
        assert switch.api(f"uuid_kill {leg} ORIGINATOR_CANCEL") == "+OK"
        assert switch.result(job, since) in ("-ERR ORIGINATOR_CANCEL", f"+OK {leg}")
        assert switch.need("CHANNEL_HANGUP", leg, since=since)["Hangup-Cause"] == "ORIGINATOR_CANCEL"


def test_music_by_sendmsg_twice_nests_and_one_break_ends_both(switch: Switch) -> None:
    customer, _ = switch.customer()
    since = switch.mark()
    for _ in range(2):
        mark = switch.mark()
        switch.music(customer)
        switch.need("PLAYBACK_START", customer, since=mark)
    assert len(switch.every("PLAYBACK_START", customer, since)) == 2
    assert not switch.every("PLAYBACK_STOP", customer, since)
    mark = switch.mark()
    switch.api(f"uuid_break {customer}")
    assert switch.counted("PLAYBACK_STOP", customer, 2, since=mark, within_s=2.0)


def test_a_second_uuid_broadcast_waits_behind_the_first(switch: Switch) -> None:
    customer, _ = switch.customer()
    since = switch.mark()
    switch.api(f"uuid_broadcast {customer} {MUSIC} aleg")
    switch.need("PLAYBACK_START", customer, since=since)
    mark = switch.mark()
    switch.api(f"uuid_broadcast {customer} {MUSIC} aleg")
    assert switch.seen("PLAYBACK_START", customer, since=mark, within_s=0.5) is None
