"""How many of each kind a run had: what was drawn and what came of it. Pure.

A run that had none of a kind has not tried it, and does not pass for one that has.
"""

from collections import Counter

from tests.chaos.fates import End
from tests.chaos.forwards import numbers_of
from tests.chaos.plan_phones import STRANGER
from tests.chaos.record import Record, Row, us_of
from tests.chaos.witness import ENDS, Channel

TICK_US = 20_000
FROM_CALLS = 300
"""Of a plan with so many callers each of MUST_BE_SEEN must be seen."""
MUST_BE_SEEN = (
    *("overflowed_closed", "overflowed_full", "overflowed_nobody", "overflowed_too_long"),
    *("to_queue", "to_agent", "to_announcement", "to_voicemail", "to_nothing", "messages"),
    *("farewells_cut_by_a_death_or_restart",),
    *("to_number", "numbers_talked_to", "numbers_not_reached", "numbers_lost", "back_from_a_number"),
    *("number_left_ringing", "number_left_bridging", "number_left_talking", "numbers_cut_by_a_death_or_restart"),
    *("calls_outbound", "calls_internal", "calls_refused", "numbers_answered", "called_back"),
    *("left_ringing", "left_bridging", "left_talking", "left_calling_back"),
    *("phones_registered", "phones_unregistered", "phones_expired", "codes_dialled", "codes_done", "codes_refused"),
)


def counted(record: Record, ends: list[End]) -> dict[str, int]:
    """By name, in the order in which they are printed."""
    visits = Counter(row["left_reason"] for row in record.visits if row["left_reason"])
    outcomes = Counter(row["outcome"] for row in record.calls)
    origins = Counter(row["origin"] for row in record.calls)
    entered = Counter("agent" if row["queue"].startswith("agent:") else "queue" for row in _overflowed(record))
    asked = Counter((row["kind"], row["state"]) for row in record.requests if row["asked_by"] == "chaos")
    codes = Counter(row["state"] for row in record.requests if row["asked_by"].startswith("phone "))
    deeds = Counter(deed.what for deed in record.deeds if not deed.channel)
    called = [end for end in ends if end.customer.is_called]
    return {
        **{f"overflowed_{reason}": visits[reason] for reason in ("closed", "full", "nobody", "too_long", "not_taken")},
        "to_queue": entered["queue"],
        "to_agent": entered["agent"],
        "to_announcement": outcomes["announced"],
        "to_voicemail": outcomes["voicemail"],
        "to_nothing": outcomes["turned_away"],
        "messages": len(record.messages),
        "farewells_cut_by_a_death_or_restart": _cut(record),
        **_forwarded(record),
        "calls_outbound": origins["outbound"],
        "calls_internal": origins["internal"],
        "calls_refused": asked["dial", "refused"],
        "numbers_answered": len(called),
        "called_back": sum(row["called_back_at"] is not None or _is_called_back(record, row) for row in record.calls),
        **_left(record),
        "phones_registered": deeds["register"],
        "phones_unregistered": deeds["unregister"],
        "phones_expired": deeds["expire"],
        "codes_dialled": sum(times for what, times in deeds.items() if what.startswith("*")),
        "codes_of_a_stranger": sum(deed.who == STRANGER for deed in record.deeds),
        "codes_done": codes["done"],
        "codes_refused": codes["refused"],
    }


def unseen(record: Record, counts: dict[str, int]) -> list[str]:
    """Kinds that a run of this size must have had, and had not."""
    if len(record.plan.callers) < FROM_CALLS or not record.plan.storms:
        return []
    return [name for name in MUST_BE_SEEN if not counts[name]]


def _overflowed(record: Record) -> list[Row]:
    return [row for row in record.visits if row["entry_reason"] == "overflow"]


def _is_called_back(record: Record, call: Row) -> bool:
    """called_back_at is taken off when they talk again: then there is more than one leg of who has called."""
    if call["origin"] != "outbound":
        return False
    legs = (c for c in record.channels.values() if c.call == call["call_id"] and c.role == "agent")
    return sum(1 for _ in legs) > 1


