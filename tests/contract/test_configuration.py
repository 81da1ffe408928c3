"""fs-config on a real switch: what it lets in, what it refuses, and what it does when the engine is gone."""

import json
import socket
import stat
from collections.abc import Iterator

import pytest

from freeswitch_cc.core.commands import PushDeadman
from freeswitch_cc.errors import CommandFailed, SwitchRefusedUs
from freeswitch_cc.esl.connection import Connection
from freeswitch_cc.esl.render import render
from freeswitch_cc.esl.render_settings import RenderSettings
from freeswitch_cc.testcalls.address import OwnSwitch
from freeswitch_cc.testcalls.phones import Phones
from freeswitch_cc.testcalls.simulated_switch import SimulatedSwitch
from freeswitch_cc.testcalls.switch_process import SwitchProcess, find_binary
from tests.contract.conftest import CONFIG
from tests.contract.probe import OURS, Switch

# One round is 2 s here, so that a dead engine can be watched to the end.
QUICK = {
    "FREESWITCH_CC_FIRST_DEADMAN_S": "2",
    "FREESWITCH_CC_DEADMAN_S": "2",
    "FREESWITCH_CC_DEADMAN_ROUNDS": "2",
    "FREESWITCH_CC_MEDIA_TIMEOUT_MS": "3000",
    "FREESWITCH_CC_FEATURE_S": "1",
}


@pytest.fixture(scope="module")
def real_process() -> Iterator[SwitchProcess]:
    """A switch that runs elsewhere cannot be started anew with other settings."""
    if find_binary() is None:
        pytest.skip("needs a FreeSWITCH of its own: set FREESWITCH_BIN")
    with SwitchProcess(CONFIG, settings=QUICK) as process:
        yield process


@pytest.fixture(scope="module", params=["simulator", pytest.param("freeswitch", marks=pytest.mark.freeswitch)])
def quick_process(request: pytest.FixtureRequest) -> Iterator[OwnSwitch]:
    if request.param == "simulator":
        with SimulatedSwitch(CONFIG, settings=QUICK) as own:
            yield own
    else:
        yield request.getfixturevalue("real_process")


@pytest.fixture
def quick(quick_process: OwnSwitch) -> Iterator[Switch]:
    phones = Phones(quick_process.address)
    switch = Switch(quick_process.address, phones)
    yield switch
    switch.clear()
    switch.close()
    phones.close()


def _ran(switch: Switch, leg: str, since: int) -> list[str]:
    """The applications that the leg ran, in order."""
    return [str(e["Application"]) for e in switch.every("CHANNEL_EXECUTE", leg, since)]


def test_a_number_is_marked_answered_and_parked(switch: Switch) -> None:
    for number in ("7001", "+33123456789"):
        customer, _ = switch.customer(number)
        for name, value in {
            "fcc_call": customer,
            "fcc_role": "customer",
            "fcc_dialled": number,
            "park_after_bridge": "true",
            "hangup_after_bridge": "false",
            "hold_hangup_xfer_exten": "park:inline",
            "uuid_bridge_park_on_cancel": "true",
            "rdnis": "fcc_rescue",
            "hangup_after_conference": "false",
            "conference_controls": "none",
            "force_transfer_context": "fcc",
            "force_transfer_dialplan": "XML",
            "deny_refer_requests": "true",
            "max_session_transfers": "1000000",
            "playback_terminators": "none",
        }.items():
            assert switch.get(customer, name) == value, name
        assert switch.hears_music(customer)


@pytest.mark.parametrize("number", ["abc", "7001x", "123456789012345678901", "fcc_orphan", "goodbye"])
def test_anything_else_from_outside_is_refused(switch: Switch, number: str) -> None:
    with pytest.raises(CommandFailed, match="UNALLOCATED_NUMBER"):
        switch.phones.call(number)


def test_a_phone_that_is_not_registered_places_no_call(switch: Switch) -> None:
    address = f"127.0.0.1:{switch.address.agents_sip_port}"
    reply = switch.api(f"originate {{originate_timeout=5}}sofia/robots/7001@{address} talk XML robots")
    assert reply.startswith("-ERR"), reply


