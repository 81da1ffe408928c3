"""How each customer's call ended, by what the switch did: who ended it, and was he anywhere while it lasted? Pure.

Nothing that an engine wrote down is believed here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from tests.chaos import called
from tests.chaos.farewells import allowed, farewell_of
from tests.chaos.forwards import number_of
from tests.chaos.plan_queues import NOWHERE
from tests.chaos.record import Record
from tests.chaos.witness import RESTARTED, Channel, Fact, Job

# What the switch ends the first leg of a bridge with on its own account (docs/decisions/0010).
SWITCH_CAUSE = "DESTINATION_OUT_OF_ORDER"
BY_HAND = frozenset({"NORMAL_CLEARING", "NORMAL_UNSPECIFIED"})
TICK_US = 20_000
"""The switch's clock goes in steps of 20 ms."""
_LEFT_ALONE = ("CHANNEL_PARK", "CHANNEL_UNBRIDGE")
_MOVES = ("uuid_bridge", "uuid_transfer", "uuid_park")
_WINDOW_US = 100_000
_LATE_US = 500_000
"""A leg's thread that has not even begun to talk by then is no late one."""
_BOMB_US = 25_000_000
_CUT_OFF_US = 200_000


class Fate(StrEnum):
    """How it ended. there: he is there still. lost: by none of the others, and that is by us."""

    LEFT = "left"  # he hung up
    SILENT = "silent"  # his phone sent no sound
    SERVED = "served"  # the agent hung up after their talk, or the number to which he overflowed
    NOWHERE = "nowhere"  # the number that he dialled leads nowhere
    RESTARTED = "restarted"  # with his switch
    DROPPED = "dropped"  # by the switch itself
    TOLD = "told"  # an announcement, to its end
    TURNED_AWAY = "turned_away"  # tones that say no, to their end
    RECORDED = "recorded"  # his message, as long as it may be
    DIED = "died"  # his line
    GIVEN_UP = "given_up"  # the agent who had called him hung up, or could not be called back
    LIMITED = "limited"  # no call to a number lasts longer
    THERE = "there"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class End:
    """why: in words. silence_ms: the longest that he was with nobody and heard nothing."""

    customer: Channel
    fate: Fate
    why: str
    silence_ms: int


