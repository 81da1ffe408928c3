"""From a row of the table `request` to an event: its kind, and whether its arguments are what that kind takes.

Anybody may write such a row, so nothing is taken for granted. Whether it is allowed now is decided later.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from freeswitch_cc.core import agent_events, events
from freeswitch_cc.core.agent_state import Refusal
from freeswitch_cc.core.control import Control, check_digits
from freeswitch_cc.core.durations import LONGEST_MS
from freeswitch_cc.core.policy import check_caller_id, parse_target
from freeswitch_cc.core.presence import Ask
from freeswitch_cc.core.wrap_up import WrapUpAsk

DISPOSITION = "disposition"
DIAL = "dial"
LONGEST_TEXT = 200

_FORCED = ("forced", "by")
_NOTHING: tuple[str, ...] = ()
ARGUMENTS: dict[str, tuple[str, ...]] = {
    Ask.LOGIN: ("reason", *_FORCED),
    Ask.AVAILABLE: ("reason", *_FORCED),
    Ask.NOT_READY: ("reason", *_FORCED),
    Ask.LOGOUT: ("reason", *_FORCED),
    WrapUpAsk.END: _FORCED,
    WrapUpAsk.EXTEND: ("by_ms",),
    DISPOSITION: ("code", "subject"),
    **{str(kind): _NOTHING for kind in Control},
    Control.SEND_DTMF: ("digits",),
    DIAL: ("to", "caller_id"),
}
"""Every kind of request, and the arguments that it takes. A reason is heard only with not_ready."""
_CONTROLS = frozenset(map(str, Control))


Asked = agent_events.AgentRequest | events.ControlAsked | events.DialAsked


def event_of(
    request_id: str,
    kind: str,
    agent_id: str | None,
    arguments: object,
    call_id: str | None = None,
    asked_at: datetime | None = None,
) -> Asked:
    """The event that a request is. call_id: the call that it is about (0002_request.sql). asked_at: None: just now.

    A call that is asked for has the id of the request: carried out twice it is one call.
    Raises Refusal: unknown_kind, no_such_agent, bad_arguments, no_call, bad_digits, bad_target, bad_caller_id.
    """
    if kind not in ARGUMENTS:
        raise Refusal("unknown_kind", f"no engine of this version knows {kind[:40]!r}: it knows {', '.join(ARGUMENTS)}")
    if agent_id is None:
        raise Refusal("no_such_agent", "the request names no agent")
    if not isinstance(arguments, Mapping):
        raise Refusal("bad_arguments", "the arguments are no JSON object")
    unknown = sorted(str(name) for name in arguments if name not in ARGUMENTS[kind])
    if unknown:
        takes = ", ".join(ARGUMENTS[kind]) or "nothing"
        raise Refusal("bad_arguments", f"{kind} takes no {unknown[0][:40]!r}: it takes {takes}")
    if kind in _CONTROLS:
        return replace(_control(request_id, kind, agent_id, arguments, call_id), asked_at=asked_at)
    if kind == DIAL:
        return replace(_dial(request_id, agent_id, arguments), asked_at=asked_at)
    who: dict[str, Any] = {"agent_id": agent_id, "request_id": request_id, "forced_by": _forced_by(arguments)}
    if kind == DISPOSITION:
        return _disposition(who, arguments, call_id)
    if kind == WrapUpAsk.EXTEND:
        return agent_events.WrapUpAsked(kind=kind, by_ms=_by_ms(arguments), **who)
    if kind == WrapUpAsk.END:
        return agent_events.WrapUpAsked(kind=kind, **who)
    return agent_events.PresenceAsked(kind=kind, reason=_text(arguments, "reason") or None, **who)


def _control(
    request_id: str, kind: str, agent_id: str, arguments: Mapping[str, object], call_id: str | None
) -> events.ControlAsked:
    digits = _text(arguments, "digits")
    if kind == Control.SEND_DTMF:
        check_digits(digits)
    if call_id is None:
        raise Refusal("no_call", "he is in no call: name one, if it is another one's")
    return events.ControlAsked(call_id=call_id, agent_id=agent_id, request_id=request_id, kind=kind, digits=digits)


def _dial(request_id: str, agent_id: str, arguments: Mapping[str, object]) -> events.DialAsked:
    to, caller_id = (_text(arguments, name).strip() for name in ("to", "caller_id"))
    if not to:
        raise Refusal("bad_arguments", "a call needs whom to call: to is number:+358401234567 or agent:LOGIN")
    parse_target(to)
    if caller_id:
        check_caller_id(caller_id)
    return events.DialAsked(call_id=request_id, agent_id=agent_id, request_id=request_id, to=to, caller_id=caller_id)


def _disposition(
    who: Mapping[str, Any], arguments: Mapping[str, object], call_id: str | None
) -> agent_events.DispositionAsked:
    code, subject = (_text(arguments, name).strip() for name in ("code", "subject"))
    if not code:
        raise Refusal("bad_arguments", "a disposition needs its code")
    return agent_events.DispositionAsked(code=code, subject=subject, call_id=call_id, **who)


def _forced_by(arguments: Mapping[str, object]) -> str | None:
    """Who forces it, an empty name when nobody is named; None when the agent asks himself."""
    forced = arguments.get("forced", False)
    if not isinstance(forced, bool):
        raise Refusal("bad_arguments", "forced is true or false")
    name = _text(arguments, "by")
    if name and not forced:
        raise Refusal("bad_arguments", "by names who forces it: it goes with forced")
    return name if forced else None


def _by_ms(arguments: Mapping[str, object]) -> int:
    by_ms = arguments.get("by_ms")
    if not isinstance(by_ms, int) or isinstance(by_ms, bool) or not 0 < by_ms <= LONGEST_MS:
        raise Refusal("bad_arguments", f"by_ms is a whole number of milliseconds from 1 to {LONGEST_MS}")
    return by_ms


def _text(arguments: Mapping[str, object], name: str) -> str:
    """The text of an argument; none given, or null, is empty."""
    value = arguments.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refusal("bad_arguments", f"{name} is a text")
    if not value.isprintable() or len(value) > LONGEST_TEXT:
        rule = f"one line of at most {LONGEST_TEXT} characters, none of them a control character"
        raise Refusal("bad_arguments", f"{name} must be {rule}")
    return value