def test_the_event_socket_refuses_a_wrong_password(switch: Switch) -> None:
    for password in ("ClueCon", "", "x"):
        with pytest.raises(SwitchRefusedUs):
            Connection("127.0.0.1", switch.address.esl_port, password, timeout_s=5).connect()


def test_a_customer_whom_nobody_looks_after_hears_music_round_after_round_and_then_the_fallback(quick: Switch) -> None:
    customer, _ = quick.customer()
    since = quick.mark()
    for round_ in ("x", "xx"):
        mark = quick.mark()
        quick.need("PLAYBACK_START", customer, since=mark, within_s=4)
        assert quick.get(customer, "fcc_orphan_rounds") == round_
    ended = quick.need("CHANNEL_HANGUP", customer, since=since, within_s=10)
    assert ended["Caller-Context"] == "fcc_fallback"
    assert ended["Hangup-Cause"] == "RECOVERY_ON_TIMER_EXPIRE"


@pytest.mark.parametrize("is_second", [True, False])
def test_the_dead_man_leaves_a_talk_alone_and_is_armed_again_when_the_partner_goes(
    quick: Switch, is_second: bool
) -> None:
    customer, _ = quick.customer()
    agent = quick.agent()
    since = quick.bridge(agent, customer) if is_second else quick.bridge(customer, agent)
    assert quick.seen("CHANNEL_UNBRIDGE", since=since, within_s=3.0) is None, "talk is not torn"
    quick.api(f"uuid_kill {agent}")
    quick.need("CHANNEL_PARK", customer, since=since)
    quick.need("PLAYBACK_START", customer, since=since, within_s=4)
    assert "log" in _ran(quick, customer, since)


@pytest.mark.parametrize("ms", [0, 15, 30, 45])
def test_the_dead_man_looks_after_a_customer_whose_agent_was_gone_before_they_talked(quick: Switch, ms: int) -> None:
    customer, _ = quick.customer()
    agent = quick.agent()
    since = quick.mark()
    assert quick.api(f"uuid_bridge {customer} {agent}").startswith("+OK")
    quick.pause(ms)
    quick.api(f"uuid_kill {agent}")
    quick.need("CHANNEL_PARK", customer, since=since)
    quick.need("PLAYBACK_START", customer, since=since, within_s=4)
    assert quick.get(customer, "fcc_orphan_rounds") == "x"


def test_no_phone_is_told_where_the_switch_sends_a_survivor(quick: Switch) -> None:
    """The marks of a leg that is rung stand in no line of its INVITE."""
    if "simulated" in quick.api("version"):
        pytest.skip("the simulator sends no SIP")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        phone.settimeout(5)
        host, port = phone.getsockname()
        quick.job(f"originate {{originate_timeout=1,{OURS}}}sofia/internal/ann@{host}:{port} &park")
        invite = phone.recv(65_535).lower()
    assert invite.startswith(b"invite sip:ann@")
    for word in (b"fcc_rescue", b"rdnis", b"diversion", b"history-info"):
        assert word not in invite, invite


def test_an_engine_that_is_back_takes_a_customer_out_of_the_dead_man_music(quick: Switch) -> None:
    customer, _ = quick.customer()
    since = quick.mark()
    quick.need("PLAYBACK_START", customer, since=since, within_s=4)
    agent = quick.agent()
    quick.bridge(agent, customer)
    assert quick.get(customer, "fcc_orphan_rounds") == "x"
    quick.api(f"uuid_kill {agent}")
    quick.need("CHANNEL_PARK", customer, since=since)
    assert quick.get(customer, "fcc_orphan_rounds") == "", "a talk begins the rounds anew"
    quick.api(f"sched_del {customer}")
    quick.park(customer)
    mark = quick.mark()
    assert quick.seen("PLAYBACK_START", customer, since=mark, within_s=3.0) is None, "disarmed"