class Fates:
    """Of one record. until_us: when it was looked at last; who is still there was there until then."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._until_us = record.snapshots[-1].at_us if record.snapshots else 0
        self._kills: dict[str, Job] = {}
        self._moves: dict[str, list[Job]] = defaultdict(list)
        for job in record.jobs:
            if job.command == "uuid_kill" and job.is_done:
                self._kills.setdefault(job.arguments[0], job)
            elif job.command in _MOVES and job.is_done:
                legs = job.arguments[: 2 if job.command == "uuid_bridge" else 1]
                for leg in legs:
                    self._moves[leg].append(job)
        self._deeds: dict[str, set[str]] = defaultdict(set)
        for deed in record.deeds:
            self._deeds[deed.channel].add(deed.what)
        self._phones = {c.sip_call_id: c for c in record.channels.values() if c.is_phone}
        self._callers = {caller.number_from: caller for caller in record.plan.callers}
        self._own: dict[str, list[Channel]] = defaultdict(list)
        for channel in record.channels.values():
            if channel.role == "agent" and channel.facts:
                self._own[channel.call].append(channel)
        self._asked: dict[str, list[int]] = defaultdict(list)
        for deed in record.deeds:
            if deed.what in ("ask hang_up", "ask reject"):
                self._asked[deed.channel].append(deed.at_us)

    def all(self) -> list[End]:
        return [self.of(channel) for channel in self._record.channels.values() if channel.is_customer]

    def risks(self) -> int:
        """How many partners died as soon as they were bridged: only then can the switch drop a customer by itself."""
        customers = [channel for channel in self._record.channels.values() if channel.is_customer]
        bridges = [fact for customer in customers for fact in customer.facts if fact.name == "CHANNEL_BRIDGE"]
        ends = (
            (fact, self._record.channels[fact.detail].end) for fact in bridges if fact.detail in self._record.channels
        )
        return sum(end is not None and 0 <= end.at_us - fact.at_us <= _LATE_US for fact, end in ends)

    def of(self, customer: Channel) -> End:
        fate, why = self._fate(customer)
        silence_ms = max((end - begin for begin, end in self.silences(customer)), default=0) // 1000
        return End(customer, fate, why, silence_ms)

    # -- who ended it ----------------------------------------------------------------------------

    def _fate(self, customer: Channel) -> tuple[Fate, str]:
        end = customer.end
        if end is None:
            return Fate.THERE, "still there"
        if end.name == RESTARTED:
            return Fate.RESTARTED, "the switch restarted"
        caller = None if customer.is_called else self._callers.get(customer.number)
        phone = self._phones.get(customer.sip_call_id)
        if "die" in self._deeds[customer.uuid]:
            return Fate.DIED, "his line died"
        if customer.ended_by in ("recv_bye", "recv_cancel"):
            if phone is not None and self._deeds[phone.uuid] & {"hang_up", "refer"}:
                return Fate.LEFT, "he hung up"
            if customer.is_called and called.hangs_up_by_itself(customer):
                return Fate.LEFT, "he hung up by himself"
            return Fate.LOST, "his phone hung up, and nobody had told it to"
        if not customer.ended_by and self._is_cut_off(end):
            is_his = phone is not None and "hang_up" in self._deeds[phone.uuid]
            return (Fate.LEFT, "he hung up") if is_his else (Fate.RESTARTED, "the switch restarted as he ended")
        if end.detail == "MEDIA_TIMEOUT" and caller is not None and caller.sends == "silent":
            return Fate.SILENT, "his phone sent no sound"
        if customer.is_called and called.is_limited(customer, end, self._record.limits):
            return Fate.LIMITED, "the call lasted as long as it may"
        if customer.uuid in self._kills:
            return self._killed_called(customer, end) if customer.is_called else self._killed(customer, end)
        return self._dropped(customer, end)

    def _is_cut_off(self, end: Fact) -> bool:
        """Was the switch gone before it could say who had ended it?"""
        return any(0 <= at_us - end.at_us < _CUT_OFF_US for at_us in self._record.restarts_us)

    def _killed(self, customer: Channel, end: Fact) -> tuple[Fate, str]:
        """By an engine. It may, when he is served or leads nowhere."""
        caller = self._callers.get(customer.number)
        if caller is not None and caller.number == NOWHERE:
            return Fate.NOWHERE, "the number leads nowhere"
        may, kill = allowed(self._record.plan.queues, caller.number if caller else ""), self._kills[customer.uuid]
        farewell = farewell_of(customer, may, min(kill.at_us, end.at_us))
        if farewell is not None:
            return Fate(farewell.kind) if farewell.kind else Fate.LOST, farewell.why
        agent, why_not = self._who_served(customer, end)
        if agent is not None:
            return Fate.SERVED, f"{agent.agent or number_of(agent)} hung up"
        return Fate.LOST, f"an engine killed him: {why_not}"

    def _killed_called(self, customer: Channel, end: Fact) -> tuple[Fate, str]:
        own = self._own[customer.call]
        phones = {leg.uuid: self._phones.get(leg.sip_call_id) for leg in own}
        referred = {
            uuid for uuid, phone in phones.items() if phone and phone.end and phone.end.detail == "BLIND_TRANSFER"
        }
        is_right, why = called.why_killed(customer, end, own, self._asked, referred, self._record.limits)
        return (Fate.GIVEN_UP, why) if is_right else (Fate.LOST, f"an engine killed the number: {why}")

    def _who_served(self, customer: Channel, end: Fact) -> tuple[Channel | None, str]:
        """The agent, or the number, who ended their talk by hand: the last one that he was bridged with, and until
        then. A talk with a number may also have lasted as long as it may."""
        bridges = [fact for fact in customer.facts if fact.name == "CHANNEL_BRIDGE"]
        if not bridges:
            return None, "he never talked"
        bridge = bridges[-1]
        agent = self._record.channels.get(bridge.detail)
        if agent is None or agent.end is None or agent.end.name == RESTARTED:
            return None, "his agent is still there"
        over, who = agent.end, agent.agent or number_of(agent)
        # He may have been taken back since: the first time that he was with this one.
        since = next(fact for fact in bridges if fact.detail == bridge.detail)
        if self._asked_to_end(agent, since, end):
            return agent, ""
        if agent.is_forwarded and called.is_limited(agent, over, self._record.limits):
            return agent, ""
        if agent.ended_by != "recv_bye" or over.detail not in BY_HAND:
            return None, f"{who} did not hang up by hand: {over.detail}, {agent.ended_by}"
        phone = self._phones.get(agent.sip_call_id)
        if phone is not None and phone.end is not None and phone.end.detail == "BLIND_TRANSFER":
            return None, f"{who} sent a REFER"
        talked_us = over.at_us - since.at_us
        if talked_us < self._record.limits.short_talk_ms * 1000 - TICK_US:
            return None, f"{who} was gone after {talked_us // 1000} ms"
        if any(bridge.at_us < f.at_us < over.at_us - TICK_US for f in customer.facts if f.name in _LEFT_ALONE):
            return None, f"he was not with {who} any more when he hung up"
        if self._was_holding(agent, over):
            return None, f"{who} had him on hold"
        return agent, ""

    def _asked_to_end(self, agent: Channel, bridge: Fact, end: Fact) -> bool:
        """By request: however short they talked, and with the customer on hold, too. To ask is to mean it."""
        asked = (deed.at_us for deed in self._record.deeds if (deed.what, deed.channel) == ("ask hang_up", agent.uuid))
        # A deed has the machine's clock: the switch's may say of what came of it that it was a tick earlier.
        return any(bridge.at_us - TICK_US <= at_us <= end.at_us + TICK_US for at_us in asked)

    def _was_holding(self, agent: Channel, over: Fact) -> bool:
        """A leg that ends while it holds takes its hold back right before that."""
        holds = [fact for fact in agent.facts if fact.name in ("CHANNEL_HOLD", "CHANNEL_UNHOLD")]
        if not holds:
            return False
        # A hold that was taken back just about unhold_ms before the end may be told either way.
        ago_us = over.at_us - holds[-1].at_us
        return holds[-1].name == "CHANNEL_HOLD" or ago_us < self._record.limits.unhold_ms * 1000 - 2 * TICK_US

    def _dropped(self, customer: Channel, end: Fact) -> tuple[Fate, str]:
        """No engine killed him and he did not hang up: the switch's own doing, if it looks like that in every way.

        A leg that is first in its bridge and carries our marks can be hung up in one way only (docs/decisions/0010):
        the second's thread, dead and late, finds their bridge over (audio_bridge_thread). A customer who was second
        (abort_call hangs him up with the first one's cause) or bore no marks (ORIGINATOR_CANCEL) is lost by us.
        """
        twice = self._moved_twice(customer, end)
        if twice:
            return Fate.LOST, twice
        if end.detail != SWITCH_CAUSE:
            return Fate.LOST, f"nobody killed him, and he did not hang up: {end.detail}"
        bridge = next((fact for fact in reversed(customer.facts) if fact.name == "CHANNEL_BRIDGE"), None)
        if bridge is None or end.at_us - bridge.at_us > _LATE_US:
            return Fate.LOST, f"the switch dropped him, and he had not just been bridged: {end.detail}"
        partner = self._record.channels.get(bridge.detail)
        over = partner.end if partner is not None else None
        if over is None or over.at_us > end.at_us:
            return Fate.LOST, f"the switch dropped him, and his partner was not gone: {end.detail}"
        pairs = [job.arguments[:2] for job in self._moves[customer.uuid] if job.command == "uuid_bridge"]
        if (customer.uuid, bridge.detail) not in pairs:
            return Fate.LOST, f"the switch dropped him, and he was not first in his bridge: {end.detail}"
        return Fate.DROPPED, f"the switch dropped him: {end.detail}"

    def _moved_twice(self, customer: Channel, end: Fact) -> str:
        """Two commands at once on one leg are our fault, whatever the switch makes of it (docs/measured.md E8, E9)."""
        jobs = [job for job in self._moves[customer.uuid] if end.at_us - job.at_us < _BOMB_US]
        for one, other in pairwise(jobs):
            since_us = one.at_us - _WINDOW_US
            places = [fact.at_us for fact in customer.facts if fact.name in ("CHANNEL_PARK", "CHANNEL_BRIDGE")]
            is_proved = any(since_us < at_us <= other.at_us for at_us in places)
            if other.at_us - one.at_us < _WINDOW_US and not is_proved:
                return f"{one.command} and {other.command} at once"
        return ""

    # -- was he anywhere -------------------------------------------------------------------------

    def silences(self, customer: Channel) -> Iterator[tuple[int, int]]:
        """From when to when he was with nobody and heard nothing."""
        since: int | None = None
        for at_us, is_somewhere in self._places(customer):
            if is_somewhere and since is not None:
                yield since, at_us
                since = None
            elif not is_somewhere and since is None:
                since = at_us
        end = customer.end
        if since is not None:
            yield since, end.at_us if end is not None else max(self._until_us, since)

    def _places(self, customer: Channel) -> Iterator[tuple[int, bool]]:
        partner, has_sound = "", False
        for fact in [*self._and_ends_of_partners(customer)]:
            match fact.name:
                case "CHANNEL_BRIDGE":
                    partner, has_sound = fact.detail, False
                case "CHANNEL_PARK":
                    partner, has_sound = "", False
                case "CHANNEL_UNBRIDGE" | "PARTNER_GONE" if fact.detail == partner:
                    partner = ""
                case "PLAYBACK_START" | "RECORD_START":
                    has_sound = True
                case "PLAYBACK_STOP" | "RECORD_STOP":
                    has_sound = False
                case "CHANNEL_ANSWER":
                    pass
                case _:
                    continue
            yield fact.at_us, bool(partner) or has_sound

    def _and_ends_of_partners(self, customer: Channel) -> Iterable[Fact]:
        facts = list(customer.facts)
        for bridge in [fact for fact in facts if fact.name == "CHANNEL_BRIDGE"]:
            partner = self._record.channels.get(bridge.detail)
            if partner is not None and partner.end is not None:
                facts.append(Fact(partner.end.at_us, "PARTNER_GONE", customer.uuid, partner.uuid))
        return sorted(facts, key=lambda fact: fact.at_us)
