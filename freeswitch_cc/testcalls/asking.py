"""What a scenario asks of the product as people do: a request in somebody's name, and why a call is where it is.

Waits for nothing but the answer, and judges nothing: play does.
"""

from typing import Any

from freeswitch_cc.core.why import sentences
from freeswitch_cc.errors import NotAllowed
from freeswitch_cc.store.availability import why
from freeswitch_cc.store.connect import connected
from freeswitch_cc.testcalls.scenario import Ask


def arguments_of(step: Ask) -> dict[str, Any]:
    """What goes into the row of the request beside its kind, who asks and which call is meant."""
    said: dict[str, Any] = dict(step.arguments)
    if step.by is not None:
        said |= {"forced": True, "by": step.by}
    return said


def why_of(database_url: str, call_id: str) -> list[str]:
    """The sentences of `freeswitch-cc why`; the one that refuses it while the engine has not noted the call yet."""
    try:
        with connected(database_url) as connection:
            return sentences(why(connection, call_id))
    except NotAllowed as unknown:
        return [str(unknown)]
