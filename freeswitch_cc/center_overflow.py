"""When a queue of a center file is open, how many may wait and how long, where calls go then, and voicemail boxes."""

import re
from collections.abc import Mapping, Sequence
from typing import TypedDict

from freeswitch_cc.center_settings import (
    DEFAULT_AGENT_TRIES,
    DEFAULT_AGENT_WAIT_MS,
    DEFAULT_FORWARDED,
    DEFAULT_FORWARDED_PER_CALLER,
    DEFAULT_MESSAGE_MS,
    DEFAULT_MESSAGES,
    DEFAULT_PER_CALLER,
    DEFAULT_SILENCE_MS,
    DiallingSettings,
    EntryPointSettings,
    QueueSettings,
    VoicemailBoxSettings,
)
from freeswitch_cc.center_shapes import NAME, shown
from freeswitch_cc.core import forwarding
from freeswitch_cc.core.agent_state import Refusal
from freeswitch_cc.core.dialling import Dialling, NumberClass
from freeswitch_cc.core.hours import DAYS, Hours, check_span, days_of, minutes_of
from freeswitch_cc.core.nearest import nearest
from freeswitch_cc.core.sound import check_announcement, check_directory
from freeswitch_cc.core.target import Target, TargetKind, read_target
from freeswitch_cc.core.words import LeftReason
from freeswitch_cc.lined_yaml import Mistakes, Section

DAY_MS = 86_400_000
MOST_CALLS = 100_000
MOST_TRIES = 20
MOST_MESSAGES = 100_000
MOST_PER_CALLER = 1_000
MOST_DAYS = 100 * 366
# What a queue may say of; the key without which a reason never comes.
REASONS: Mapping[str, str | None] = {
    LeftReason.CLOSED: "hours",
    LeftReason.FULL: "max_length",
    LeftReason.NOBODY: None,
    LeftReason.TOO_LONG: "max_wait_ms",
    LeftReason.NOT_REACHED: None,
}
_NUMBER = f"{TargetKind.NUMBER}:"
_SUBSCRIBER = 7
CLOSED_ON = "closed_on"
_DATE = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")


class Limits(TypedDict):
    """The keys of a queue that are read here."""

    hours: Hours | None
    max_wait_ms: int | None
    max_length: int | None
    overflow: dict[str, str]
    agent_wait_ms: int
    agent_tries: int
    max_forwarded: int
    max_forwarded_per_caller: int


def limits(section: Section, mistakes: Mistakes) -> Limits:
    """What a queue says of its limits. Whether its targets are there, check_targets asks: it knows the whole file."""
    return Limits(
        hours=_hours(section, mistakes),
        max_wait_ms=section.whole("max_wait_ms", 0, 1, DAY_MS) or None,
        max_length=section.whole("max_length", 0, 1, MOST_CALLS) or None,
        overflow=_overflow(section),
        agent_wait_ms=section.whole("agent_wait_ms", DEFAULT_AGENT_WAIT_MS, 1_000, DAY_MS),
        agent_tries=section.whole("agent_tries", DEFAULT_AGENT_TRIES, 1, MOST_TRIES),
        max_forwarded=section.whole("max_forwarded", DEFAULT_FORWARDED, 0, MOST_CALLS),
        max_forwarded_per_caller=section.whole(
            "max_forwarded_per_caller", DEFAULT_FORWARDED_PER_CALLER, 0, MOST_PER_CALLER
        ),
    )


def voicemail_box(section: Section) -> VoicemailBoxSettings:
    directory, greeting = section.text("directory", means="an absolute path on the switch's machine"), ""
    if directory and (sentence := check_directory(directory)):
        section.wrong("directory", f"is {shown(directory)}; {sentence}")
    if section.has("greeting"):
        greeting = section.text("greeting")
        if greeting and (sentence := check_announcement(greeting)):
            section.wrong("greeting", f"may not be played: {sentence}")
    return VoicemailBoxSettings(
        name=section.text("name", **NAME),
        directory=directory,
        greeting=greeting,
        longest_ms=section.whole("longest_ms", DEFAULT_MESSAGE_MS, 1_000, 3_600_000),
        silence_ms=section.whole("silence_ms", DEFAULT_SILENCE_MS, 1_000, 60_000),
        max_messages=section.whole("max_messages", DEFAULT_MESSAGES, 0, MOST_MESSAGES),
        max_per_caller=section.whole("max_per_caller", DEFAULT_PER_CALLER, 0, MOST_PER_CALLER),
        keep_days=section.whole("keep_days", 0, 0, MOST_DAYS),
    )


def check_targets(
    queues: Sequence[tuple[Section, QueueSettings]],
    names: Sequence[str] | None,
    logins: Sequence[str] | None,
    boxes: Sequence[str] | None,
) -> None:
    """Every target must be there, and no queue may overflow, however far about, into itself."""
    known = {
        TargetKind.QUEUE: (names, "there is no such queue"),
        TargetKind.AGENT: (logins, "nobody has that login"),
        TargetKind.VOICEMAIL: (boxes, "there is no such voicemail box"),
    }
    leads: dict[str, list[tuple[str, str]]] = {}
    for section, queue in queues:
        leads[queue.name] = []
        written = section.section("overflow", "overflow", tuple(REASONS))
        for reason, text in queue.overflow.items():
            target = read_target(text)
            there, why = known.get(target.kind, (None, ""))
            if there is not None and target.name not in there and written is not None:
                hint = nearest(target.name, there)
                written.wrong(reason, f"of {section.what} is {shown(text)}, and {why}: {hint}")
            if target.kind is TargetKind.QUEUE:
                leads[queue.name].append((reason, target.name))
    for section, queue in queues:
        if (circle := _circle(queue.name, leads)) and min(circle) == queue.name:
            round_about = " to ".join([*circle, circle[0]])
            section.wrong(
                "overflow", f"leads {queue.name} back into itself: {round_about}; one of them must end elsewhere"
            )


