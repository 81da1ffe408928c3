"""From a row that anybody may have written to an event, or to a refusal that says what would be right."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freeswitch_cc.core import agent_events, events
from freeswitch_cc.core.agent_state import Refusal
from freeswitch_cc.core.asked import ARGUMENTS, Asked, event_of
from freeswitch_cc.core.control import Control
from freeswitch_cc.core.presence import Ask
from freeswitch_cc.core.wrap_up import WrapUpAsk

MANUALS = [Path(__file__).parents[2] / "docs" / name for name in ("agents.md", "calls.md")]
CALL = "0b7c7c1e-62c8-4b2e-9d3e-0a4bb9d1f001"
WHO = {"agent_id": "ann", "request_id": "r"}


def asked(kind: str, **arguments: object) -> Asked:
    return event_of("r", kind, "ann", arguments, CALL if kind in set(Control) else None)


def test_every_kind_that_can_be_decided_can_be_asked_for() -> None:
    assert set(ARGUMENTS) == {*Ask, *WrapUpAsk, "disposition", "dial", *Control}


def test_the_manual_names_every_kind_and_what_it_takes() -> None:
    lines = [line for manual in MANUALS for line in manual.read_text(encoding="utf-8").splitlines()]
    for kind, names in ARGUMENTS.items():
        row = next(line for line in lines if line.startswith("| ") and f"`{kind}`" in line.split("|")[1])
        for name in set(names).difference(("reason", "forced", "by")):
            assert f"`{name}`" in row, row


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (asked("login"), agent_events.PresenceAsked(kind="login", **WHO)),
        (asked("not_ready", reason="meal"), agent_events.PresenceAsked(kind="not_ready", reason="meal", **WHO)),
        (asked("not_ready", reason=""), agent_events.PresenceAsked(kind="not_ready", **WHO)),
        (asked("not_ready", reason=None), agent_events.PresenceAsked(kind="not_ready", **WHO)),
        (
            asked("logout", forced=True, by="boss"),
            agent_events.PresenceAsked(kind="logout", forced_by="boss", **WHO),
        ),
        (asked("logout", forced=False), agent_events.PresenceAsked(kind="logout", **WHO)),
        (asked("logout", forced=True), agent_events.PresenceAsked(kind="logout", forced_by="", **WHO)),
        (asked("end_wrap_up"), agent_events.WrapUpAsked(kind="end_wrap_up", **WHO)),
        (
            asked("end_wrap_up", forced=True, by="boss"),
            agent_events.WrapUpAsked(kind="end_wrap_up", forced_by="boss", **WHO),
        ),
        (asked("extend_wrap_up", by_ms=5), agent_events.WrapUpAsked(kind="extend_wrap_up", by_ms=5, **WHO)),
        (asked("disposition", code=" sold "), agent_events.DispositionAsked(code="sold", **WHO)),
        (
            event_of("r", "disposition", "ann", {"code": "sold", "subject": " two chairs "}, call_id=CALL),
            agent_events.DispositionAsked(code="sold", subject="two chairs", call_id=CALL, **WHO),
        ),
    ],
)
def test_a_row_is_an_event(event: Asked, expected: Asked) -> None:
    assert event == expected


@pytest.mark.parametrize("kind", set(Control) - {Control.SEND_DTMF})
def test_what_is_asked_for_about_a_call_goes_the_call_s_path(kind: Control) -> None:
    assert asked(kind) == events.ControlAsked(kind=kind, call_id=CALL, **WHO)


def test_keys_are_checked_before_anything_is_asked() -> None:
    keys = "0123456789ABCD*#" * 2
    assert asked("send_dtmf", digits=keys) == events.ControlAsked(kind="send_dtmf", digits=keys, call_id=CALL, **WHO)
    for wrong in ("", "1x!", "a", "1 2", "1" * 33, "12\n", "٣"):
        with pytest.raises(Refusal) as refused:
            asked("send_dtmf", digits=wrong)
        assert refused.value.reason in ("bad_digits", "bad_arguments"), wrong


def test_who_is_in_no_call_and_names_none_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        event_of("r", "hold", "ann", {}, None)
    assert refused.value.reason == "no_call"


@pytest.mark.parametrize(
    ("kind", "arguments", "told"),
    [
        ("not_ready", [], "no JSON object"),
        ("not_ready", None, "no JSON object"),
        ("not_ready", {"resaon": "meal"}, "takes no 'resaon': it takes reason, forced, by"),
        ("not_ready", {"reason": 5}, "reason is a text"),
        ("logout", {"forced": "yes", "by": "boss"}, "forced is true or false"),
        ("logout", {"by": "boss"}, "it goes with forced"),
        ("logout", {"forced": True, "by": ["boss"]}, "by is a text"),
        ("extend_wrap_up", {}, "by_ms is a whole number"),
        ("extend_wrap_up", {"by_ms": 0}, "by_ms is a whole number"),
        ("extend_wrap_up", {"by_ms": -1}, "by_ms is a whole number"),
        ("extend_wrap_up", {"by_ms": True}, "by_ms is a whole number"),
        ("extend_wrap_up", {"by_ms": 1.5}, "by_ms is a whole number"),
        ("extend_wrap_up", {"by_ms": "30s"}, "by_ms is a whole number"),
        ("extend_wrap_up", {"by_ms": 86_400_001}, "from 1 to 86400000"),
        ("extend_wrap_up", {"by_ms": 1, "forced": True}, "takes no 'forced': it takes by_ms"),
        ("hold", {"digits": "1"}, "takes no 'digits': it takes nothing"),
        ("hold", {"forced": True, "by": "boss"}, "takes no 'by': it takes nothing"),
        ("send_dtmf", {"digits": 12}, "digits is a text"),
        ("disposition", {}, "needs its code"),
        ("disposition", {"code": "  "}, "needs its code"),
        ("disposition", {"code": "sold", "subject": "a\nb"}, "subject must be one line of at most 200 characters"),
        ("disposition", {"code": "sold", "subject": "x" * 201}, "subject must be one line"),
        ("disposition", {"code": "\0"}, "code must be one line"),
        ("not_ready", {"reason": "\x1b[31m"}, "reason must be one line"),
        ("not_ready", {"reason": "\udce9"}, "reason must be one line"),
        ("logout", {"forced": True, "by": "b\noss"}, "by must be one line"),
        ("disposition", {"code": "sold", "call_id": "7"}, "takes no 'call_id': it takes code, subject"),
    ],
)
def test_arguments_that_a_kind_does_not_take_are_refused(kind: str, arguments: object, told: str) -> None:
    with pytest.raises(Refusal) as refused:
        event_of("r", kind, "ann", arguments)
    assert refused.value.reason == "bad_arguments"
    assert told in refused.value.message


def test_an_unknown_kind_is_told_which_there_are() -> None:
    with pytest.raises(Refusal, match="it knows login, available") as refused:
        asked("dance")
    assert refused.value.reason == "unknown_kind"


def test_a_request_about_nobody_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        event_of("r", "login", None, {})
    assert refused.value.reason == "no_such_agent"


NAMES = st.sampled_from(["reason", "forced", "by", "by_ms", "code", "subject", "call_id", "digits", "else"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@given(kind=st.sampled_from(sorted(ARGUMENTS)) | st.text(max_size=20), arguments=st.dictionaries(NAMES, JSON) | JSON)
def test_whatever_stands_in_the_row_it_is_an_event_or_a_refusal(kind: str, arguments: object) -> None:
    with suppress(Refusal):
        assert event_of("r", kind, "ann", arguments).agent_id == "ann"
