"""Anything in any order, of one agent: he is never stuck, and what was asked for last is what he becomes.

Facts, requests, supervisors, match() and the clock, each through the function that the engine goes through. What the
walk expects is kept beside it, in plain words.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from freeswitch_cc.core import agent_events
from freeswitch_cc.core.activity import Fact, note
from freeswitch_cc.core.agent_view import AgentView
from freeswitch_cc.core.call import Agent
from freeswitch_cc.core.decide_agent import decide_agent
from freeswitch_cc.core.phone_events import PhoneChanged
from freeswitch_cc.core.words import Activity, Presence, WrapUp
from tests.core.ledger import check_agent
from tests.core.world import CALL, NOW, REASONS, make_agent, ms

PASSING = (Activity.RESERVED, Activity.RINGING)
ASKS = ("login", "available", "not_ready", "logout")
BECOMES = {"available": Presence.AVAILABLE, "not_ready": Presence.NOT_READY, "logout": Presence.OFFLINE}


@dataclass(frozen=True, slots=True)
class Asked:
    kind: str
    reason: str | None = None
    by: str | None = None
    by_ms: int = 0


FACTS = st.sampled_from([fact for fact in Fact if fact is not Fact.DUE])
BY = st.sampled_from([None, None, "boss"])
PRESENCES = st.builds(Asked, st.sampled_from(ASKS), reason=st.sampled_from([None, "lunch", "fishing"]), by=BY)
WRAP_UPS = st.builds(
    Asked, st.sampled_from(["end_wrap_up", "extend_wrap_up"]), by=BY, by_ms=st.sampled_from([1, 5_000, 15_000, 15_001])
)
LIKELY = st.sampled_from([Fact.MISSED, Fact.UNREACHABLE, Fact.CONNECTED, Fact.RELEASED])
PHONES = st.sampled_from(["phone went", "phone came", "phone came anew"])
STEPS = st.one_of(FACTS, LIKELY, PRESENCES, WRAP_UPS, PHONES, st.just("match"), st.integers(1, 15_000))
POLICIES = st.sampled_from(
    [
        {"wrap_up": WrapUp.NONE},
        {"wrap_up": WrapUp.MANUAL},
        {"wrap_up": WrapUp.TIMED, "wrap_up_ms": 10_000},
        {"wrap_up": WrapUp.TIMED, "wrap_up_ms": 10_000, "wrap_up_limit_ms": 25_000},
    ]
)
BEGINNINGS = st.sampled_from(
    [
        (Presence.OFFLINE, Activity.IDLE),
        (Presence.NOT_READY, Activity.IDLE),
        (Presence.AVAILABLE, Activity.RESERVED),
        (Presence.AVAILABLE, Activity.TALKING),
    ]
)


class Walk:
    """wish: what the agent must become when he is idle again, and by whose word; None: what he is."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.now: datetime = NOW
        self.wish: tuple[Presence, str | None, str | None] | None = None
        self.is_without_phone = False

    def take(self, step: Any) -> None:
        before = self.agent
        if step == "match":
            if before.is_ready:
                due_at = self.now + ms(20_000)
                self.agent = replace(before, activity=Activity.RESERVED, call_id=CALL, due_at=due_at, changed_by=None)
        elif step in ("phone went", "phone came", "phone came anew"):
            self._follow_phone(step != "phone went", before, is_anew=step == "phone came anew")
        elif isinstance(step, int):
            self.now += ms(step)
            self._decide(agent_events.AgentDeadlinePassed(agent_id="ann"))
        elif isinstance(step, Fact):
            self.agent = note(before, step, self.now)
            if self.wish is None and self.agent.pending_by == "system":
                self.wish = (Presence.NOT_READY, self.agent.pending_reason, "system")
        else:
            self._ask(step, before)
        self._check(before)

    def _ask(self, asked: Asked, before: Agent) -> None:
        common = {"agent_id": "ann", "request_id": "r", "kind": asked.kind, "forced_by": asked.by}
        if asked.kind not in ASKS:
            self._decide(agent_events.WrapUpAsked(**common, by_ms=asked.by_ms))  # type: ignore[arg-type]
            return
        if not self._decide(agent_events.PresenceAsked(**common, reason=asked.reason)):  # type: ignore[arg-type]
            assert self.agent == before, "what is refused changes nothing"
            return
        if before.activity is not Activity.IDLE and asked.kind in BECOMES:
            reason = asked.reason or ("forced" if asked.by else "unspecified")
            becomes = BECOMES[asked.kind]
            if becomes is Presence.NOT_READY:
                self.wish = (becomes, reason, asked.by)
            else:  # to ask for what he is takes an earlier wish back, and is none
                self.wish = (becomes, None, asked.by) if becomes is not before.presence else None

    def _follow_phone(self, is_registered: bool, before: Agent, *, is_anew: bool) -> None:
        """Who would be available is not, for as long as it is gone; no other wish is lost by it, and none is made."""
        since = self.now if is_anew else None
        self._decide(PhoneChanged(agent_id="ann"), is_phone_registered=is_registered, registered_since=since)
        would_be = self.wish[:2] if self.wish is not None else (before.presence, before.reason)
        is_down = would_be == (Presence.NOT_READY, "device_down")
        if not is_registered and would_be[0] is Presence.AVAILABLE:
            self.is_without_phone = True
            assert self.agent.is_back_with_phone
            self.wish = (Presence.NOT_READY, "device_down", "system")
        elif not is_registered and is_down:
            self.is_without_phone = True
            assert self.agent == replace(before, is_back_with_phone=True)
        elif is_registered and (before.is_back_with_phone or (is_anew and is_down and before.failed_at is not None)):
            assert self.is_without_phone or before.failed_at is not None
            self.wish = (Presence.AVAILABLE, None, "system")
        else:
            assert self.agent == before
        is_what_he_is = self.wish is not None and self.wish[0] is before.presence is Presence.AVAILABLE
        if is_what_he_is and before.activity is not Activity.IDLE:
            self.wish = None

    def _decide(self, event: agent_events.AgentEvent, **more: Any) -> bool:
        """Was it done?"""
        decision = decide_agent(AgentView(agent=self.agent, reasons=REASONS, **more), event, self.now)
        if decision.agents:
            (self.agent,) = decision.agents
        return decision.answer is not None and decision.answer.state == "done"

    def _check(self, before: Agent) -> None:
        agent = self.agent
        check_agent(agent)
        if agent.is_back_with_phone:
            waits = agent.activity is not Activity.IDLE and agent.pending_presence is not None
            becomes = (agent.pending_presence, agent.pending_reason) if waits else (agent.presence, agent.reason)
            assert becomes == (Presence.NOT_READY, "device_down"), "it is the phone's doing and nobody else's"
        assert agent.activity not in PASSING or agent.due_at is not None
        assert agent.activity is not Activity.WRAP_UP or agent.wrap_up is WrapUp.MANUAL or agent.due_at is not None
        if agent.activity is Activity.WRAP_UP and agent.due_at is not None and agent.wrap_up_limit_ms:
            assert agent.due_at <= agent.activity_at + ms(agent.wrap_up_limit_ms)
        if agent.activity is Activity.IDLE:
            assert agent.pending_presence is None
            if self.wish is not None:
                assert (agent.presence, agent.reason) == self.wish[:2]
                if before.presence is not agent.presence and self.wish[2] is not None:
                    assert agent.changed_by is not None, "it was not his own doing"
            self.wish = None

    def let_it_end(self) -> None:
        """The call is over, then the wrap-up: by the clock if it has an end, else by one of those who may end it."""
        if self.agent.activity is not Activity.IDLE:
            self.take(Fact.RELEASED)
        if self.agent.due_at is not None:
            self.take(int((self.agent.due_at - self.now) / ms(1)) + 1)
        elif self.agent.activity is Activity.WRAP_UP:
            self.take(Asked("end_wrap_up", by="boss"))


