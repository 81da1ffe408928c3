"""`show channels` and `show calls`: tables that a thread of their own keeps from the events. switch_core_sqldb.c.

A moment behind the channels (the trap list_lags), and never looked at by the switch itself.
"""

from collections.abc import Callable
from typing import Final

from freeswitch_cc.simulator.clock import Clock
from freeswitch_cc.simulator.events import Event

LAG_MS: Final = 60.0

Row = dict[str, str]

_COLUMNS = (
    *("uuid", "direction", "created", "created_epoch", "name", "state", "cid_name", "cid_num", "ip_addr", "dest"),
    *("application", "application_data", "dialplan", "context", "read_codec", "read_rate", "read_bit_rate"),
    *("write_codec", "write_rate", "write_bit_rate", "secure", "hostname", "presence_id", "presence_data"),
    *("accountcode", "callstate", "callee_name", "callee_num", "callee_direction", "call_uuid", "sent_callee_name"),
    *("sent_callee_num", "initial_cid_name", "initial_cid_num", "initial_ip_addr", "initial_dest"),
    *("initial_dialplan", "initial_context"),
)
_OF_A_CALL = (
    *("uuid", "direction", "created", "created_epoch", "name", "state", "cid_name", "cid_num", "ip_addr", "dest"),
    *("presence_id", "presence_data", "accountcode", "callstate", "callee_name", "callee_num", "callee_direction"),
    *("call_uuid", "hostname", "sent_callee_name", "sent_callee_num"),
)
_OF_ITS_OTHER_LEG = tuple(name for name in _OF_A_CALL if name not in ("call_uuid", "hostname"))

# Which columns an event writes, and the header that each takes; a header that is not there writes an empty text.
_PRESENCE = {
    "presence_id": "Channel-Presence-ID",
    "presence_data": "Channel-Presence-Data",
    "accountcode": "variable_accountcode",
}
_CODEC = {
    f"{way}_{column}": f"Channel-{way.capitalize()}-Codec-{header}"
    for way in ("read", "write")
    for column, header in (("codec", "Name"), ("rate", "Rate"), ("bit_rate", "Bit-Rate"))
}
_APPLICATION = {"application": "Application", "application_data": "Application-Data", **_PRESENCE}
_NAMES = {
    "cid_name": "Caller-Caller-ID-Name",
    "cid_num": "Caller-Caller-ID-Number",
    "callee_name": "Caller-Callee-ID-Name",
    "callee_num": "Caller-Callee-ID-Number",
    "sent_callee_name": "Sent-Callee-ID-Name",
    "sent_callee_num": "Sent-Callee-ID-Number",
}
_BEGINNING = {
    "cid_name": "Caller-Caller-ID-Name",
    "cid_num": "Caller-Caller-ID-Number",
    "ip_addr": "Caller-Network-Addr",
    "dest": "Caller-Destination-Number",
    "dialplan": "Caller-Dialplan",
    "context": "Caller-Context",
}
_WRITES: dict[str, dict[str, str]] = {
    "CHANNEL_ANSWER": _CODEC,
    "CHANNEL_PROGRESS_MEDIA": _CODEC,
    "CODEC": _CODEC,
    "CHANNEL_HOLD": _APPLICATION,
    "CHANNEL_UNHOLD": _APPLICATION,
    "CHANNEL_EXECUTE": _APPLICATION,
    "CHANNEL_ORIGINATE": {**_PRESENCE, "call_uuid": "Channel-Call-UUID"},
    "CALL_UPDATE": {**_NAMES, "callee_direction": "Direction"},
}
_ROUTING = {
    "state": "Channel-State",
    **_NAMES,
    **{column: _BEGINNING[column] for column in ("ip_addr", "dest", "dialplan", "context")},
    **_PRESENCE,
}
_CREATION = {
    "uuid": "Unique-ID",
    "direction": "Call-Direction",
    "created": "Event-Date-Local",
    "name": "Channel-Name",
    "state": "Channel-State",
    "callstate": "Channel-Call-State",
    "dialplan": "Caller-Dialplan",
    "context": "Caller-Context",
    "hostname": "FreeSWITCH-Switchname",
    **{f"initial_{column}": header for column, header in _BEGINNING.items()},
}
_STATE = {"state": "Channel-State"}
_UNTOLD_STATES = ("CS_NEW", "CS_INIT", "CS_HANGUP", "CS_REPORTING", "CS_DESTROY")
_UNTOLD_CALL_STATES = ("DOWN", "HANGUP")


