"""Carries the callers and agents of a plan out: each act at its moment, which the witness tells. No faults, no verdict.

Every deed is written down before it is done, so that an end can be told from a loss. A machine that does not keep up is
not flooded: whoever would be one too many dials later than planned.
"""

import time
import uuid
from collections import Counter
from collections.abc import Callable
from functools import partial

import gevent
from gevent.event import Event
from gevent.lock import BoundedSemaphore
from gevent.pool import Group

from tests.chaos.acts import Act
from tests.chaos.callees import MOMENTS, Callees
from tests.chaos.center import Books
from tests.chaos.plan import Agent, Plan
from tests.chaos.plan_callers import Caller
from tests.chaos.plan_dials import Dial
from tests.chaos.plan_phones import STRANGER
from tests.chaos.record import Deed
from tests.chaos.stand import Stand
from tests.chaos.witness import Channel, Fact, Witness

MOST_CALLS = 50
"""At once. Who stays to the end does not count for longer than the others."""
_STAYER_COUNTS_MS = 15_000


class _Calling:
    """One caller in his call. leg: the switch's side."""

    def __init__(self, plan: Caller) -> None:
        self.plan = plan
        self.leg: Channel | None = None
        self.is_leaving = False
        self.has_talked = False
        self.is_over = Event()


