"""What nobody came back for: callers whose overflow is due, messages without a row, agents and phones. Pure.

What counts stands in verdict.py.
"""

from collections import defaultdict
from collections.abc import Iterable

from tests.chaos.faults import Fault, Span, without
from tests.chaos.plan_queues import BOXES, Queue
from tests.chaos.record import Record, Row, Snapshot, us_of
from tests.chaos.witness import RESTARTED, Channel, Fact

AGAIN_MS = 5_000
"""So much later at the most a target that could not take a call is asked again."""
_TAKES_ANYBODY = ("announcement:", "voicemail:", "number:")
_LEAST_MESSAGE_US = 200_000
_PATIENCE = 2
"""In mid-storm even what is looked up may be refused once."""


def left_waiting(record: Record) -> Iterable[Fault]:
    """Callers who wait in a queue that should have let them go, to where they could be taken at this moment; or who
    have waited there for too long, though they could have been taken at any."""
    queues = {queue.name: queue for queue in record.plan.queues}
    yield from _waited(record, queues)
    spent = {(row["call_id"], row["queue"]) for row in record.visits if row["left_reason"] == "too_long"}
    for snapshot in record.snapshots:
        lengths: dict[str, int] = defaultdict(int)
        for row in snapshot.waiting:
            lengths[row["queue"]] += 1
        for row in snapshot.waiting:
            queue = queues.get(row["queue"])
            if queue is None or row["is_offered"] or queue.max_wait_ms is None or "too_long" not in queue.overflow:
                continue
            over_ms = (snapshot.at_us - us_of(row["entered_at"])) // 1000 - queue.max_wait_ms
            since_calm_ms = (snapshot.at_us - record.calm_us) // 1000
            target = queue.overflow["too_long"]
            limit_ms = AGAIN_MS + record.limits.ring_ms + record.limits.offer_grace_ms
            if (row["call_id"], row["queue"]) in spent and target.startswith("number:"):
                continue
            if min(over_ms, since_calm_ms + AGAIN_MS) > limit_ms and _takes(target, queues, lengths, snapshot):
                sentence = f"he waits in {queue.name} for {over_ms} ms too long, and {target} could take him"
                yield Fault("left_waiting", sentence, (row["call_id"],))


def _waited(record: Record, queues: dict[str, Queue]) -> Iterable[Fault]:
    limits = record.limits
    until_us = record.snapshots[-1].at_us if record.snapshots else 0
    spent: set[tuple[str, str]] = set()
    for row in record.visits:
        queue = queues.get(row["queue"])
        target = queue.overflow.get("too_long", "") if queue is not None else ""
        if queue is None or queue.max_wait_ms is None or not target.startswith(_TAKES_ANYBODY):
            continue
        if target.startswith("number:") and (row["call_id"], row["queue"]) in spent:
            continue  # it was not reached: he waits on
        if row["left_reason"] == "too_long":
            spent.add((row["call_id"], row["queue"]))
        limit_ms = queue.max_wait_ms + limits.ring_ms + 2 * limits.offer_grace_ms + _PATIENCE * limits.settle_ms
        span = us_of(row["entered_at"]), us_of(row["left_at"]) if row["left_at"] is not None else until_us
        waited_ms = _watched_us(record, span) // 1000
        if waited_ms > limit_ms:
            sentence = f"he waited in {queue.name} for {waited_ms} ms, which keeps a call for {queue.max_wait_ms} ms"
            yield Fault("left_waiting", sentence, (row["call_id"],))


def _watched_us(record: Record, span: Span) -> int:
    return span[1] - span[0] - sum(end - begin for begin, end in without(span, record.watched))


def _takes(target: str, queues: dict[str, Queue], lengths: dict[str, int], snapshot: Snapshot) -> bool:
    kind, _, name = target.partition(":")
    if target.startswith(_TAKES_ANYBODY):
        return True
    queue = queues.get(name)
    if kind != "queue" or queue is None or queue.is_closed or name not in snapshot.staffed:
        return False
    return queue.max_length is None or lengths[name] < queue.max_length


