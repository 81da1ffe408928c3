"""Commands about agents: see them, and ask the engine for a presence on their behalf."""

import getpass
import uuid

from freeswitch_cc.cli.context import Context
from freeswitch_cc.cli.output import complain, say, show_json, show_rows
from freeswitch_cc.store import board
from freeswitch_cc.store.connect import connected
from freeswitch_cc.store.migrate import require_newest
from freeswitch_cc.store.requests import Answer, ask_and_wait

_COLUMNS = ("login", "name", "presence", "reason", "pending_presence", "activity", "is_ready", "state_at", "queues")


def show(context: Context) -> int:
    """Every agent and what he is doing now."""
    with context.transaction() as connection:
        rows = board.agents(connection)
    show_rows(rows, _COLUMNS, as_json=context.as_json, empty="there are no agents: see `freeswitch-cc apply`")
    return 0


def ask(context: Context) -> int:
    """Ask for a presence and wait for what the engine answers."""
    given = context.arguments
    reason = getattr(given, "reason", None)
    with context.database() as url:
        with connected(url) as connection:
            require_newest(connection)
        answer = ask_and_wait(
            url,
            kind=given.kind,
            login=given.login,
            arguments={} if reason is None else {"reason": reason},
            asked_by=given.asked_by or f"cli:{_user()}",
            idempotency_key=given.key or str(uuid.uuid4()),
            wait_ms=context.settings.timeouts.request_ms,
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