def test_a_push_of_the_dead_man_begins_the_rounds_anew(quick: Switch) -> None:
    """An engine is here: at the next outage every round is his again, though he never talked."""
    customer, _ = quick.customer()
    since = quick.mark()
    quick.need("PLAYBACK_START", customer, since=since, within_s=4)
    quick.park(customer)
    since = quick.mark()
    push = PushDeadman(command_id=customer, switch_id="", call_id=customer, leg_id=customer, after_ms=2_000)
    for frame in render(push, RenderSettings()).data.decode().split("\n\n")[:-1]:
        assert quick.socket.command(frame).startswith("+OK"), frame
    assert quick.get(customer, "fcc_orphan_rounds") == ""
    quick.need("PLAYBACK_START", customer, since=since, within_s=4)
    assert quick.get(customer, "fcc_orphan_rounds") == "x", "and the rescue stands"


def test_a_dead_man_of_before_the_upgrade_still_comes(quick: Switch) -> None:
    """A call that began before, and whatever has copied an older public.xml, names him in the context fcc."""
    customer, _ = quick.customer()
    since = quick.mark()
    quick.api(f"sched_del {customer}")
    quick.api(f"sched_transfer +1 {customer} fcc_orphan XML fcc")
    assert quick.need("PLAYBACK_START", customer, since=since, within_s=4)["Caller-Context"] == "fcc_deadman"
    assert quick.get(customer, "fcc_orphan_rounds") == "x"


def test_a_refer_is_not_taken_for_a_dead_man_of_before_the_upgrade(quick: Switch) -> None:
    customer, _, agent = quick.talk()
    since = quick.mark()
    quick.phones.refer(quick.phones.phone_of(agent), "fcc_orphan")
    assert quick.need("CHANNEL_PARK", customer, since=since)["Caller-Context"] == "fcc"
    assert quick.get(customer, "fcc_orphan_rounds") == ""


def test_a_switch_tells_whether_a_context_is_in_its_dialplan(quick: Switch) -> None:
    for name in ("fcc", "fcc_deadman"):
        assert quick.api(f"xml_locate dialplan context name {name}").startswith(f'<context name="{name}">')
    assert quick.api("xml_locate dialplan context name fcc_nowhere") == "can't find anything"
    assert quick.api("xml_locate") == "-ERR bad args"


def test_a_customer_who_is_parked_after_the_dead_man_had_him_keeps_the_number_of_the_dead_man(quick: Switch) -> None:
    """So the number alone does not tell where he is: the dialplan does (mod_dptools.c:98)."""
    customer, _ = quick.customer()
    quick.need("PLAYBACK_START", customer, since=quick.mark(), within_s=4)
    quick.park(customer)
    dump = json.loads(quick.api(f"uuid_dump {customer} json"))
    assert (dump["Caller-Destination-Number"], dump["Caller-Dialplan"]) == ("fcc_orphan", "inline")


def test_a_customer_whom_a_refer_has_left_is_looked_after_by_the_dead_man_once(quick: Switch) -> None:
    customer, _, agent = quick.talk()
    since = quick.mark()
    quick.phones.refer(quick.phones.phone_of(agent), "0900123456")
    quick.need("CHANNEL_PARK", customer, since=since)
    quick.need("PLAYBACK_START", customer, since=since, within_s=4)
    assert quick.get(customer, "fcc_orphan_rounds") == "x"


def test_a_phone_that_died_without_a_bye_is_noticed(quick: Switch) -> None:
    customer, _ = quick.customer(sends="silent")
    ended = quick.need("CHANNEL_HANGUP", customer, since=quick.mark(), within_s=10)
    assert ended["Hangup-Cause"] == "MEDIA_TIMEOUT"


@pytest.mark.freeswitch
def test_no_secret_is_in_a_file_that_others_may_read(real_process: SwitchProcess) -> None:
    password = real_process.address.password.encode()
    holders = [p for p in real_process.run_dir.rglob("*") if p.is_file() and password in p.read_bytes()]
    assert [p.name for p in holders] == ["freeswitch.xml.fsxml"], "the expanded configuration alone"
    assert stat.S_IMODE(holders[0].stat().st_mode) == 0o600


@pytest.mark.freeswitch
@pytest.mark.usefixtures("real_process")
def test_production_knows_no_robots() -> None:
    with SwitchProcess(CONFIG, settings={"FREESWITCH_CC_ROBOTS": "0"}) as process:
        connection = process.address.connect()
        profiles = connection.api("sofia status")
        connection.close()
    assert "robots" not in profiles
    assert "external" in profiles