def lost_messages(record: Record) -> Iterable[Fault]:
    """What a switch has recorded and nobody can find, or what was recorded over."""
    known = {(row["call_id"], row["path"]) for row in record.messages}
    paths: dict[str, Fact] = {}
    for channel in record.channels.values():
        if channel.role != "customer":
            continue
        for fact in channel.facts:
            if fact.name != "RECORD_START" or not any(fact.detail.startswith(f"{box.directory}/") for box in BOXES):
                continue
            before = paths.setdefault(fact.detail, fact)
            if before is not fact:
                yield Fault("messages_lost", f"{fact.detail} was recorded over", (channel.call,))
            recorded_us = _recorded_us(channel, fact)
            if recorded_us >= _LEAST_MESSAGE_US and (channel.call, fact.detail) not in known:
                sentence = f"{recorded_us // 1000} ms were recorded to {fact.detail}, and no row tells of it"
                yield Fault("messages_lost", sentence, (channel.call,))


def _recorded_us(channel: Channel, began: Fact) -> int:
    """Nothing, when the switch was gone before it had written the file."""
    stops = (f.at_us for f in channel.facts if f.name == "RECORD_STOP" and f.at_us >= began.at_us)
    end = channel.end
    if end is not None and end.name == RESTARTED:
        end = None
    return next(stops, end.at_us if end is not None else began.at_us) - began.at_us


def left_out(record: Record) -> Iterable[Fault]:
    """What is written down of a phone is not true; an agent who is available without one, or who is kept from calls
    because he had none. When all has settled; or for too long while his phone was there."""
    yield from _kept_out(record)
    for snapshot in record.snapshots[-1:]:
        phones = {agent.login for agent in record.plan.agents if agent.phone}
        for login in sorted(phones & (snapshot.registered ^ snapshot.written_registered)):
            is_there = login in snapshot.registered
            yield Fault(
                "agents_left_out", f"{login}'s phone is {'' if is_there else 'not '}registered, and the row differs"
            )
        limit_us = 1000 * (record.limits.look_ms + record.limits.settle_ms)
        for row in snapshot.agents:
            if row["login"] in phones and snapshot.at_us - us_of(row["state_at"]) > limit_us:
                yield from _fits(row, row["login"] in snapshot.registered)


def _kept_out(record: Record) -> Iterable[Fault]:
    limit_ms = record.limits.look_ms + _PATIENCE * record.limits.settle_ms
    until_us = record.snapshots[-1].at_us if record.snapshots else 0
    down: dict[str, list[Span]] = defaultdict(list)
    for row in record.agent_log:
        if (row["presence"], row["reason"]) == ("not_ready", "device_down"):
            begin, end = us_of(row["started_at"]), us_of(row["ended_at"])
            if down[row["login"]] and down[row["login"]][-1][1] == begin:
                begin = down[row["login"]].pop()[0]
            down[row["login"]].append((begin, end))
    for agent in record.plan.agents:
        there = _registered(record, agent.login, until_us) if agent.phone else []
        for span in down[agent.login]:
            both = [(max(span[0], begin), min(span[1], end)) for begin, end in there]
            out_ms = max((_watched_us(record, one) for one in both if one[0] < one[1]), default=0) // 1000
            if out_ms > limit_ms:
                sentence = f"{agent.login} was not ready (device_down) for {out_ms} ms while his phone was registered"
                yield Fault("agents_left_out", sentence)


def _registered(record: Record, login: str, until_us: int) -> list[Span]:
    """From when to when his phone was registered, by what it did."""
    found: list[Span] = []
    since: int | None = None
    for deed in sorted((d for d in record.deeds if d.who == login and not d.channel), key=lambda deed: deed.at_us):
        if deed.what == "register" and since is None:
            since = deed.at_us
        elif deed.what in ("unregister", "expire") and since is not None:
            found.append((since, deed.at_us))
            since = None
    return [*found, (since, until_us)] if since is not None else found


def _fits(agent: Row, is_registered: bool) -> Iterable[Fault]:
    calls = (agent["call_id"],) if agent["call_id"] else ()
    if is_registered and (agent["presence"], agent["reason"]) == ("not_ready", "device_down"):
        yield Fault(
            "agents_left_out", f"{agent['login']} is not ready (device_down), and his phone is registered", calls
        )
    if not is_registered and agent["presence"] == "available" and agent["activity"] == "idle":
        yield Fault("agents_left_out", f"{agent['login']} is available, and has no phone", calls)
