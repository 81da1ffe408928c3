"""What people do with their phones in a call, and when: the words of a plan. Values only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Act:
    """Something done so many ms after the moment before it. what: hang_up, hold, unhold, press, refer, die, ask.

    text: the keys, where to, the cause; with ask: for what he asks the engine about the call, as core.control knows it.
    """

    after_ms: int
    what: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Leaving:
    """The caller hangs up so many ms after the first moment of a kind: waiting, ringing, answering, bridging, talking,
    held."""

    moment: str
    after_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What somebody does with one call. since: ringing, answering, bridging, joining, talking, or calling_back: of whom
    an agent has called, his agent's phone died and is called anew."""

    since: str
    acts: tuple[Act, ...]
