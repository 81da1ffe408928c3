"""A call comes in: the leg that an INVITE makes, with its variables. mod_sofia's sofia.c.

What the leg then runs stands in the dialplan; who sends an INVITE, in originate.py.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from freeswitch_cc.simulator import endpoint
from freeswitch_cc.simulator.channel import Channel
from freeswitch_cc.simulator.records import Profile
from freeswitch_cc.simulator.sip import End
from freeswitch_cc.simulator.states import is_true

if TYPE_CHECKING:
    from freeswitch_cc.simulator.switch import Switch


def take(switch: "Switch", caller: End, profile: str, context: str, user: str, proof: Mapping[str, str]) -> None:
    """Another channel's INVITE has come to one of our profiles. proof: variables of who has proved who he is."""
    theirs = caller.channel.profile
    number = theirs.caller_number
    name = f"sofia/{profile}/{number}@127.0.0.1"
    uuid = switch.draw_uuid()
    channel = Channel(
        switch,
        uuid,
        name,
        Profile(
            direction="inbound",
            caller_name=theirs.caller_name or number,
            caller_number=number,
            orig_caller_name=theirs.caller_name or number,
            orig_caller_number=number,
            destination=user,
            context=context,
            dialplan="XML",
            username=number,
            ani=number,
            source="mod_sofia",
            unique_id=uuid,
            channel_name=name,
        ),
    )
    switch.add(channel)
    End(caller.dialog, channel, is_caller=False)
    for variable, value in (
        ("sip_from_user", number),
        ("sip_from_uri", f"{number}@127.0.0.1"),
        ("sip_to_user", user),
        ("sip_req_user", user),
        ("sofia_profile_name", profile),
        ("max_forwards", "70"),
        ("presence_id", f"{number}@127.0.0.1"),
        ("rtp_use_codec_name", "PCMU"),
        ("endpoint_disposition", "RECEIVED"),
        *proof.items(),
    ):
        channel.set(variable, value)
    if is_true(caller.channel.get("sip_auto_answer")):
        channel.set("sip_auto_answer_detected", "true")  # a Call-Info header with answer-after=0
    channel.run_state("CS_NEW")
    endpoint.tell_codecs(channel)
    channel.state = "CS_INIT"
    assert channel.thread is not None
    channel.thread.start()
