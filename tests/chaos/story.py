"""One call told line by line: what the switch did, what people did, and beside it what the engine decided and why."""

from collections.abc import Iterator

from tests.chaos.fates import End
from tests.chaos.record import Record, us_of
from tests.chaos.verdict import Verdict
from tests.chaos.witness import Channel


def story(record: Record, call_id: str) -> list[str]:
    """In the order of time; ms since the run began."""
    legs = {c.uuid: c for c in record.channels.values() if c.call == call_id}
    sip_call_ids = {leg.sip_call_id for leg in legs.values() if leg.sip_call_id}
    own = legs | {c.uuid: c for c in record.channels.values() if c.sip_call_id in sip_call_ids}
    lines = sorted(_lines(record, call_id, own))
    return [f"{(at_us - record.began_us) / 1000:9.0f} ms  {text}" for at_us, _, text in lines]


def _lines(record: Record, call_id: str, own: dict[str, Channel]) -> Iterator[tuple[int, int, str]]:
    """When, the switch's number of it, and in words."""
    for channel in own.values():
        who = _who(channel)
        for fact in channel.facts:
            detail = _who(own[fact.detail]) if fact.detail in own else fact.detail
            where = f" [{fact.extension}]" if fact.extension == "fcc_orphan" else ""
            yield fact.at_us, fact.seq, f"  {who}: {fact.name} {detail}{where}".rstrip()
        if channel.end is not None:
            yield channel.end.at_us, channel.end.seq, f"  {who}: it was ended by {channel.ended_by or 'nobody knows'}"
    for job in record.jobs:
        if any(argument in own for argument in job.arguments) or call_id in " ".join(job.arguments):
            names = [_who(own[argument]) if argument in own else argument[:60] for argument in job.arguments[:3]]
            yield job.at_us, job.seq, f"    carried out: {job.command} {' '.join(names)} -> {job.result}"
    for deed in record.deeds:
        if deed.channel in own:
            yield deed.at_us, 0, f"{deed.who} does: {deed.what}"
    for row in record.call_log:
        if row["call_id"] == call_id:
            commands = f" -> {row['commands']}" if row["commands"] else ""
            yield us_of(row["at"]), 0, f"      engine, {row['event']}: {row['because'] or 'noted'}{commands}"
    for offer in record.offers:
        if offer["call_id"] == call_id:
            ended = f", {offer['outcome']} ({offer['cause']}) at {_ms(record, offer['ended_at'])}"
            yield (
                us_of(offer["made_at"]),
                0,
                f"      row: offer to {offer['login']}{ended if offer['ended_at'] else ''}",
            )
    for at_us in record.kills_us:
        yield at_us, 0, "--- an engine is killed"
    for at_us in record.restarts_us:
        yield at_us, 0, "--- the switch restarts"


def _who(channel: Channel) -> str:
    short = channel.uuid[:8]
    if channel.is_phone:
        return f"phone {short}"
    return f"customer {short}" if channel.role == "customer" else f"{channel.agent or channel.role} {short}"


def _ms(record: Record, at: object) -> str:
    return f"{(us_of(at) - record.began_us) / 1000:.0f} ms" if at is not None else "-"  # type: ignore[arg-type]


def cut_to(lines: list[str], around_ms: float, before_ms: float = 10_000, after_ms: float = 5_000) -> list[str]:
    """The lines of a long story that are near a moment."""
    return [line for line in lines if around_ms - before_ms <= float(line.split(" ms", 1)[0]) <= around_ms + after_ms]


def report(record: Record, verdict: Verdict) -> list[str]:
    """Everything for the log: counts, faults with their stories, how every call ended."""
    lines = [f"{name}: {count}" for name, count in verdict.counts.items()]
    for fault in verdict.faults:
        lines += ["", f"{fault.kind}: {fault.sentence}"]
        for call_id in dict.fromkeys(fault.calls):
            lines += [f"call {call_id}", *story(record, call_id)]
    lines += ["", "how every call ended"]
    lines += [_ended(record, end) for end in verdict.ends]
    lines += ["", "alarms"]
    lines += [f"{_ms(record, row['at'])} {row['kind']} {row['call_id']} {row['details']}" for row in record.alarms]
    lines += ["", "the weather"]
    lines += [
        f"{one.at_ms} ms {one.kind} {' '.join(one.lies)} {one.down_ms or ''}".rstrip() for one in record.plan.storms
    ]
    return lines


def _ended(record: Record, end: End) -> str:
    at = (end.customer.began_us - record.began_us) // 1000
    return f"{end.customer.uuid} {end.customer.number} from {at} ms: {end.fate}, {end.why}; silent {end.silence_ms} ms"
