"""What `uuid_dump <leg> json` says of one leg, in the words of core.words.Seen. Pure.

No decision about what to do with it: a leg that is at no place we know is `lost`.
"""

import msgspec
from msgspec import field

from freeswitch_cc.core.events import Sight
from freeswitch_cc.esl.fields import Unreadable, clean, decoder_of, instant, leg_id, number
from freeswitch_cc.esl.marks import RESCUE_CONTEXTS, missing_in
from freeswitch_cc.esl.parse_sounds import RECORD_FAILED

_ENDING = frozenset({"CS_HANGUP", "CS_REPORTING", "CS_DESTROY"})
_PARK_APPLICATIONS = frozenset({"park", "playback"})


class _Dump(msgspec.Struct, gc=False):
    leg: str = field(name="Unique-ID", default="")
    at: str = field(name="Event-Date-Timestamp", default="")
    seq: str = field(name="Event-Sequence", default="")
    state: str = field(name="Channel-State", default="")
    call_state: str = field(name="Channel-Call-State", default="")
    answer_state: str = field(name="Answer-State", default="")
    context: str = field(name="Caller-Context", default="")
    dialplan: str = field(name="Caller-Dialplan", default="")
    application: str = field(name="variable_current_application", default="")
    response: str = field(name="variable_current_application_response", default="")
    recorded_ms: str = field(name="variable_record_ms", default="")
    record_cause: str = field(name="variable_record_completion_cause", default="")
    recording: str = field(name="variable_fcc_recording", default="")
    bridge_to: str = field(name="variable_bridge_to", default="")
    conference: str = field(name="variable_conference_name", default="")
    direction: str = field(name="Call-Direction", default="")
    refer_to: str = field(name="variable_sip_refer_to", default="")


_decode = decoder_of(_Dump)


def sight_of(dump_reply: str, leg: str) -> Sight | None:
    """Tell where a leg is. Never raises; None when the reply cannot be read: that says nothing about the leg.

    - `bridge_to` is the only variable about a partner that the switch clears (switch_ivr_bridge.c:910).
    - `current_application` is set when an application starts and never cleared: it goes stale over a
      bridge and over CS_PARK, so it only counts in CS_EXECUTE (switch_core_session.c:2945).
    - a playback by sendmsg runs nested in park and leaves its own name there, also after it ended, so in
      CS_EXECUTE `playback` means parked like `park`; not in the contexts of the dead-man, which plays too.
    - limbo (docs/measured.md E1) is CS_HIBERNATE, a stuck bridge (E8) CS_SOFT_EXECUTE without bridge_to: lost.
    """
    if dump_reply.strip().startswith("-ERR No such channel"):
        return Sight(leg_id=leg, seen="gone")
    raw = dump_reply.encode("utf-8", "replace")
    try:
        said = _decode(raw)
        at = instant(said.at)
        if leg_id(said.leg) != leg:
            raise Unreadable("the dump of another leg")
        other = leg_id(said.bridge_to) if said.bridge_to else None
    except Unreadable:
        return None
    seen, conference = _where(said, other)
    return Sight(
        leg_id=leg,
        seen=seen,
        at=at,
        seq=number(said.seq),
        other_leg_id=other if seen == "with" else None,
        conference=conference,
        is_holding=seen == "with" and said.call_state == "HELD",
        refer_to=clean(said.refer_to),
        unmarked=missing_in(raw) if said.direction == "inbound" else (),
        has_played=said.application == "playback" and said.response == "FILE PLAYED",
        recorded_ms=number(said.recorded_ms) if said.recorded_ms else None,
        recording=clean(said.recording),
        is_record_failed=said.record_cause == RECORD_FAILED,
    )


def _where(said: _Dump, other: str | None) -> tuple[str, str | None]:
    if said.state in _ENDING or said.answer_state == "hangup":
        return "gone", None
    if other is not None:
        return "with", None
    if said.answer_state in ("ringing", "early"):
        # The answer state is so from the beginning; the call state only once a phone that we ring has said so.
        has_rung = said.direction != "outbound" or said.call_state != "DOWN"
        return "ringing" if has_rung else "dialing", None
    if said.answer_state != "answered":
        return "lost", None
    if said.state == "CS_PARK":
        return "parked", None
    # Who was parked by an inline transfer may keep the context that he had before.
    is_orphan = said.context in RESCUE_CONTEXTS and said.dialplan != "inline"
    if said.state == "CS_EXECUTE" and not is_orphan:
        if said.application == "conference" and said.conference:
            return "in_conference", said.conference
        if said.application in _PARK_APPLICATIONS:
            return "parked", None
    return "lost", None