@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(policy=POLICIES, now=BEGINNINGS, steps=st.lists(STEPS, min_size=5, max_size=30))
def test_an_agent_is_never_stuck_and_no_wish_is_lost(
    policy: dict[str, Any], now: tuple[Presence, Activity], steps: list[Any]
) -> None:
    presence, activity = now
    idle_since = None if presence is Presence.OFFLINE else NOW
    walk = Walk(make_agent(presence=presence, idle_since=idle_since, activity=activity, max_misses=2, **policy))
    for step in steps:
        walk.take(step)
    walk.let_it_end()
    assert walk.agent.activity is Activity.IDLE, "whatever it was, it is over"
    walk.take(Asked("available", by="boss"))
    assert walk.agent.is_ready


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(how=st.sampled_from(["end_wrap_up", "available", "logout"]), by=BY, wish=PRESENCES)
def test_a_manual_wrap_up_is_left_by_whoever_ends_it(how: str, by: str | None, wish: Asked) -> None:
    walk = Walk(make_agent(activity=Activity.WRAP_UP, wrap_up=WrapUp.MANUAL))
    walk.take(wish)
    walk.take(3_600_000)
    if walk.agent.activity is Activity.WRAP_UP:
        walk.take(Asked(how, by=by))
    assert walk.agent.activity is Activity.IDLE
