"""The marks of a caller: what our dialplan sets, what an engine tells of one that forgot some, and sets itself.

And what a dump tells of a caller: which marks he lacks, a REFER, and that the fallback of the center has him.
"""

import json
from uuid import uuid4

from freeswitch_cc.core.commands import Mark, PushDeadman
from freeswitch_cc.core.events import LegParked, Sight
from freeswitch_cc.esl.marks import CALLER_MARKS
from freeswitch_cc.esl.parse import parse
from freeswitch_cc.esl.pool import Pool
from freeswitch_cc.esl.sight import sight_of
from tests.contract.probe import Event, Switch

CALL = str(uuid4())


def unmarked(event: Event) -> tuple[str, ...]:
    """What the engine reads in an event of the switch."""
    body = json.dumps({"Event-Name": event["Event-Name"]} | event, separators=(",", ":")).encode()
    fact = parse(body, "one")
    assert isinstance(fact, LegParked)
    return fact.unmarked


def look(switch: Switch, leg: str) -> Sight:
    """What the engine sees in a dump."""
    sight = sight_of(switch.socket.command(f"api uuid_dump {leg} json"), leg)
    assert sight is not None
    return sight


def send(switch: Switch, *commands: Mark | PushDeadman) -> None:
    address = switch.address
    pool = Pool("one", "127.0.0.1", address.esl_port, address.password)
    for command in commands:
        pool.send(CALL, command)
    pool.close()


def marking(leg: str, *names: str, after_ms: int = 90_000) -> Mark:
    return Mark(command_id=str(uuid4()), switch_id="one", call_id=CALL, leg_id=leg, names=names, after_ms=after_ms)


def test_a_caller_of_our_dialplan_lacks_no_mark(switch: Switch) -> None:
    since = switch.mark()
    customer, _ = switch.customer()
    assert unmarked(switch.need("CHANNEL_PARK", customer, since=since)) == ()
    assert look(switch, customer).unmarked == ()


def test_what_a_dialplan_forgot_is_missing_in_the_park_and_is_there_after_it_was_set(switch: Switch) -> None:
    customer, _ = switch.customer()
    as_it_should_be = {name: switch.get(customer, name) for name in CALLER_MARKS}
    switch.put(customer, **dict.fromkeys(CALLER_MARKS, ""))
    since = switch.mark()
    switch.park(customer)
    assert unmarked(switch.need("CHANNEL_PARK", customer, since=since)) == CALLER_MARKS
    assert look(switch, customer).unmarked == CALLER_MARKS
    send(switch, marking(customer, *CALLER_MARKS))
    marked = {name: switch.get(customer, name) for name in CALLER_MARKS}
    assert marked == as_it_should_be
    assert look(switch, customer).unmarked == ()
    since = switch.mark()
    switch.park(customer)
    assert unmarked(switch.need("CHANNEL_PARK", customer, since=since)) == ()


def test_a_caller_who_was_marked_late_is_parked_when_his_agent_leaves_and_no_rescue_tears_his_talk(
    switch: Switch,
) -> None:
    customer, _ = switch.customer()
    switch.put(customer, **dict.fromkeys(CALLER_MARKS, ""))
    push = PushDeadman(command_id=str(uuid4()), switch_id="one", call_id=CALL, leg_id=customer, after_ms=1_000)
    send(switch, marking(customer, *CALLER_MARKS, after_ms=2_000), push)
    agent = switch.agent()
    since = switch.bridge(customer, agent)
    assert switch.seen("CHANNEL_UNBRIDGE", customer, since=since, within_s=3.0) is None, "talk is not torn"
    since = switch.mark()
    switch.api(f"uuid_kill {agent}")
    switch.need("CHANNEL_PARK", customer, since=since)
    switch.need("PLAYBACK_START", customer, since=since, within_s=5)
    assert switch.get(customer, "fcc_orphan_rounds") == "x", "and his rescue was armed again"


def test_a_dump_tells_of_a_refer_until_it_is_unset(switch: Switch) -> None:
    customer, _ = switch.customer()
    switch.put(customer, sip_refer_to="<sip:7002@x>")
    assert look(switch, customer).refer_to == "<sip:7002@x>"
    assert switch.api(f"uuid_setvar {customer} sip_refer_to").startswith("+OK")
    assert look(switch, customer).refer_to == ""


def test_a_caller_whom_the_fallback_has_is_nowhere_until_the_engine_has_parked_him(switch: Switch) -> None:
    """The announcement plays, and then he is hung up: whoever takes him for parked lets him go."""
    customer, _ = switch.customer()
    since = switch.mark()
    switch.api(f"uuid_transfer {customer} goodbye XML fcc_fallback")
    switch.need("PLAYBACK_START", customer, since=since)
    assert look(switch, customer).seen == "lost"
    switch.park(customer)
    assert look(switch, customer).seen == "parked"


def test_a_media_timeout_that_is_set_after_the_answer_does_nothing(switch: Switch) -> None:
    """So it is no mark: an engine cannot make up for it. Set before, it works (test_configuration.py)."""
    customer, _ = switch.customer(sends="silent")
    since = switch.mark()
    switch.put(customer, media_timeout="1000")
    switch.park(customer)
    assert switch.seen("CHANNEL_HANGUP", customer, since=since, within_s=3.0) is None
