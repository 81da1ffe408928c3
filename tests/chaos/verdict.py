"""What of a run must not be, counted from the switch's side and from PostgreSQL's history. Pure: a Record in, counts
out.

- customers_lost_by_us: his leg ended, and it was neither he, nor his phone, nor an agent who hung up after their talk,
  nor the switch (fates.py), nor the end of what his queue had to tell him, or of his message (farewells.py); or he was
  with nobody and heard nothing for longer than the dead-man and a settling time. A number that an agent has called is a
  customer as soon as it has answered (called.py).
- agents_stuck: written down as busy (reserved, ringing, talking, holding), while no leg of his was on the switch, for
  longer than anything that would find it out needs; times without any engine, or without a machine that kept up, do not
  count. Or a passing state that is older than its end when all has settled.
- double_offers: two offers of one agent open at once in the history; or two legs of one agent's phone alive at once.
- parked_legs_without_owner: a leg of ours on the switch that no open row knows, when all has settled. Or one that
  nobody had touched for longer than the dead-man: a customer who is in a second round of it, an agent's leg that is
  with nobody; a called number that was with nobody for longer than its agent is called back; a feature code that was
  waited for too long.
- left_waiting: a caller whose queue should have let him go, though he could be taken there; or whose number was not
  reached, and nobody went on for him (forwards.py).
- messages_lost: what was recorded and stands in no row, or was recorded over.
- agents_left_out: an agent who is kept from calls for a phone that is registered, or is available without one; or what
  is written down of a phone is not so.
- invariants_broken: rules of testcalls.invariants when all has settled, and those of rules.py; engines that ended by
  themselves; a customer who was the second argument of a uuid_bridge (docs/decisions/0010): it loses too few of them to
  be seen by its losses.
- never_seen: something that every run is to try (counted.py) was not tried. Then nothing can be said of it.
- dropped_by_switch: the switch itself hung customers up, and more of them than its known rest.
- watched_percent: there was hardly a time in which anything could have been found out. Then nothing can be said.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tests.chaos.counted import counted, unseen
from tests.chaos.farewells import allowed
from tests.chaos.fates import End, Fate, Fates
from tests.chaos.faults import Fault, Span, without
from tests.chaos.forwards import broken_forwards
from tests.chaos.left import left_out, left_waiting, lost_messages
from tests.chaos.ownerless import ownerless, was_orphan
from tests.chaos.record import Record, Row, Snapshot, us_of
from tests.chaos.rules import broken_rules
from tests.chaos.witness import RESTARTED, Channel

BUSY = frozenset({"reserved", "ringing", "talking", "holding"})
MUST_BE_ZERO = (
    *("customers_lost_by_us", "agents_stuck", "double_offers", "parked_legs_without_owner"),
    *("left_waiting", "messages_lost", "agents_left_out"),
    *("invariants_broken", "legs_left", "simulator_faults"),
)
LEAST_WATCHED_PERCENT = 60
"""Of a run. Whoever found nothing in less has not looked."""
_RISKS_FOR_A_DROP = 1000
"""One drop in some thousands of such deaths is the rest that no variable prevents; one more may be bad luck."""
_GOOD_ENDS = tuple(fate for fate in Fate if fate not in (Fate.THERE, Fate.LOST, Fate.DROPPED))
_TOUCH_US = 60_000
"""A leg that is told to go may ring on for two ticks and a thread's turn."""
_PATIENCE = 2
"""In mid-storm even what is looked up may be refused once."""


@dataclass(slots=True)
class Verdict:
    """counts: in the order in which they are printed."""

    counts: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not self.faults and not self._is_any_count_bad

    @property
    def says_nothing(self) -> bool:
        """Nothing is wrong but that the machine was too busy, or too little was tried, for that to mean anything."""
        kinds = {fault.kind for fault in self.faults}
        return bool(kinds) and kinds <= {"watched_percent", "never_seen"} and not self._is_any_count_bad

    @property
    def _is_any_count_bad(self) -> bool:
        return any(self.counts[name] for name in MUST_BE_ZERO)


