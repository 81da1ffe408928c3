"""Records of the call of tests.core.world made one by one, for tests that tell no story."""

from typing import Any

from freeswitch_cc.core.call import Call, Leg, View, Visit
from freeswitch_cc.core.words import Phase, Role, Seen
from tests.core.world import CALL, CUSTOMER, NOW, SWITCH


def make_leg(leg_id: str = CUSTOMER, role: Role = Role.CUSTOMER, **changes: Any) -> Leg:
    """A live leg, parked and wanted so; a gone one gets its end."""
    if changes.get("seen") is Seen.GONE:
        changes.setdefault("ended_at", NOW)
    changes.setdefault("seen", Seen.PARKED)
    return Leg(leg_id=leg_id, call_id=CALL, switch_id=SWITCH, role=role, **changes)


def make_visit(visit_id: str = "visit", **changes: Any) -> Visit:
    return Visit(visit_id=visit_id, call_id=CALL, queue_id="sales", **{"entered_at": NOW, **changes})


def make_call(**changes: Any) -> Call:
    values: dict[str, Any] = {"call_id": CALL, "switch_id": SWITCH, "phase": Phase.QUEUED, "started_at": NOW}
    return Call(**{**values, **changes})


def make_view(*legs: Leg, **parts: Any) -> View:
    return View(**{"call": make_call(), "legs": legs or (make_leg(),), "visit": make_visit(), **parts})
