"""Engines that are sick where queues let calls go, agents place them and phones register: a run finds each of them.

What a healthy engine makes of the same kinds of calls: test_chaos.py.
"""

from dataclasses import replace

import pytest

from freeswitch_cc.core import calling_back, farewell, forwarding, phones, release
from freeswitch_cc.core.call import Agent as AgentRow
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.words import CallOutcome, Presence
from tests.chaos.acts import Act, Turn
from tests.chaos.plan import LEAD_MS, Agent, Plan, draw_plan
from tests.chaos.plan_dials import ANSWERS, BEGINNING, BUSY, Dial
from tests.chaos.plan_phones import PhoneAct
from tests.chaos.plan_queues import ANNOUNCEMENTS, CLOSED, NUMBERS
from tests.chaos.run import play
from tests.chaos.verdict import judge

SEED = 20_251
_ANNOUNCEMENT = f"announcement:{next(iter(ANNOUNCEMENTS))}"

pytestmark = pytest.mark.slow


def calm(calls: int) -> Plan:
    """Nobody places calls, and no phone registers."""
    plan = draw_plan(SEED, calls, calls_per_s=9.0, agents=6, is_calm=True)
    agents = tuple(replace(agent, dials=(), phone=(), stays_away=False) for agent in plan.agents)
    return replace(plan, agents=agents, strange_codes=())


def closed(**overflow: str) -> Plan:
    """Everybody finds a closed queue, and stays to hear what it has to say."""
    plan = calm(10)
    overflow = overflow or {"closed": _ANNOUNCEMENT}
    queues = tuple(replace(queue, overflow=overflow) if queue.is_closed else queue for queue in plan.queues)
    callers = tuple(
        replace(caller, number=NUMBERS[CLOSED], leaving=None, patience_ms=None, sends="talk") for caller in plan.callers
    )
    return replace(plan, queues=queues, callers=callers)


def calling_a_number() -> Plan:
    """Their queue calls a number for them, which is busy."""
    return closed(closed=f"number:{BEGINNING}{BUSY}000000", not_reached=_ANNOUNCEMENT)


def dialling() -> Plan:
    """One agent calls a number, and his phone dies in the talk."""
    plan = calm(2)
    dies = Turn(since="talking", acts=(Act(300, "die", "MEDIA_TIMEOUT"),))
    dial = Dial(at_ms=LEAD_MS, to=f"number:{BEGINNING}{ANSWERS}000100", own=dies)
    return _with(plan, "dialler000", replace(_agent(plan, "dialler000"), behaviour="answer", dials=(dial,)))


def registering() -> Plan:
    """One agent's phone goes while he is idle, and comes back; long before the end, when it is seen who stays out."""
    plan = calm(60)
    phone = tuple(
        PhoneAct(at_ms=at_ms, what=what)
        for at_ms, what in ((0, "register"), (LEAD_MS, "unregister"), (LEAD_MS + 1_000, "register"))
    )
    asked = tuple(replace(one, what="available") if one.what == "not_ready" else one for one in _agent(plan).asked)
    return _with(plan, "dialler000", replace(_agent(plan), behaviour="answer", phone=phone, asked=asked))


def _agent(plan: Plan, login: str = "dialler000") -> Agent:
    return next(agent for agent in plan.agents if agent.login == login)


def _with(plan: Plan, login: str, agent: Agent) -> Plan:
    return replace(plan, agents=tuple(agent if one.login == login else one for one in plan.agents))


@pytest.mark.parametrize("make", [closed, calling_a_number, dialling, registering])
def test_a_healthy_engine_does_nothing_wrong(database_url: str, make: object) -> None:
    assert callable(make)
    verdict = judge(play(make(), database_url, print))
    assert [fault.sentence for fault in verdict.faults] == []


def test_an_engine_that_cuts_its_announcements_off_is_found(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = farewell.keep

    def cut(scene: Scene) -> None:
        has_begun = scene.the_call.step is not None
        begin(scene)
        if has_begun:
            release.end(scene, CallOutcome.ANNOUNCED)

    monkeypatch.setattr(farewell, "keep", cut)
    counts = judge(play(closed(), database_url, print)).counts
    assert counts["overflowed_closed"] >= 5
    assert counts["customers_lost_by_us"] >= 5


def test_an_engine_that_does_not_call_its_agents_back_is_found(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give_up(scene: Scene, why: str) -> None:
        release.end(scene, CallOutcome.AGENT_LOST)

    monkeypatch.setattr(calling_back, "call_back", give_up)
    verdict = judge(play(dialling(), database_url, print))
    assert verdict.counts["numbers_answered"] == 1
    assert verdict.counts["customers_lost_by_us"] == 1


def test_an_engine_that_forgets_whose_phone_came_back_is_found(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stay(agent: AgentRow, now: object) -> AgentRow:
        return agent

    monkeypatch.setitem(phones.PHONE, (Presence.NOT_READY, True), stay)
    counts = judge(play(registering(), database_url, print)).counts
    assert counts["phones_unregistered"] == 1
    assert counts["agents_left_out"] >= 1


def test_an_engine_that_gives_callers_up_whose_number_is_not_reached_is_found(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give_up(scene: Scene, why: str) -> None:
        release.end(scene, CallOutcome.ABANDONED)

    monkeypatch.setattr(forwarding, "_give_up", give_up)
    counts = judge(play(calling_a_number(), database_url, print)).counts
    assert counts["numbers_not_reached"] >= 5
    assert counts["customers_lost_by_us"] >= 5
