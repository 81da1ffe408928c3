"""What every command's text is made of: the frames of one, and ids and seconds that are checked. Pure.

What a command says stands in esl.render.
"""

import re

from freeswitch_cc.core.commands import Command
from freeswitch_cc.esl.wire import Wire

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MAX_SECONDS = 1_000_000


def job(command: Command, text: str, describe: str | None = None) -> Wire:
    """In the background, under the command's id: a refusal comes back as an event (BACKGROUND_JOB)."""
    data = f"bgapi {text}\nJob-UUID: {command.command_id}\n\n".encode()
    return Wire(data, 1, describe or text)


def api(text: str, describe: str) -> Wire:
    """Carried out before the next one on this connection; ASCII only."""
    return Wire(f"api {text}\n\n".encode("ascii"), 1, describe)


def checked_uuid(text: str, name: str) -> str:
    """Raises ValueError with the name of the field."""
    if not _UUID.fullmatch(text):
        raise ValueError(f"{name} must be a UUID in lower case")
    return text


def whole_seconds(milliseconds: int, name: str) -> int:
    """Whole seconds, rounded up: the switch counts no other. Raises ValueError with the name of the field."""
    seconds = -(-milliseconds // 1000)
    if not 1 <= seconds <= _MAX_SECONDS:
        raise ValueError(f"{name} must be between 1 and {_MAX_SECONDS * 1000}")
    return seconds
