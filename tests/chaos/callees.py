"""The calls that agents place, as they go on: who is called, and what both do at each moment of the called phone.

It knows the legs of such a call and has acts done; phones are people.py's.
"""

from collections.abc import Callable, Iterator

from tests.chaos.acts import Act, Turn
from tests.chaos.plan_dials import Dial
from tests.chaos.witness import Channel, Fact

MOMENTS = {
    "CHANNEL_PROGRESS": "ringing",
    "CHANNEL_PROGRESS_MEDIA": "ringing",
    "CHANNEL_ANSWER": "answering",
    "CHANNEL_PARK": "bridging",
    "CHANNEL_BRIDGE": "talking",
    "CHANNEL_HOLD": "held",
}
"""What a leg that was called does, and the moment that it is for whoever waits for it, and for its own phone.

Two more: `joining` is an agent's alone: his customer's music ends while he is parked, for the switch has begun to bring
them together. And `calling_back`: of who has placed a call, the phone rings for the second time.
"""

Do = Callable[[str, Channel, tuple[Act, ...]], None]


class Callees:
    """dials: by the id of the call, which is that of its request: who asked for it, and what was drawn for it.

    do(who, leg, acts): one act after the other, as long as the leg lives.
    """

    def __init__(self, do: Do) -> None:
        self.dials: dict[str, tuple[str, Dial]] = {}
        self._do = do
        self._own: dict[str, list[Channel]] = {}
        self._other: dict[str, Channel] = {}
        self._has_begun: set[tuple[str, str]] = set()

    def is_drawn(self, leg: Channel) -> bool:
        """Is it drawn with the call what this one does? Else he does what an agent does in any call."""
        known = self.dials.get(leg.call)
        turn = (known[1].own if leg.role == "agent" else known[1].other) if known is not None else None
        return turn is not None

    def legs(self) -> Iterator[tuple[str, Channel]]:
        """Of every call that goes on: whose it is, and the leg."""
        for call_id, (login, _) in self.dials.items():
            for leg in self._own.get(call_id, []):
                if leg.is_up:
                    yield login, leg
            other = self._other.get(call_id)
            if other is not None and other.is_up:
                yield _name(other), other

    def hear(self, leg: Channel, fact: Fact) -> None:
        """A fact of a leg of such a call."""
        if leg.role == "agent":
            own = self._own.setdefault(leg.call, [])
            if leg not in own:
                own.append(leg)
            if MOMENTS.get(fact.name) == "ringing" and leg is not own[0]:
                self._begin(leg.call, "calling_back")
        elif not leg.is_phone:
            self._other[leg.call] = leg
            moment = MOMENTS.get(fact.name)
            if moment is not None:
                self._begin(leg.call, moment)

    def _begin(self, call_id: str, moment: str) -> None:
        if (call_id, moment) in self._has_begun:
            return
        self._has_begun.add((call_id, moment))
        login, dial = self.dials[call_id]
        other, own = self._other.get(call_id), self._own.get(call_id, [])
        if own:
            self._do(login, own[-1], _acts(dial.own, moment))
        if other is not None:
            self._do(_name(other), other, _acts(dial.other, moment))


def _acts(turn: Turn | None, moment: str) -> tuple[Act, ...]:
    return turn.acts if turn is not None and turn.since == moment else ()


def _name(leg: Channel) -> str:
    return leg.agent or leg.name.removeprefix("sofia/external/")
