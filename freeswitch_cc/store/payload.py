"""The argument of fcc_save: what one decision writes, as JSON. Pure; the function: migrations/sql/0002_save.sql."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from freeswitch_cc.core.scene import Decision


def payload_of(
    decision: Decision,
    *,
    steps: Sequence[tuple[str, Decision]],
    call_id: str | None,
    now: datetime,
    epoch: int | None,
) -> str:
    """The argument of fcc_save: a JSON object that holds only what is new, and what changed."""
    p: dict[str, Any] = {}
    new = decision.new
    if decision.call is not None:
        p["new_call" if decision.call.call_id in new else "call"] = decision.call
    for name, key in (("legs", "leg_id"), ("visits", "visit_id")):
        for record in getattr(decision, name):
            p.setdefault(f"new_{name}" if getattr(record, key) in new else name, []).append(record)
    for name in ("offers", "agents", "alarms", "dispositions", "voicemails"):
        records = getattr(decision, name)
        if records:
            p[name] = records
    if decision.asked is not None:
        p["asked"] = decision.asked
    if decision.answer is not None:
        p["answer"] = decision.answer
    if decision.commands and epoch is not None:
        p["commands_of"] = {"switch_id": decision.commands[0].switch_id, "epoch": epoch}
    told = [
        {
            "call_id": call_id,
            "at": now,
            "event": event,
            "because": step.because,
            "commands": ", ".join(type(command).__name__ for command in step.commands),
        }
        for event, step in steps
        if step.because or step.commands
    ]
    if call_id is not None and told:
        p["log"] = told
    return msgspec.json.encode(p).decode()
