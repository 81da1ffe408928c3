"""What every command does that asks the engine for something: the row, the wait, and the answer in words.

Which kinds there are, and what they take, is core.asked's; options stand beside the commands.
"""

import getpass
import uuid
from collections.abc import Mapping
from typing import Any

from freeswitch_cc.cli.context import Context
from freeswitch_cc.cli.output import complain, say, show_json
from freeswitch_cc.core.agent_state import Refusal
from freeswitch_cc.core.asked import event_of
from freeswitch_cc.errors import NotAllowed
from freeswitch_cc.store.availability import call_id_of
from freeswitch_cc.store.connect import connected
from freeswitch_cc.store.migrate import require_newest
from freeswitch_cc.store.requests import Answer, ask_and_wait

_ANY_CALL = "00000000-0000-0000-0000-000000000000"


def ask_engine(context: Context, arguments: Mapping[str, Any], call: str | None = None) -> int:
    """Ask for the kind of thing in the name of the login that the command was given; 0 when it was done, else 2.

    call: the id, or the beginning of it, of the call that it is about, if not the one that the agent is in.
    """
    given = context.arguments
    for name in ("login", "asked_by", "key"):
        if not (getattr(given, name, None) or "").isprintable():
            raise NotAllowed("bad_arguments", f"{name.replace('_', ' ')} must be one line of text")
    try:
        event_of("", given.kind, "", arguments, _ANY_CALL)  # what no engine would take is not asked for
    except Refusal as refusal:
        raise NotAllowed(refusal.reason, refusal.message) from refusal
    with context.database() as url:
        with connected(url) as connection:
            require_newest(connection)
            call_id = call_id_of(connection, call) if call is not None else None
        answer = ask_and_wait(
            url,
            kind=given.kind,
            login=given.login,
            arguments=arguments,
            asked_by=arguments.get("by") or getattr(given, "asked_by", None) or f"cli:{_user()}",
            idempotency_key=given.key or str(uuid.uuid4()),
            wait_ms=context.settings.timeouts.request_ms,
            call_id=call_id,
        )
    if context.as_json:
        show_json(
            {
                "request_id": answer.request_id,
                "state": answer.state,
                "reason": answer.reason,
                "message": answer.message,
            }
        )
    sentence = _in_words(answer, given.kind, given.login)
    if answer.state == "done":
        if not context.as_json:
            say(sentence)
        return 0
    complain(sentence)
    return 2


def _in_words(answer: Answer, kind: str, login: str) -> str:
    asked = f"{kind.replace('_', ' ')} of {login}"
    if answer.state == "done":
        return answer.message or f"{asked}: done"
    if answer.state == "refused":
        return f"{asked} was refused ({answer.reason}): {answer.message or 'no more is known'}"
    if answer.state == "withdrawn":
        return f"{asked} was taken back: no engine took it in time, so none seems to run (see `freeswitch-cc run`)"
    return f"{asked}: an engine has taken it and has not answered yet; it may still be carried out"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unknown"