def judge(record: Record) -> Verdict:
    """All counts, and what stands behind those that are not 0."""
    fates = Fates(record)
    verdict = Verdict(ends=fates.all())
    verdict.faults += _unwatched(record)  # the first: it casts doubt on all others
    verdict.faults += _lost(record, verdict.ends)
    verdict.faults += _stuck(record)
    verdict.faults += _doubled(record)
    verdict.faults += ownerless(record)
    verdict.faults += left_waiting(record)
    verdict.faults += lost_messages(record)
    verdict.faults += left_out(record)
    verdict.faults += broken_forwards(record)
    verdict.faults += _broken(record)
    verdict.faults += _dropped(verdict.ends, fates.risks())
    ended: dict[Fate, int] = defaultdict(int)
    for end in verdict.ends:
        ended[end.fate] += 1
    counts = {name: sum(fault.kind == name for fault in verdict.faults) for name in MUST_BE_ZERO}
    counts["legs_left"] = len(record.snapshots[-1].live_legs) if record.snapshots else 0
    counts["simulator_faults"] = record.simulator_faults
    callers = [end for end in verdict.ends if not end.customer.is_called]
    seen = counted(record, verdict.ends)
    verdict.faults += _unseen(record, seen)
    verdict.counts = counts | {
        "dropped_by_switch": ended[Fate.DROPPED],
        "died_in_the_bridge": fates.risks(),
        "calls": len(callers),
        "answered": sum(_talked(end.customer) for end in callers),
        "abandoned": sum(end.fate is Fate.LEFT and not _talked(end.customer) for end in callers),
        **{f"ended_{fate}": ended[fate] for fate in _GOOD_ENDS},
        "offers": len(record.offers),
        **seen,
        "longest_silence_ms": max((end.silence_ms for end in verdict.ends), default=0),
        "taken_on_by_the_switch": sum(was_orphan(end.customer) for end in verdict.ends),
        **{f"slowest_{what}_ms": ms for what, ms in record.longest_ms.items()},
        "watched_percent": _watched_percent(record),
        "engine_kills": len(record.kills_us),
        "switch_restarts": len(record.restarts_us),
        **{f"lies_told_{kind}": times for kind, times in sorted(record.lies.items())},
        "lies_told": sum(record.lies.values()),
    }
    return verdict


def _watched_percent(record: Record) -> int:
    last_us = record.snapshots[-1].at_us if record.snapshots else record.began_us
    return 100 * sum(end - begin for begin, end in record.watched) // max(last_us - record.began_us, 1)


def _talked(customer: Channel) -> bool:
    return any(fact.name == "CHANNEL_BRIDGE" for fact in customer.facts)


# -- customers -----------------------------------------------------------------------------------


def _lost(record: Record, ends: Iterable[End]) -> Iterable[Fault]:
    least_ms = record.limits.deadman_ms + 1_500 + record.limits.settle_ms
    dialled = {caller.number_from: caller.number for caller in record.plan.callers}
    for end in ends:
        number = "" if end.customer.is_called else dialled.get(end.customer.number, "")
        # What is not there is asked for twice, the second time for twice as long.
        is_missing = allowed(record.plan.queues, number).is_something_missing
        limit_ms = least_ms + (3 * record.limits.sound_ms if is_missing else 0)
        why = ""
        if end.fate is Fate.LOST:
            why = end.why
        elif end.silence_ms > limit_ms:
            why = f"he was with nobody and heard nothing for {end.silence_ms} ms"
        if why:
            yield Fault("customers_lost_by_us", f"{end.customer.number}: {why}", (end.customer.uuid,))


def _dropped(ends: Sequence[End], risks: int) -> Iterable[Fault]:
    """risks: of agents who died as soon as they were bridged."""
    dropped, most = [end for end in ends if end.fate is Fate.DROPPED], 1 + risks // _RISKS_FOR_A_DROP
    if len(dropped) > most:
        sentence = f"the switch dropped {len(dropped)} customers at {risks} deaths in a bridge, and it may drop {most}"
        yield Fault("dropped_by_switch", sentence, tuple(end.customer.uuid for end in dropped))


def _unwatched(record: Record) -> Iterable[Fault]:
    percent = _watched_percent(record)
    if percent < LEAST_WATCHED_PERCENT:
        slowest = ", ".join(f"{what} {ms} ms" for what, ms in record.longest_ms.items())
        sentence = f"the machine was too busy: only {percent} % of the run was watched; nothing can be said"
        yield Fault("watched_percent", f"{sentence} (slowest: {slowest or 'unknown'})")


def _unseen(record: Record, counts: dict[str, int]) -> Iterable[Fault]:
    if names := unseen(record, counts):
        yield Fault("never_seen", f"nothing can be said of {', '.join(names)}: there was none; draw more calls")


# -- agents --------------------------------------------------------------------------------------


def _legs_of_agents(record: Record) -> dict[str, list[Channel]]:
    found: dict[str, list[Channel]] = defaultdict(list)
    for channel in record.channels.values():
        if channel.agent and channel.facts and channel.role != "feature":
            found[channel.agent].append(channel)
    return found


