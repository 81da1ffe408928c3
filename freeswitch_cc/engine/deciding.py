"""What is done in one transaction: look, decide, save. Of one call, or of as many as go together.

Bodies of transactions: they end with everything saved, or with nothing, and may be run again. Nothing is sent here, and
no rules are here: those are core's.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from freeswitch_cc.core import batch
from freeswitch_cc.core.agent_events import AgentEvent
from freeswitch_cc.core.agent_view import AgentView
from freeswitch_cc.core.call import View
from freeswitch_cc.core.decide import decide, is_caller
from freeswitch_cc.core.decide_agent import decide_agent
from freeswitch_cc.core.events import CallEvent, DialAsked, LegParked, OfferMade
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.engine.dispatcher import Drawn, Work
from freeswitch_cc.engine.offers import Offers
from freeswitch_cc.engine.roots import new_root
from freeswitch_cc.engine.seldom import Seldom
from freeswitch_cc.errors import StoreFailed
from freeswitch_cc.store.db import Session
from freeswitch_cc.store.matched import Found
from freeswitch_cc.store.payload import Written
from freeswitch_cc.store.postgres import AnsweredBefore, ConnectionLost
from freeswitch_cc.store.views import Arrived

log = logging.getLogger(__name__)

LOCK_MS = 50
"""How long several wait together for a lock that somebody holds on one of them."""


@dataclass(slots=True)
class Done:
    """What one transaction has decided of one call or agent. steps: by event, those that changed something."""

    decision: Decision = field(default_factory=Decision)
    events: int = 0
    steps: list[tuple[str, Decision]] = field(default_factory=list)

    def note(self, event: Work, decision: Decision) -> None:
        self.events += 1
        if not decision.changes_nothing:
            self.steps.append((name_of(event), decision))

    @property
    def changes(self) -> int:
        return len(self.steps)


class Deciding:
    """On one session. epoch_of(switch_id): under which we own it. seldom: what alarms need not be told again.

    offers: if given, whatever is saved is matched with at once, when it is a reason to and nobody else is at it.
    on_matching: before that, for it takes longer.
    """

    def __init__(
        self,
        session: Session,
        timeouts: Timeouts,
        *,
        epoch_of: Callable[[str], int | None],
        seldom: Seldom,
        offers: Offers | None = None,
        on_matching: Callable[[], None] = lambda: None,
    ) -> None:
        self._session = session
        self._timeouts = timeouts
        self._epoch_of = epoch_of
        self._seldom = seldom
        self._offers = offers
        self._on_matching = on_matching
        self.found: Found | None = None
        """Matched with the last save, and not committed: offer_found() must follow."""

    def alone(self, drawn: Sequence[Drawn]) -> Done:
        """As many events of one call as fit into one transaction, or one event of an agent."""
        first, root = drawn[0]
        if isinstance(first, CallEvent):
            call_id: str | None = first.call_id
            now, view = self._view(first, drawn)
            done = self._decide_on_call(view, drawn, now)
        else:
            call_id = None
            now, found = self._session.view_agent(first.agent_id, first.looks_at, getattr(first, "call_id", None))
            done = self._decide_on_agent(found, first, root, now)
        if done.decision.changes_nothing:
            self._session.rollback()
            log.debug("%s changes nothing: %s", name_of(first), done.decision.because)
            return done
        epoch = None
        if done.decision.commands:
            epoch = self._epoch_of(done.decision.commands[0].switch_id)
            if epoch is None:
                raise StoreFailed("the switch of this call is not ours any more")
        try:
            self._save([Written(done.decision, tuple(done.steps), call_id, now, epoch)])
        except AnsweredBefore as error:
            self._session.rollback()
            log.info("%s changes nothing: %s", name_of(first), error)
            return Done(Decision(because="answered before"), events=done.events)
        _tell(first, done)
        return done

    def together(self, drawn_by: Mapping[str, Sequence[Drawn]]) -> dict[str, Done]:
        """Events of several calls and agents, by key, in one transaction: what was done of those that go together.

        Left out is who needs a view of his own, whose agent another one of them has just changed, what answers a
        request (the database may refuse that, and everything with it), and what must not be commanded.
        """
        keys = [key for key, drawn in drawn_by.items() if _goes_together(drawn[0][0])]
        if len(keys) < 2:
            return {}
        call_ids = [key for key in keys if isinstance(drawn_by[key][0][0], CallEvent)]
        arrived = [came for key in call_ids if (came := _arrived(key, drawn_by[key])) is not None]
        agent_ids = [key for key in keys if key not in call_ids]
        now, views, agents = self._session.view_calls(call_ids, agent_ids, arrived, lock_ms=LOCK_MS)
        done, written = self._decide_on_all(keys, drawn_by, now, views, agents)
        if written:
            self._save(written)
        else:
            self._session.rollback()
        for key, one in done.items():
            _tell(drawn_by[key][0][0], one)
        return done

    def offered(
        self, found: Found, roots: dict[str, UUID], telling: Callable[[Iterable[str]], None]
    ) -> dict[str, Done]:
        """Decide on what was matched, in the same transaction: the agent's phone is called by the one that chose him.

        roots: by offer, kept for when it is done again. telling(calls): before anybody else can decide on them. Returns
        by call what was done; of a call that is left out the offer is to be told.
        """
        drawn_by: dict[str, list[Drawn]] = {}
        for offer_id, call_id in found.made.offers:
            view = found.views[call_id]
            if view.is_whole:
                event = OfferMade(call_id=call_id, offer_id=offer_id)
                drawn_by[call_id] = [(event, roots.setdefault(offer_id, new_root()))]
        if not drawn_by:
            self._session.commit()
            return {}
        done, written = self._decide_on_all(list(drawn_by), drawn_by, found.now, found.views, {})
        telling(done)
        self._session.save_all(written)
        for key, one in done.items():
            _tell(drawn_by[key][0][0], one)
        return done

    def offer_found(self) -> None:
        """Decide on what was matched with the last save, and send it. What fails is matched again, by the matcher."""
        assert self._offers is not None
        assert self.found is not None
        found, self.found = self.found, None
        try:
            try:
                done = self.offered(found, {}, self._offers.telling)
            except Exception as error:
                log.error("what was matched is matched again: %s: %s", type(error).__name__, error)
                self._session.rollback()
                self._offers.wake()
                return
            self._offers.tell_all({call_id: one.decision for call_id, one in done.items()}, found.made)
        finally:
            self._offers.end_turn()

    def _save(self, written: Sequence[Written]) -> None:
        """Save; and match with it, if that is asked for: then `found` is there, and our turn."""
        self.found, offers = None, self._offers
        if offers is None:
            self._session.save_all(written)
            return
        # A switch that has just refused may be left alone from now on: that is told after the commit.
        is_refused = any(one.decision.refused_by for one in written)
        is_wanted = any(offers.asks_for_match(one.decision) for one in written)
        is_ours = is_wanted and not is_refused and offers.take_turn()
        try:
            if is_ours:
                self._on_matching()
                self.found = self._session.save_and_match(written, offers.switch_ids(), offers.offer_grace_ms)
            else:
                self._session.save_all(written)
        except ConnectionLost:
            offers.wake()  # what was written, but not answered, is not seen to change anything when it is done again
            raise
        finally:
            if is_ours and self.found is None:
                offers.end_turn()

    def _decide_on_all(
        self,
        keys: Sequence[str],
        drawn_by: Mapping[str, Sequence[Drawn]],
        now: datetime,
        views: Mapping[str, View],
        agents: Mapping[str, AgentView],
    ) -> tuple[dict[str, Done], list[Written]]:
        """By key, what is decided of those that go together, and what of that is to be written."""
        done: dict[str, Done] = {}
        written = []
        changed: set[str] = set()
        for key in keys:
            drawn = drawn_by[key]
            if key in views:
                if changed & {agent.agent_id for agent in views[key].agents}:
                    continue
                one = self._decide_on_call(views[key], drawn, now)
            else:
                if key in changed:
                    continue
                event, root = drawn[0]
                assert isinstance(event, AgentEvent)
                one = self._decide_on_agent(agents[key], event, root, now)
            decision = one.decision
            if decision.answer is not None or decision.asked is not None:
                continue
            epoch = self._epoch_of(decision.commands[0].switch_id) if decision.commands else None
            if decision.commands and epoch is None:
                continue
            changed.update(agent.agent_id for agent in decision.agents)
            done[key] = one
            if not decision.changes_nothing:
                written.append(Written(decision, tuple(one.steps), key if key in views else None, now, epoch))
        return done, written

    def _view(self, first: CallEvent, drawn: Sequence[Drawn]) -> tuple[datetime, View]:
        if isinstance(first, DialAsked):
            return self._session.view_dial(first.call_id, first.agent_id, first.called_login)
        arrived = _arrived(first.call_id, drawn)
        now, views, _ = self._session.view_calls((first.call_id,), arrived=(arrived,) if arrived is not None else ())
        return now, views[first.call_id]

    def _decide_on_call(self, view: View, drawn: Sequence[Drawn], now: datetime) -> Done:
        """On one view of the call, as many of its events as fit into one transaction."""
        known, done = view, Done()
        for event, root in drawn:
            assert isinstance(event, CallEvent)
            if done.events and isinstance(event, DialAsked):
                break  # it has a view of its own, and nothing else is decided on that
            decision = self._seldom.sift(decide(known, event, now, root, self._timeouts), root)
            if done.events and not batch.fits(view, done.decision, decision):
                break
            done.note(event, decision)
            done.decision = batch.together(done.decision, decision) if done.events > 1 else decision
            if isinstance(event, DialAsked) or not batch.may_go_on(view, done.decision):
                break
            known = batch.after(known, decision) if done.events < len(drawn) else known
        return done

    def _decide_on_agent(self, view: AgentView, event: AgentEvent, root: UUID, now: datetime) -> Done:
        done = Done(self._seldom.sift(decide_agent(view, event, now), root))
        done.note(event, done.decision)
        return done


def name_of(event: Work) -> str:
    """An event's name in logs: its type, and its kind if it has one."""
    kind = getattr(event, "kind", "")
    return type(event).__name__ + (f"({kind})" if kind else "")


def _goes_together(first: Work) -> bool:
    if isinstance(first, CallEvent):
        return not isinstance(first, DialAsked)
    return first.looks_at == ""


def _arrived(call_id: str, drawn: Sequence[Drawn]) -> Arrived | None:
    """How a call has come: what the switch told of the leg of its caller."""
    event = next((event for event, _ in drawn if isinstance(event, LegParked) and is_caller(event)), None)
    if event is None:
        return None
    return Arrived(
        call_id=call_id,
        dialled=event.dialled,
        caller_number=event.caller_number,
        switch_id=event.switch_id or None,
    )


def _tell(first: Work, done: Done) -> None:
    if not log.isEnabledFor(logging.INFO):
        return
    who = f"call={first.call_id}" if isinstance(first, CallEvent) else f"agent={first.agent_id}"
    for name, step in done.steps:
        commands = "".join(f" -> {type(command).__name__}" for command in step.commands)
        log.info("%s %s: %s%s", who, name, step.because or "noted", commands)
