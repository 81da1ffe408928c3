"""What is offered by this engine, by whoever matches: the matcher, or a worker that has just written why there is
something to match. One at a time; what came of it is told here, and remembered for the next.

Who gets whom is decided in SQL, what is done for it in core (engine.deciding); when to match: engine.matcher.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from gevent.event import Event
from gevent.lock import BoundedSemaphore

from freeswitch_cc.core.events import OfferMade
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.engine.dispatcher import Work
from freeswitch_cc.engine.once import Once
from freeswitch_cc.store.matched import Matched

log = logging.getLogger(__name__)

AGAIN_S = 1.0
TOLD_WITHIN_S = 2.0
"""After that the commit of an offer is not waited for any more by who has something else to send of its call."""


class Offers:
    """switch_ids: for whose calls is matched. tell(decision): after the commit. deliver(event): an offer that was not
    decided on with its match is decided on as every event is. hurry(yes): whether a call waits for an agent to become
    free. offer_grace_ms: how long after its ring time an offer may stay open before it is looked up.
    """

    def __init__(
        self,
        *,
        switch_ids: Callable[[], list[str]],
        deliver: Callable[[Work], None],
        tell: Callable[[Decision], None],
        hurry: Callable[[bool], None],
        offer_grace_ms: int,
    ) -> None:
        self.switch_ids = switch_ids
        self.offer_grace_ms = offer_grace_ms
        self.changed = Event()
        """The matcher is to match, or to see anew when a tier opens."""
        self._is_to_match = False
        self.is_waiting = True
        """Does a call wait for an agent? Not known: it does."""
        self.being_told: dict[str, Event] = {}
        """Calls, until what their offer asks for is sent."""
        self._deliver = deliver
        self._tell = tell
        self._hurry = hurry
        self._turn = BoundedSemaphore()
        # An offer that has no leg yet is found by every match: its call is busy, and one event is enough.
        self._told = Once(AGAIN_S)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Nobody else matches meanwhile. Whatever is not told at its end is never told."""
        with self._turn:
            try:
                yield
            finally:
                self.forget()

    def take_turn(self) -> bool:
        """The same for who does not wait for it: end_turn() must follow, if there is anything to match for."""
        return bool(self.switch_ids()) and self._turn.acquire(blocking=False)

    def end_turn(self) -> None:
        self.forget()
        self._turn.release()

    def asks_for_match(self, decision: Decision) -> bool:
        """Is there something to match after this? An agent who becomes free while nobody waits is no reason; while
        somebody matches it is not known who waits.
        """
        return decision.wakes_matcher and (self.is_waiting or self._turn.locked() or decision.lets_a_call_wait)

    def note(self, decision: Decision) -> None:
        """This was committed, and nobody has matched since."""
        if self.asks_for_match(decision):
            self.wake()

    def wake(self) -> None:
        """The matcher is to match."""
        self._is_to_match = True
        self.changed.set()

    def take_wish(self) -> bool:
        """By the matcher: is it to match? Whoever wishes it from now on wishes another one."""
        self.changed.clear()
        is_to_match, self._is_to_match = self._is_to_match, False
        return is_to_match

    def tell_all(self, decided: Mapping[str, Decision], made: Matched) -> int:
        """After the commit: what was decided of these offers, by call, is sent, the others are told. Returns how many
        are new.
        """
        for decision in decided.values():
            if not decision.changes_nothing:
                self._tell(decision)
                self.note(decision)
        self.forget()
        self.is_waiting = made.is_waiting or made.is_cut_off
        if made.is_cut_off:
            self.wake()
        elif made.is_waiting:
            self.changed.set()
        self._hurry(made.is_waiting)
        self._told.prune()
        new = [(offer_id, call_id) for offer_id, call_id in made.offers if self._told.is_new(offer_id)]
        for offer_id, call_id in new:
            if call_id not in decided:
                self._deliver(OfferMade(call_id=call_id, offer_id=offer_id))
        return len(new)

    def telling(self, call_ids: Iterable[str]) -> None:
        """Before anybody else can decide on these calls: what they ask for is about to be sent."""
        self.being_told.update({call_id: Event() for call_id in call_ids})

    def forget(self) -> None:
        """All is sent, or nothing will be: nobody waits for it any more."""
        for being_told in self.being_told.values():
            being_told.set()
        self.being_told.clear()

    def wait_until_told(self, decision: Decision) -> None:
        """Whoever decides on a call that is being offered sends nothing before what the offer asks for is sent."""
        for command in decision.commands:
            being_told = self.being_told.get(command.call_id)
            if being_told is not None and not being_told.wait(timeout=TOLD_WITHIN_S):
                log.error("call=%s what its offer asks for is not sent yet", command.call_id)
