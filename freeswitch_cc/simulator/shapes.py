"""How a lie is written: for `freeswitch-cc simulator --lie`, `api fcc_simulator lies`, and the chaos harness.

What is told of it to people stands here and nowhere else. Reads no lie: that is lies.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """text: how it is written, [what is in brackets] may be left out. means: what it does, in a few words."""

    text: str
    means: str


SHAPES: Mapping[str, Shape] = {
    "drop": Shape("drop:EVENT:WHEN", "the event is not sent"),
    "duplicate": Shape("duplicate:EVENT:WHEN[:MS]", "it is sent twice, at once or so many ms later"),
    "delay": Shape("delay:EVENT:WHEN:MS", "it is sent so many ms late; what comes after it overtakes it"),
    "reorder": Shape("reorder:EVENT:WHEN[:leg]", "it changes places with the next event (of the same leg)"),
    "cut": Shape("cut:EVENT:WHEN", "half of its frame is sent, then the line is cut"),
    "refuse": Shape("refuse:COMMAND:WHEN[:job]", "not carried out, answered -ERR; a job is taken and then fails"),
    "close": Shape(
        "close:before|after|middle:WHEN[:COMMAND]",
        "the line is cut before the command is carried out, after that and before the reply, or in mid-reply",
    ),
    "stall": Shape(
        "stall:before|after:WHEN[:COMMAND]", "the line stays open, and nothing comes on it any more, not even a reply"
    ),
    "to": Shape(
        "to:engines|all",
        "whom all of them concern: engines (connections that sent filter, bgapi or sendmsg), or everybody",
    ),
}

WORDS: Mapping[str, str] = {
    "EVENT": "an event's name, such as CHANNEL_PARK, or * for every one",
    "COMMAND": "a command of the Event Socket (sendmsg) or of the api (uuid_bridge), connect (the connection itself), "
    "or * for every one but connect and auth",
    "WHEN": "with a point it is a chance (0.01, 1.0 is always), without one a number: 37 is the 37th time only",
    "MS": "200, or 50-400 for any time between",
}
