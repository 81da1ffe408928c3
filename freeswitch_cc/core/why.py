"""Why a call is where it is, in sentences: what it waits for, and when the next tier opens.

Pure: facts in (core.why_facts), words out. Nothing here decides anything.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from freeswitch_cc.core import why_overflow
from freeswitch_cc.core.durations import spoken as spoken
from freeswitch_cc.core.durations import spoken_up
from freeswitch_cc.core.why_facts import Facts, OpenOffer, Preferred, Tier, Tried, VisitFacts
from freeswitch_cc.core.words import CallOutcome, OfferOutcome, Phase, VisitOutcome

SILENT_MS = 60_000
"""A switch says that it lives every 20 s: after three of them something is wrong."""

_OUTCOMES = {
    CallOutcome.COMPLETED: "completed",
    CallOutcome.ABANDONED: "abandoned",
    CallOutcome.NO_ENTRY_POINT: "its number leads to no queue",
    CallOutcome.DROPPED_BY_SWITCH: "dropped by the switch",
    CallOutcome.SWITCH_RESTARTED: "lost when the switch restarted",
    CallOutcome.ANNOUNCED: "an announcement was played",
    CallOutcome.VOICEMAIL: "a message was left",
    CallOutcome.TURNED_AWAY: "turned away",
    CallOutcome.NO_ANSWER: "no answer",
    CallOutcome.BUSY: "busy",
    CallOutcome.REJECTED: "rejected",
    CallOutcome.UNREACHABLE: "not to be reached",
    CallOutcome.CANCELLED: "given up by who had placed it",
    CallOutcome.AGENT_NO_ANSWER: "who had placed it did not pick up his own phone",
    CallOutcome.AGENT_UNREACHABLE: "the phone of who had placed it was not to be had",
    CallOutcome.AGENT_LOST: "the phone of who had placed it died",
}
# What agents do: in the singular and in the plural, the most hopeful first.
_DOES: Mapping[str, tuple[str, str]] = {
    "ready": ("is ready", "are ready"),
    "reserved": ("is about to be rung", "are about to be rung"),
    "ringing": ("is being rung", "are being rung"),
    "wrap_up": ("is in wrap-up", "are in wrap-up"),
    "talking": ("talks", "talk"),
    "holding": ("holds a caller", "hold a caller"),
    "idle": ("is not free of an old offer yet", "are not free of an old offer yet"),
    "not_ready": ("not ready", "not ready"),
    "offline": ("logged out", "logged out"),
}
_MOST_NAMES = 4


def sentences(facts: Facts) -> list[str]:
    """At least one; the first says where the call is."""
    match facts.phase:
        case Phase.ENDED:
            return list(_ended(facts))
        case Phase.ENDING:
            return ["Is ending: its legs are being hung up.", *_trouble(facts)]
        case Phase.TALKING:
            return [_talking(facts), *_trouble(facts)]
        case Phase.DIALING:
            return [_dialing(facts), *_trouble(facts)]
        case Phase.QUEUED:
            return list(_queued(facts))
        case Phase.LEAVING:
            return [*why_overflow.leaving(facts), *_trouble(facts)]
        case Phase.FORWARDING:
            return [*why_overflow.forwarding(facts), *_trouble(facts)]


# -- not waiting ---------------------------------------------------------------------------------


def _talking(facts: Facts) -> str:
    numbers = (facts.forward.number,) if facts.forward is not None else ()
    partners = facts.talks_to or numbers or ((facts.visit.agent,) if facts.visit and facts.visit.agent else ())
    since = f" since {_between(facts.bridged_at, facts.now)}" if facts.bridged_at else ""
    held = f", on hold since {_between(facts.held_at, facts.now)}" if facts.held_at else ""
    return f"Talks to {_listed(partners) or 'an agent'}{since}{held}."


def _dialing(facts: Facts) -> str:
    """What is told of a call that an agent has placed, until they talk."""
    whom = facts.dialled.partition(":")[2] or facts.dialled
    who = facts.placed_by or "an agent"
    if facts.outcome is not None:
        return f"{who} is told that {whom} is not reached: {_OUTCOMES[facts.outcome]}."
    if facts.called_back_at is not None:
        return f"{whom} waits for {who}, who is called back since {_between(facts.called_back_at, facts.now)}."
    return f"Is being placed by {who} to {whom} since {_between(facts.started_at, facts.now)}."


def _ended(facts: Facts) -> Iterator[str]:
    how = _OUTCOMES[facts.outcome] if facts.outcome else "nobody knows how"
    ended_at = facts.ended_at or facts.now
    refused = [one for one in facts.tried if one.outcome is not OfferOutcome.ANSWERED]
    yield f"Ended: {how} after {_between(facts.started_at, ended_at)}."
    visit = facts.visit
    if visit is not None and visit.left_at is not None:
        waited = f"Waited {_between(visit.waiting_since, visit.left_at)} in {visit.queue}"
        if visit.outcome is VisitOutcome.ANSWERED and visit.agent:
            yield f"{waited}, answered by {visit.agent}."
        elif visit.left_reason is not None:
            yield f"{waited}, and left it, because {why_overflow.REASONS[visit.left_reason]}."
        elif visit.agent is None and not refused:
            yield f"{waited}; nobody was offered it."
        else:
            yield f"{waited}."
    if facts.forward is not None and facts.bridged_at is not None:
        yield f"Talked to {facts.forward.number}."
    if refused:
        yield f"Not taken by {_listed([f'{one.login} ({_how(one)})' for one in refused])}."
    yield f"That was {_between(ended_at, facts.now)} ago."


# -- waiting -------------------------------------------------------------------------------------


def _queued(facts: Facts) -> Iterator[str]:
    visit = facts.visit
    if visit is None or visit.outcome is not None:
        yield "Has come and is in no queue at this moment."
        yield from _trouble(facts)
        return
    waits = f"Waits {_between(visit.waiting_since, facts.now)} in {visit.queue}"
    waits += f", {_ordinal(facts.position)}" if facts.position else ""
    yield f"{waits}, because it came back: before all others." if visit.is_returned else f"{waits}."
    if not visit.is_queue_active:
        yield f"{visit.queue} is switched off: no other call comes into it."
    yield from why_overflow.closed(visit, facts.timezone, facts.now)
    if facts.offer is not None:
        yield _offered(facts.offer, facts.now)
        yield from why_overflow.going(visit, facts.now)
        yield from _trouble(facts)
        return
    if visit.requires:
        yield f"Besides what its queue asks, its agent must meet {visit.requires}."
    if facts.preferred is not None:
        yield _prefers(facts.preferred, facts.now)
    waited_ms = _milliseconds(visit.waiting_since, facts.now)
    for tier in facts.tiers:
        yield _tier(tier, waited_ms, visit.requires, is_only=len(facts.tiers) == 1)
    yield from _asked_again(facts)
    hopeless = list(_hopeless(facts, visit))
    yield from hopeless
    if not hopeless:
        yield from _about_to_be_offered(facts, waited_ms)
        yield from _expected(facts)
    yield from why_overflow.going(visit, facts.now)
    yield from _trouble(facts)


def _offered(offer: OpenOffer, now: datetime) -> str:
    state = "answered, being connected" if offer.is_answered else "ringing" if offer.ringing_at else "not ringing yet"
    return f"Is being offered to {offer.login} since {_between(offer.made_at, now)} ({state})."


def _prefers(preferred: Preferred, now: datetime) -> str:
    login = preferred.login
    if not preferred.is_active or preferred.does is None:
        return f"{login} would be asked first, but is switched off."
    if not preferred.is_eligible:
        return f"{login} would be asked first, but is not eligible for it."
    since = f" since {_between(preferred.since, now)}" if preferred.since and preferred.does != "ready" else ""
    reason = f" ({_plain(preferred.reason)})" if preferred.does == "not_ready" and preferred.reason else ""
    return f"{login} is asked first: {_does(preferred.does, 1)}{reason}{since}."


def _tier(tier: Tier, waited_ms: int, asks: str | None, *, is_only: bool) -> str:
    whose = " or ".join(filter(None, [_few(tier.agents), tier.requires]))
    title = "Its queue" if is_only else f"Tier {tier.number}"
    title += f" ({whose})" if whose else ""
    opens_ms = tier.after_ms - waited_ms
    if opens_ms > 0:
        title += f" opens in {spoken_up(opens_ms)}"
        if not tier.eligible:
            return f"{title}: nobody is in it."
        return f"{title}: {_counted(tier, asks)}."
    if not tier.eligible:
        return f"{title} has no agents: nobody meets it." if tier.requires else f"{title} has no agents."
    agents = "1 agent" if tier.eligible == 1 else f"{tier.eligible} agents"
    return f"{title} has {agents}: {_counted(tier, asks)}."


def _counted(tier: Tier, asks: str | None) -> str:
    if not tier.able:
        return f"nobody meets {asks}"
    counts = tier.does
    if counts.get("offline", 0) == tier.able:
        said = "logged out" if tier.able == 1 else f"all {tier.able} are logged out"
    else:
        words = [
            f"{counts[word]} {_does(word, counts[word])}{_reasons(tier, word)}" for word in _DOES if word in counts
        ]
        said = ", ".join(words)
    if tier.able == tier.eligible:
        return said
    return f"{tier.able} of them {'meets' if tier.able == 1 else 'meet'} {asks}: {said}"


def _asked_again(facts: Facts) -> Iterator[str]:
    for one in facts.tried:
        if not one.is_ready:
            continue
        ago = f"{one.login} is ready and did not take this call {_between(one.ended_at, facts.now)} ago ({_how(one)})"
        if one.outcome is OfferOutcome.ANSWERED:
            ago = f"{one.login} is ready and has had this call before"
        if one.retry_at is not None and one.retry_at > facts.now:
            yield f"{ago}: to be asked again in {spoken_up(_milliseconds(facts.now, one.retry_at))}."
        else:
            yield f"{ago}: may be asked again now."


def _hopeless(facts: Facts, visit: VisitFacts) -> Iterator[str]:
    able = sum(tier.able for tier in facts.tiers)
    eligible = sum(tier.eligible for tier in facts.tiers)
    if not eligible:
        yield f"Nobody is eligible for {visit.queue}: until the center file names somebody, nobody can take it."
    elif not able:
        yield f"Nobody who is eligible for {visit.queue} meets {visit.requires}: nobody can take it."
    elif sum(tier.does.get("offline", 0) for tier in facts.tiers) == able:
        yield "Everybody who could take it is logged out."


def _about_to_be_offered(facts: Facts, waited_ms: int) -> Iterator[str]:
    """Ready, in an open tier, and not in the pause of this call: matching puts them together within a moment."""
    ready = sum(tier.does.get("ready", 0) for tier in facts.tiers if tier.after_ms <= waited_ms)
    paused = sum(1 for one in facts.tried if one.is_ready and one.retry_at is not None and one.retry_at > facts.now)
    if ready > paused and facts.switch.is_owned:
        before = (facts.position or 1) - 1
        if before >= ready - paused:
            yield f"{before} {'call goes' if before == 1 else 'calls go'} before it."
        else:
            yield "It is about to be offered."


def _expected(facts: Facts) -> Iterator[str]:
    if facts.expected_ms:
        by = (
            "By how long calls took within a day"
            if facts.expected_by == "handling"
            else "As calls were answered of late"
        )
        yield f"{by}, it will be answered in about {spoken(facts.expected_ms)}."


def _trouble(facts: Facts) -> Iterator[str]:
    switch = facts.switch
    if not switch.is_owned:
        yield f"No engine commands its switch {switch.name}: nothing happens to it until one does."
    elif switch.heard_at is not None and (silent_ms := _milliseconds(switch.heard_at, facts.now)) > SILENT_MS:
        yield f"Its switch {switch.name} was last heard of {spoken(silent_ms)} ago."


# -- words ---------------------------------------------------------------------------------------


def _does(word: str, count: int) -> str:
    one, several = _DOES.get(word, (_plain(word), _plain(word)))
    return one if count == 1 else several


def _reasons(tier: Tier, word: str) -> str:
    if word != "not_ready" or not tier.reasons:
        return ""
    if len(tier.reasons) == 1:
        return f" ({_plain(next(iter(tier.reasons)))})"
    return f" ({', '.join(f'{count} {_plain(reason)}' for reason, count in sorted(tier.reasons.items()))})"


def _how(one: Tried) -> str:
    return _plain(one.outcome) + (f", {one.tries} times" if one.tries > 1 else "")


def _few(names: tuple[str, ...]) -> str:
    if len(names) <= _MOST_NAMES:
        return ", ".join(names)
    return f"{', '.join(names[: _MOST_NAMES - 1])} and {len(names) - _MOST_NAMES + 1} more"


def _listed(names: list[str] | tuple[str, ...]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _plain(word: str) -> str:
    return word.replace("_", " ")


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _milliseconds(start: datetime, end: datetime) -> int:
    """Never less than nothing: a switch's clock may be ahead of ours."""
    return max(0, int((end - start).total_seconds() * 1000))


def _between(start: datetime, end: datetime) -> str:
    return spoken(_milliseconds(start, end))