def _span(channel: Channel, until_us: int) -> Span:
    end = channel.end
    return channel.began_us, end.at_us if end is not None else until_us


def _stuck(record: Record) -> Iterable[Fault]:
    limits = record.limits
    limit_us = 1000 * (max(limits.ring_ms + 2 * limits.offer_grace_ms, limits.look_ms) + _PATIENCE * limits.settle_ms)
    last = record.snapshots[-1] if record.snapshots else None
    until_us = last.at_us if last is not None else 0
    legs = _legs_of_agents(record)
    for login, call, span in _busy_spans(record, last):
        empty = without(span, [_span(leg, until_us) for leg in legs[login]])
        # Nobody could find it out while there was no engine, or no time; what is left is counted together.
        for piece in empty:
            blind = without(piece, record.watched)
            watched_us = piece[1] - piece[0] - sum(end - begin for begin, end in blind)
            if watched_us > limit_us:
                sentence = f"{login} was busy for {watched_us // 1000} ms without a leg on the switch"
                yield Fault("agents_stuck", sentence, (call,))
    for agent in last.agents if last is not None else ():
        is_passing = agent["due_at"] is not None and agent["activity"] in (*BUSY, "wrap_up")
        late_us = until_us - us_of(agent["due_at"]) if is_passing else 0
        if late_us > limits.settle_ms * 1000:
            sentence = f"{agent['login']} is {agent['activity']} {late_us // 1000} ms longer than he may be"
            yield Fault("agents_stuck", sentence, (agent["call_id"] or "",))


def _busy_spans(record: Record, last: Snapshot | None) -> Iterable[tuple[str, str, Span]]:
    """Each agent's times of being busy with one call, one after the other put together."""
    open_now = [
        {**agent, "started_at": agent["state_at"], "ended_at": None}
        for agent in (last.agents if last is not None else ())
    ]
    by_agent: dict[str, list[Row]] = defaultdict(list)
    for row in (*record.agent_log, *open_now):
        by_agent[row["login"]].append(row)
    until_us = last.at_us if last is not None else 0
    for login, rows in by_agent.items():
        call, begin_us, end_us = "", 0, 0
        for row in [row for row in rows if row["activity"] in BUSY]:
            began_us = us_of(row["started_at"])
            if row["call_id"] != call or began_us != end_us:
                if call:
                    yield login, call, (begin_us, end_us)
                call, begin_us = row["call_id"], began_us
            end_us = until_us if row["ended_at"] is None else us_of(row["ended_at"])
        if call:
            yield login, call, (begin_us, end_us)


def _doubled(record: Record) -> Iterable[Fault]:
    until_us = record.snapshots[-1].at_us if record.snapshots else 0
    by_agent: dict[str, list[Row]] = defaultdict(list)
    for offer in record.offers:
        by_agent[offer["login"]].append(offer)
    for login, offers in by_agent.items():
        for one, other in pairwise(sorted(offers, key=lambda offer: offer["made_at"])):
            if one["ended_at"] is None or other["made_at"] < one["ended_at"]:
                calls = (one["call_id"], other["call_id"])
                yield Fault("double_offers", f"{login} had two open offers at {other['made_at']}", calls)
    for login, legs in _legs_of_agents(record).items():
        spans = [(*_span(leg, until_us), leg) for leg in legs if leg.call and leg.end_name != RESTARTED]
        for (_, first_end, first), (begin, _, second) in pairwise(sorted(spans, key=lambda span: span[0])):
            if first_end - begin > _TOUCH_US:
                both = f"{first.uuid}, {second.uuid}"
                sentence = f"{login}'s phone had two legs for {(first_end - begin) // 1000} ms: {both}"
                yield Fault("double_offers", sentence, (first.call, second.call))


# -- rules ---------------------------------------------------------------------------------------


def _broken(record: Record) -> Iterable[Fault]:
    for snapshot in record.snapshots:
        for breach in snapshot.breaches:
            calls = tuple(word.strip(",;") for word in breach.split() if word.strip(",;") in record.channels)
            yield Fault("invariants_broken", breach, tuple(record.channels[uuid].call for uuid in calls))
    for job in record.jobs:
        second = record.channels.get(job.arguments[1]) if job.command == "uuid_bridge" else None
        if second is not None and second.role == "customer":
            yield Fault("invariants_broken", f"customer {second.number} was second in a bridge", (second.call,))
    yield from broken_rules(record)
    for crash in record.crashes:
        yield Fault("invariants_broken", crash)