def check_numbers(
    queues: Sequence[tuple[Section, QueueSettings]], dialling: DiallingSettings, points: Sequence[EntryPointSettings]
) -> None:
    """Every number must be allowed by the dial policy, which is asked again when it is dialled; and none may lead back
    into the center, where it would come as a call of its own, and overflow again, for ever."""
    said = Dialling(
        trunk=dialling.trunk,
        prefix=dialling.prefix,
        classes=tuple(NumberClass(name=one.name, like=one.like) for one in dialling.classes),
    )
    shown_numbers = {number for _, queue in queues for number in queue.caller_ids}
    for section, queue in queues:
        written = section.section("overflow", "overflow", tuple(REASONS))
        dialler = forwarding.dialler_of(queue.name, queue.may_dial, queue.caller_ids)
        for reason, text in queue.overflow.items():
            if not text.startswith(_NUMBER) or written is None:
                continue
            number = text.removeprefix(_NUMBER)
            for point in points:
                if _is_same(number, point.number):
                    leads_back = f"which is entry point {point.number} of this center: write queue:{point.queue}"
                    written.wrong(reason, f"of {section.what} is {shown(text)}, {leads_back}")
            if number in shown_numbers:
                written.wrong(
                    reason,
                    f"of {section.what} is {shown(text)}, which this center shows as its own (caller_ids): calls to it "
                    "come back; write queue: or announcement: instead",
                )
            try:
                forwarding.check(said, dialler, number)
            except Refusal as refusal:
                written.wrong(reason, f"of {section.what} is {shown(text)}, which may not be called: {refusal.message}")


def _is_same(number: str, dialled: str) -> bool:
    """Is a number in full what comes to us as this one? With its plus or without, or with a zero in place of its
    country; what is shorter than a subscriber's number says nothing."""
    digits = dialled.lstrip("+0")
    return number == f"+{digits}" or (len(digits) >= _SUBSCRIBER and number.endswith(digits))


def _circle(name: str, leads: Mapping[str, list[tuple[str, str]]]) -> list[str]:
    """The shortest way from a queue back to it, by name; empty when there is none."""
    ways = [[name]]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for _, following in leads.get(way[-1], ()):
            if following == name:
                return way
            if following not in seen:
                seen.add(following)
                ways.append([*way, following])
    return []


def _overflow(section: Section) -> dict[str, str]:
    found: dict[str, str] = {}
    written = section.section("overflow", "overflow", tuple(REASONS))
    for reason in written.keys if written is not None else ():
        assert written is not None
        text = written.text(reason)
        needs = REASONS[reason]
        if needs is not None and not section.has(needs):
            written.wrong(reason, f"means nothing, because the queue has no {needs}")
        if not text:
            continue
        try:
            found[str(reason)] = str(_target(text))
        except ValueError as wrong:
            written.wrong(reason, f"is {shown(text)}: {wrong}")
    others = [text for reason, text in found.items() if reason != LeftReason.NOT_REACHED]
    if written is not None and LeftReason.NOT_REACHED in found and not any(text.startswith(_NUMBER) for text in others):
        written.wrong(LeftReason.NOT_REACHED, "means nothing, because no other target of the queue is a number")
    return found


def _target(text: str) -> Target:
    return read_target(text)


def _hours(section: Section, mistakes: Mistakes) -> Hours | None:
    written = section.section("hours", "hours", None)
    if written is None:
        return None
    weekly: dict[str, tuple[str, ...]] = {}
    for key in written.keys:
        if key == CLOSED_ON:
            continue
        days = days_of(key)
        if not days:
            written.wrong(
                key, f"is no day: it must be one of {', '.join(DAYS)}, two with a dash (mon-fri), or {CLOSED_ON}"
            )
            continue
        spans = _day(written, key, mistakes)
        for day in days:
            if day in weekly:
                written.wrong(key, f"names {day} again: each day stands there once")
            weekly[day] = spans
    if not weekly and not written.keys:
        section.wrong("hours", "has no day: leave it out for a queue that is always open")
    closed_on: list[str] = []
    for text, line in written.texts(CLOSED_ON):
        if not _DATE.fullmatch(text):
            mistakes.add(line, f'{CLOSED_ON} of hours holds {shown(text)}; it must be dates in quotes, "2026-12-24"')
        closed_on.append(text)
    in_order = {day: weekly[day] for day in DAYS if weekly.get(day)}
    return Hours(weekly=in_order, closed_on=tuple(sorted(set(closed_on))))


def _day(written: Section, key: str, mistakes: Mistakes) -> tuple[str, ...]:
    """The spans of a day, in order. They may not overlap."""
    found: list[str] = []
    for text, line in written.one_or_more(key):
        sentence = check_span(text)
        if sentence is not None:
            mistakes.add(line, f"{key} of hours is {shown(text)}; {sentence}")
            continue
        begins, ends = minutes_of(text)
        if any(begins < other_ends and other_begins < ends for other_begins, other_ends in map(minutes_of, found)):
            mistakes.add(line, f"{key} of hours: {text} overlaps with another one of that day")
            continue
        found.append(text)
    return tuple(sorted(found))