class Listing:
    """The two tables. lag_ms: how long an event takes to get there."""

    def __init__(self, clock: Clock, *, lag_ms: float = LAG_MS) -> None:
        self._clock = clock
        self.lag_ms = lag_ms
        self._rows: dict[str, Row] = {}
        self._of_call: dict[str, dict[str, None]] = {"": {}}  # the rows by their call_uuid
        self._calls: dict[str, tuple[str, str]] = {}
        self._callers_of: dict[str, dict[str, None]] = {}
        self._writers: dict[str, Callable[[str, Event], None]] = {
            **dict.fromkeys(_WRITES, self._update),
            "CHANNEL_CREATE": self._create,
            "CHANNEL_DESTROY": self._destroy,
            "CHANNEL_STATE": self._state,
            "CHANNEL_CALLSTATE": self._call_state,
            "CHANNEL_BRIDGE": self._bridge,
            "CHANNEL_UNBRIDGE": self._unbridge,
        }

    def notice(self, event: Event) -> None:
        """Every event of the switch comes by here."""
        write = self._writers.get(event["Event-Name"])
        if write is not None:
            self._clock.after(self.lag_ms, lambda: write(str(event.get("Unique-ID", "")), event))

    def channels(self, like: str = "") -> list[Row]:
        """The channels, the oldest first; with a text that is in their name, id or number."""
        if not like:
            return [row.copy() for row in self._rows.values()]
        looked_at = ("uuid", "name", "cid_name", "cid_num", "presence_data")
        return [row.copy() for row in self._rows.values() if any(like in row[column] for column in looked_at)]

    def calls(self) -> list[Row]:
        """Every channel that is not the second of a bridge, with the second beside it (`b_...`)."""
        seconds = {callee for callee, _ in self._calls.values()}
        listed = []
        for uuid, row in self._rows.items():
            if uuid in seconds:
                continue
            callee, created_epoch = self._calls.get(uuid, ("", ""))
            other = self._rows.get(callee, {})
            listed.append(
                {
                    **{column: row[column] for column in _OF_A_CALL},
                    **{f"b_{column}": other.get(column, "") for column in _OF_ITS_OTHER_LEG},
                    "call_created_epoch": created_epoch,
                }
            )
        return listed

    def _create(self, uuid: str, event: Event) -> None:
        self._forget(uuid)
        row = self._rows[uuid] = dict.fromkeys(_COLUMNS, "")
        self._of_call[""][uuid] = None
        self._write(uuid, event, _CREATION)
        row["created_epoch"] = _second(event)

    def _destroy(self, uuid: str, _event: Event) -> None:
        self._forget(uuid)
        self._end_calls(uuid)

    def _forget(self, uuid: str) -> None:
        row = self._rows.pop(uuid, None)
        if row is not None:
            self._belong(uuid, row, None)

    def _state(self, uuid: str, event: Event) -> None:
        state = event["Channel-State"]
        if uuid in self._rows and state not in _UNTOLD_STATES:
            self._write(uuid, event, _ROUTING if state == "CS_ROUTING" else _STATE)

    def _call_state(self, uuid: str, event: Event) -> None:
        row = self._rows.get(uuid)
        if row is not None and event["Channel-Call-State"] not in _UNTOLD_CALL_STATES:
            row["callstate"] = str(event["Channel-Call-State"])

    def _update(self, uuid: str, event: Event) -> None:
        if uuid in self._rows:
            self._write(uuid, event, _WRITES[str(event["Event-Name"])])

    def _bridge(self, _uuid: str, event: Event) -> None:
        a, b = str(event["Bridge-A-Unique-ID"]), str(event["Bridge-B-Unique-ID"])
        for leg in (a, b):
            if leg in self._rows:
                self._belong(leg, self._rows[leg], str(event.get("Channel-Call-UUID", "")))
        self._end_call(a)
        self._calls[a] = (b, _second(event))
        self._callers_of.setdefault(b, {})[a] = None

    def _unbridge(self, uuid: str, event: Event) -> None:
        for leg in list(self._of_call.get(str(event.get("Channel-Call-UUID", "")), ())):
            self._belong(leg, self._rows[leg], leg)
        self._end_calls(uuid)

    def _end_calls(self, uuid: str) -> None:
        """Those that it began, and those in which it is the other one."""
        for caller in (uuid, *self._callers_of.get(uuid, ())):
            self._end_call(caller)

    def _end_call(self, caller: str) -> None:
        callee, _ = self._calls.pop(caller, ("", ""))
        callers = self._callers_of.get(callee, {})
        callers.pop(caller, None)
        if not callers:
            self._callers_of.pop(callee, None)

    def _belong(self, uuid: str, row: Row, call_uuid: str | None) -> None:
        """To which call a row belongs; None: it is no more."""
        legs = self._of_call[row["call_uuid"]]
        del legs[uuid]
        if not legs and row["call_uuid"]:
            del self._of_call[row["call_uuid"]]
        if call_uuid is not None:
            row["call_uuid"] = call_uuid
            self._of_call.setdefault(call_uuid, {})[uuid] = None

    def _write(self, uuid: str, event: Event, headers: dict[str, str]) -> None:
        row = self._rows[uuid]
        if "call_uuid" in headers:
            self._belong(uuid, row, str(event.get(headers["call_uuid"], "")))
        row.update({column: str(event.get(header, "")) for column, header in headers.items()})


def _second(event: Event) -> str:
    return str(int(event["Event-Date-Timestamp"]) // 1_000_000)
