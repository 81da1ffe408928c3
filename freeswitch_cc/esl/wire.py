"""What goes over the wire and comes back: the rendered command, and how a failing reply is known.

Values and pure functions only: no socket here, and no knowledge of what a command is for.
"""

import re
from dataclasses import dataclass

from freeswitch_cc.errors import SwitchUnreachable

_FAILURE_HEAD = re.compile(r"-(?:ERR|ERROR|USAGE)(?:[:\s]|$)")
_FAILURE_TEXT = re.compile(
    r"COMMAND RETURNED ERROR!"
    r"|Command returned no output!"
    r"|\S+ Command not found!"
    r"|Invalid Profile!"
    r"|Conference \S+ not found"
)


class ReplyLost(SwitchUnreachable):
    """The connection failed after the first byte was handed to it: sent or not, nobody knows.

    Whoever gets it must look (`uuid_dump`), never send again.
    """

    is_sent = True


@dataclass(frozen=True, slots=True)
class Wire:
    """One write to the Event Socket.

    data: whole frames, each ended by a blank line. replies: how many replies they bring.
    describe: for logs and errors; it carries ids, never a password, a name or a number.
    may_follow: it moves no leg, and the switch is through with it at once: it may be written behind another such one
    that is not answered yet. What moves a leg waits until the line has answered everything: written behind something
    that stalls it would be carried out long after it was given up, and decided anew.
    """

    data: bytes
    replies: int
    describe: str
    may_follow: bool = False


def failure_of(reply: str) -> str | None:
    """Why a reply is a failure, or None when it is none.

    The reason is the text behind `-ERR`, or the whole text where the switch writes none. Failures are
    told by their own words and not by a missing `+OK`, because data (`show`, `uuid_dump`, `uuid_exists`)
    carries no `+OK` either. Sources: traces t06, t20, t29, t30; mod_event_socket.c:1549-1584.
    """
    text = reply.strip()
    if _FAILURE_HEAD.match(text):
        if text.startswith("-USAGE"):
            return text
        return text.partition(" ")[2].strip() or text
    if _FAILURE_TEXT.match(text):
        return text
    return None
