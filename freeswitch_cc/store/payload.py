"""The argument of fcc_save: what decisions write, as JSON. Pure; the function: migrations/sql/0002_save.sql."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from freeswitch_cc.core.scene import Decision


@dataclass(frozen=True, slots=True)
class Written:
    """What is written of one call, or of one agent (call_id is None).

    decision: all of it. steps: by name of the event, the decisions that it is made of, for the log. now: when it was
    decided. epoch: under which the switch is ours that is sent something.
    """

    decision: Decision
    steps: tuple[tuple[str, Decision], ...]
    call_id: str | None
    now: datetime
    epoch: int | None


def payload_of(written: Iterable[Written]) -> str:
    """The argument of fcc_save: a JSON object that holds only what is new, and what changed."""
    p: dict[str, Any] = {}
    epochs: dict[str, int] = {}
    for one in written:
        decision = one.decision
        new = decision.new
        if decision.call is not None:
            _add(p, "new_calls" if decision.call.call_id in new else "calls", decision.call)
        for leg in decision.legs:
            _add(p, "new_legs" if leg.leg_id in new else "legs", leg)
        for visit in decision.visits:
            _add(p, "new_visits" if visit.visit_id in new else "visits", visit)
        for name in ("offers", "agents", "alarms", "dispositions", "voicemails"):
            for record in getattr(decision, name):
                _add(p, name, record)
        for name in ("asked", "answer"):
            if getattr(decision, name) is not None:
                p[name] = getattr(decision, name)
        if decision.commands and one.epoch is not None:
            epochs[decision.commands[0].switch_id] = one.epoch
        if one.call_id is not None:
            for event, step in one.steps:
                if step.because or step.commands:
                    _add(p, "log", _log_row(one, event, step))
    if epochs:
        p["commands_of"] = [{"switch_id": switch_id, "epoch": epoch} for switch_id, epoch in epochs.items()]
    return msgspec.json.encode(p).decode()


def _add(p: dict[str, Any], key: str, record: object) -> None:
    p.setdefault(key, []).append(record)


def _log_row(one: Written, event: str, step: Decision) -> dict[str, object]:
    return {
        "call_id": one.call_id,
        "at": one.now,
        "event": event,
        "because": step.because,
        "commands": ", ".join(type(command).__name__ for command in step.commands),
    }
