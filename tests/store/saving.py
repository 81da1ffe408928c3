"""One call looked at, and one decision saved, as the hot path does both; is every field of a record tried? No tests."""

from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from freeswitch_cc.core.call import View
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.store.db import Session

T0 = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)


def view_of(session: Session, call_id: str, dialled: str = "", caller_number: str = "") -> View:
    view = session.view_call(call_id, dialled, caller_number)[1]
    session.rollback()
    return view


def save(session: Session, decision: Decision, *, call_id: str | None = None, epoch: int | None = None) -> None:
    session.run("BEGIN")
    session.save(decision, event="Test", call_id=call_id, now=T0, epoch=epoch)


def later(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def assert_every_field_is_tried(records: list[Any], *, but: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    """A field that nobody fills could be lost on the way without a test that fails."""
    for field in fields(records[0]):
        default = None if field.default is MISSING else field.default
        assert field.name in but or any(getattr(record, field.name) != default for record in records), field.name