def _left(record: Record) -> dict[str, int]:
    """How often somebody left or died in a call that an agent has placed, by the moment of whom he called."""
    found = dict.fromkeys(("left_ringing", "left_answering", "left_bridging", "left_talking", "left_calling_back"), 0)
    dials = {row["call_id"] for row in record.calls if row["origin"] in ("outbound", "internal")}
    others = {c.call: c for c in record.channels.values() if c.call in dials and c.role in ("customer", "target")}
    own: dict[str, list[Channel]] = {}
    for channel in record.channels.values():
        if channel.call in dials and channel.role == "agent" and channel.facts:
            own.setdefault(channel.call, []).append(channel)
    phones = {c.sip_call_id: c.uuid for c in record.channels.values() if c.is_phone}
    legs = {phones.get(c.sip_call_id, ""): c for c in record.channels.values() if c.call in dials and not c.is_phone}
    legs |= {c.uuid: c for c in legs.values()}
    for deed in record.deeds:
        leg = legs.get(deed.channel) if deed.what in ("hang_up", "die") else None
        other = others.get(leg.call) if leg is not None else None
        if leg is None or other is None:
            continue
        if any(c.end is not None and c.end.at_us < deed.at_us for c in own.get(leg.call, [])):
            found["left_calling_back"] += 1
            continue
        names = [fact.name for fact in other.facts if fact.at_us <= deed.at_us and fact.name not in ENDS]
        for name, moment in (
            ("CHANNEL_BRIDGE", "talking"),
            ("CHANNEL_PARK", "bridging"),
            ("CHANNEL_ANSWER", "answering"),
            ("CHANNEL_PROGRESS", "ringing"),
        ):
            if name in names:
                found[f"left_{moment}"] += 1
                break
    return found


def _forwarded(record: Record) -> dict[str, int]:
    """Numbers that were called for a caller. lost: that had talked, and were torn away, or gone at once."""
    calls = numbers_of(record)
    legs = [leg for of_call in calls.values() for leg in of_call]
    began: dict[str, int] = {call: of_call[0].began_us for call, of_call in calls.items()}
    returned = [row for row in record.visits if row["entry_reason"] == "returned" and row["call_id"] in began]
    talked = [leg for leg in legs if any(fact.name == "CHANNEL_BRIDGE" for fact in leg.facts)]
    told = [row["because"] for row in record.call_log if row["call_id"] in calls]
    times = [*record.kills_us, *record.restarts_us]
    ends = [(leg.began_us, leg.end.at_us) for leg in legs if leg.end is not None]
    return {
        "to_number": len(calls),
        "numbers_talked_to": len(talked),
        "numbers_not_reached": len(legs) - len(talked),
        "numbers_lost": sum("the customer stays" in because for because in told),
        "back_from_a_number": sum(us_of(row["entered_at"]) > began[row["call_id"]] for row in returned),
        "on_from_a_number": sum("has not reached its number: overflows" in because for because in told),
        **_left_numbers(record, legs),
        "numbers_cut_by_a_death_or_restart": sum(any(a <= at_us <= b for at_us in times) for a, b in ends),
    }


def _left_numbers(record: Record, legs: list[Channel]) -> dict[str, int]:
    """How often the caller or the number left or died, by the moment of the number's leg."""
    phones = {c.sip_call_id: c.uuid for c in record.channels.values() if c.is_phone}
    found = dict.fromkeys(("number_left_ringing", "number_left_bridging", "number_left_talking"), 0)
    by_channel = {leg.uuid: leg for leg in legs} | {phones.get(leg.sip_call_id, ""): leg for leg in legs}
    for leg in legs:
        caller = record.channels.get(leg.call)
        if caller is not None:
            by_channel |= {caller.uuid: leg, phones.get(caller.sip_call_id, ""): leg}
    for deed in record.deeds:
        number = by_channel.get(deed.channel) if deed.what in ("hang_up", "die") else None
        if number is None or deed.at_us < number.began_us or (number.end and number.end.at_us < deed.at_us - TICK_US):
            continue
        names = {fact.name for fact in number.facts if fact.at_us <= deed.at_us}
        for name, moment in (("CHANNEL_BRIDGE", "talking"), ("CHANNEL_ANSWER", "bridging"), ("", "ringing")):
            if name in names or not name:
                found[f"number_left_{moment}"] += 1
                break
    return found


def _cut(record: Record) -> int:
    """Announcements and messages that went on while an engine was killed or the switch restarted."""
    times = [*record.kills_us, *record.restarts_us]
    farewells = {row["call_id"] for row in record.calls if row["outcome"] in ("announced", "voicemail", "turned_away")}
    farewells |= {row["call_id"] for row in record.calls if row["step"] is not None}
    found = 0
    for channel in record.channels.values():
        if channel.call not in farewells or channel.role != "customer":
            continue
        begins = [f.at_us for f in channel.facts if f.name in ("PLAYBACK_START", "RECORD_START")]
        end = channel.end
        if begins and end is not None:
            found += any(begins[-1] <= at_us <= end.at_us for at_us in times)
    return found