class People:
    """hear() is the witness's on_fact. start() begins; end() is the end of all calls."""

    def __init__(self, plan: Plan, stand: Stand, books: Books) -> None:
        self._plan = plan
        self._stand = stand
        self._books = books
        self.witness: Witness
        self.deeds: list[Deed] = []
        self.dialled = 0
        self._group = Group()
        self._lines = BoundedSemaphore(MOST_CALLS)
        self._calling = {caller.number_from: _Calling(caller) for caller in plan.callers}
        self._calls: dict[str, _Calling] = {}
        self._agents = {agent.login: agent for agent in plan.agents}
        self._turns: Counter[str] = Counter()
        self._turn_of: dict[str, int] = {}
        self._forwarded = 0
        self._answered: dict[str, Channel] = {}
        self._has_begun: set[tuple[str, str]] = set()
        self._callees = Callees(self._act)

    def start(self) -> None:
        for agent in self._plan.agents:
            for asked in agent.asked:
                self._later(asked.at_ms, partial(self._books.ask, agent.login, asked.what, asked.reason))
            for dial in agent.dials:
                self._later(dial.at_ms, partial(self._dial, agent, dial))
            for act in agent.phone:
                self._later(act.at_ms, partial(self._at_phone, agent.login, agent.behaviour, act.what))
        for act in self._plan.strange_codes:
            self._later(act.at_ms, partial(self._at_phone, STRANGER, "", act.what))
        for calling in self._calling.values():
            self._later(calling.plan.at_ms, partial(self._call, calling))

    @property
    def have_all_dialled(self) -> bool:
        return self.dialled == len(self._plan.callers)

    def calm(self) -> None:
        """Whoever talks or waits now goes on doing that. Every phone is registered, or is not, for good."""
        self._group.kill()
        for agent in self._plan.agents:
            if agent.phone:
                self._at_phone(agent.login, agent.behaviour, "unregister" if agent.stays_away else "register")

    def end(self) -> None:
        """Every caller who is still there hangs up, and so does everybody in a call that an agent has placed."""
        for calling in list(self._calls.values()):
            if calling.leg is not None and calling.leg.is_up:
                self._leave(calling)
        for who, leg in self._callees.legs():
            self._touch(who, leg, Act(0, "hang_up"))

    def stop(self) -> None:
        self._group.kill()

    def _later(self, ms: float, do: Callable[[], object]) -> None:
        self._group.add(gevent.spawn_later(max(ms, 0) / 1000, do))

    # -- callers ---------------------------------------------------------------------------------

    def _call(self, calling: _Calling) -> None:
        plan = calling.plan
        with self._lines:
            self._stand.is_up.wait()
            self.dialled += 1
            if self._stand.dial(plan.number, plan.name, plan.number_from, plan.sends) is None:
                return
            is_over = calling.is_over.wait(timeout=(plan.patience_ms or _STAYER_COUNTS_MS) / 1000)
        if plan.patience_ms is not None and not is_over:
            self._leave(calling)

    def _leave(self, calling: _Calling) -> None:
        if calling.leg is not None and not calling.is_leaving:
            calling.is_leaving = True
            self._touch(calling.plan.number_from, calling.leg, Act(0, "hang_up"))

    # -- moments ---------------------------------------------------------------------------------

    def hear(self, channel: Channel, fact: Fact) -> None:
        """In the witness's greenlet: never blocks."""
        if channel.call in self._callees.dials:
            self._callees.hear(channel, fact)
        if channel.name.startswith("sofia/external/") and not channel.is_called:
            self._hear_caller(channel, fact)
        elif channel.is_forwarded:
            self._hear_number(channel, fact)
        elif channel.agent and channel.call and not self._callees.is_drawn(channel):
            self._hear_agent(channel, fact)

    def _hear_caller(self, leg: Channel, fact: Fact) -> None:
        calling = self._calls.get(leg.uuid)
        if calling is None:
            calling = self._calling.get(leg.number)
            if calling is None:
                return
            calling.leg = leg
            self._calls[leg.uuid] = calling
        if fact.name == "CHANNEL_PARK":
            self._come(calling, "waiting")
        elif fact.name == "PLAYBACK_STOP":
            answered = self._answered.pop(leg.uuid, None)
            if answered is not None and answered.is_up:
                self._begin(answered, "joining")
        elif fact.name == "CHANNEL_BRIDGE":
            self._come(calling, "talking")
            if not calling.has_talked:
                calling.has_talked = True
                self._act(calling.plan.number_from, leg, calling.plan.in_talk)
        elif not leg.is_up:
            calling.is_over.set()

    def _come(self, calling: _Calling, moment: str) -> None:
        leaving = calling.plan.leaving
        key = (calling.plan.number_from, moment)
        if leaving is not None and leaving.moment == moment and key not in self._has_begun:
            self._has_begun.add(key)
            self._later(leaving.after_ms, partial(self._leave, calling))

    def _hear_agent(self, leg: Channel, fact: Fact) -> None:
        moment = MOMENTS.get(fact.name)
        if moment is None:
            return
        calling = self._calls.get(leg.call)
        if calling is not None and moment != "talking":
            self._come(calling, moment)
        if moment == "bridging":
            self._answered[leg.call] = leg
        self._begin(leg, moment)

    def _hear_number(self, leg: Channel, fact: Fact) -> None:
        """A number that was called for a caller."""
        moment, calling = MOMENTS.get(fact.name), self._calls.get(leg.call)
        if moment is None:
            return
        if calling is not None and moment != "talking":
            self._come(calling, moment)
        if moment == "bridging":
            self._answered[leg.call] = leg
        self._begin(leg, moment)

    def _begin_answer(self, leg: Channel, moment: str) -> None:
        if (leg.uuid, moment) in self._has_begun:
            return
        self._has_begun.add((leg.uuid, moment))
        place = self._turn_of.setdefault(leg.uuid, self._forwarded)
        self._forwarded = max(self._forwarded, place + 1)
        answer = self._plan.answers[place % len(self._plan.answers)]
        if answer.since == moment:
            self._act(leg.name.removeprefix("sofia/external/"), leg, answer.acts)

    def _begin(self, leg: Channel, moment: str) -> None:
        if leg.is_forwarded:
            self._begin_answer(leg, moment)
            return
        agent = self._agents.get(leg.agent)
        if agent is None or (leg.uuid, moment) in self._has_begun:
            return
        self._has_begun.add((leg.uuid, moment))
        if leg.uuid not in self._turn_of:
            self._turn_of[leg.uuid] = self._turns[agent.login]
            self._turns[agent.login] += 1
        self._begin_turn(agent, leg, moment)

    def _begin_turn(self, agent: Agent, leg: Channel, moment: str) -> None:
        turn = agent.turns[self._turn_of[leg.uuid] % len(agent.turns)]
        if turn.since == moment:
            self._act(agent.login, leg, turn.acts)

    # -- calls by agents, and phones that register -----------------------------------------------

    def _dial(self, agent: Agent, dial: Dial) -> None:
        call_id = str(uuid.uuid4())
        self._callees.dials[call_id] = (agent.login, dial)
        self._books.dial(call_id, agent.login, dial.to, dial.caller_id)

    def _at_phone(self, login: str, behaviour: str, what: str) -> None:
        self._stand.is_up.wait()
        self.deeds.append(Deed(time.time_ns() // 1000, login, what))
        match what:
            case "register":
                self._stand.register(login, behaviour)
            case "unregister" | "expire":
                self._stand.unregister(login, what)
            case code:
                self._stand.dial_code(login, code)

    # -- phones ----------------------------------------------------------------------------------

    def _act(self, who: str, leg: Channel, acts: tuple[Act, ...]) -> None:
        """One act after the other, as long as the leg lives."""

        def go() -> None:
            for act in acts:
                gevent.sleep(act.after_ms / 1000)
                if not leg.is_up:
                    return
                self._touch(who, leg, act)

        if acts:
            self._group.add(gevent.spawn(go))

    def _ask(self, who: str, leg: Channel, kind: str) -> None:
        self.deeds.append(Deed(time.time_ns() // 1000, who, f"ask {kind}", leg.uuid))
        self._books.ask_about(leg.call, who, kind)

    def _touch(self, who: str, leg: Channel, act: Act) -> None:
        if act.what == "ask":
            self._ask(who, leg, act.text)
            return
        phone = leg if act.what == "die" else self.witness.far_end(leg)
        if phone is None:
            return
        self.deeds.append(Deed(time.time_ns() // 1000, who, act.what, phone.uuid))
        match act.what:
            case "hang_up":
                self._stand.try_(f"uuid_kill {phone.uuid}")
            case "die":
                self._stand.try_(f"uuid_kill {phone.uuid} {act.text}")
            case "hold":
                self._stand.try_(f"uuid_hold {phone.uuid}")
            case "unhold":
                self._stand.try_(f"uuid_hold off {phone.uuid}")
            case "press":
                self._stand.try_(f"uuid_send_dtmf {phone.uuid} {act.text}")
            case "refer":
                self._stand.try_(f"uuid_deflect {phone.uuid} sip:{act.text}@127.0.0.1")
