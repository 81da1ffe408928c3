"""What happened: everything the engine can learn, in the past tense, one type a thing.

Facts of the switch carry the switch's own clock (`at`) and its Event-Sequence (`seq`);
facts of people and of time carry neither, the database's clock is handed to decide() as `now`.
No rules here, and nothing that needs a library. What belongs to a call stands here; what belongs to one agent, in
core.agent_events and core.phone_events, and what belongs to a switch alone, in core.switch_events.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """Anything that belongs to one call; the dispatcher keeps the order of a call's events."""

    call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFact(CallEvent):
    """The switch said something about a leg.

    at: Event-Date-Timestamp (UTC). seq: Event-Sequence, a tie-breaker within one `at`.
    """

    leg_id: str
    at: datetime
    seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LegParked(LegFact):
    """CHANNEL_PARK: the leg is ours to move. The first one of an inbound leg starts a call."""

    switch_id: str = ""
    is_inbound: bool = False
    is_answered: bool = True
    role: str = ""
    caller_number: str = ""
    caller_name: str = ""
    dialled: str = ""
    refer_to: str = ""
    """Where a handset's blind REFER pointed (variable_sip_refer_to); empty otherwise."""
    unmarked: tuple[str, ...] = ()
    """The marks that an inbound leg should carry and does not: names of variables (esl.marks)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRinging(LegFact):
    """CHANNEL_PROGRESS or CHANNEL_PROGRESS_MEDIA: the phone rings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegsBridged(LegFact):
    """CHANNEL_BRIDGE: the two hear each other. An unordered pair (trace t27)."""

    other_leg_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegsUnbridged(LegFact):
    """CHANNEL_UNBRIDGE: the two do not hear each other any more. An unordered pair."""

    other_leg_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegHeld(LegFact):
    """CHANNEL_HOLD: this leg's handset holds its partner (trace t16)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegUnheld(LegFact):
    """CHANNEL_UNHOLD: the handset took its partner back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundStarted(LegFact):
    """PLAYBACK_START: a tone, music or a prompt plays to the leg."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundStopped(LegFact):
    """PLAYBACK_STOP of a sound that ends by itself (of any other it is no news). sound: what was played.

    is_rescued: the switch's own rescue had the leg then: it may have been cut off.
    """

    sound: str = ""
    is_rescued: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStarted(LegFact):
    """RECORD_START. path: of the file."""

    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStopped(LegFact):
    """RECORD_STOP; it may come after the end of the leg. ms: how long it is, or would be if not is_failed: the switch
    counts on when it cannot write, be it that its disk is full."""

    path: str = ""
    ms: int = 0
    is_failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceJoined(LegFact):
    """conference::maintenance add-member."""

    conference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceLeft(LegFact):
    """conference::maintenance del-member."""

    conference: str


BLIND_TRANSFER = "BLIND_TRANSFER"
"""The cause, in our words, of a leg whose handset sent a REFER: the switch itself says NORMAL_CLEARING."""


HUNG_UP_BY_HAND = frozenset({"NORMAL_CLEARING", "NORMAL_UNSPECIFIED"})
"""A handset that hangs up says one of these; anything else is a phone that died (trace t03)."""
HUNG_UP_HOLDING = "HUNG_UP_HOLDING"
"""The cause, in our words, of a leg that was hung up by hand and whose handset held its partner until then."""
ENDED_BY_SWITCH = "ENDED_BY_SWITCH"
"""The cause, in our words, of a leg of which the switch says that it was hung up by hand, and its phone did not, nor
did we: an operator's uuid_kill, or the switch's own doing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegHungUp(LegFact):
    """CHANNEL_HANGUP. cause: the switch's word (NORMAL_CLEARING, NO_ANSWER, USER_BUSY, ...), or BLIND_TRANSFER."""

    cause: str
    is_answered: bool = True
    """Had the leg been answered when it ended (Caller-Channel-Answered-Time > 0)?"""
    is_by_phone: bool = True
    """Was it the phone that ended it? False is certain: the switch would have said so."""
    was_holding: bool = False
    """Did its handset hold to the end? The switch takes the hold back right before that, and says so here, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What uuid_dump said of one leg: the raw words of the switch, told apart in core.words.

    seen is one of the words of core.words.Seen; a leg the switch does not know is `gone`.
    """

    leg_id: str
    seen: str
    at: datetime | None = None
    seq: int = 0
    other_leg_id: str | None = None
    conference: str | None = None
    is_holding: bool = False
    refer_to: str = ""
    """As in LegParked: it stays until somebody unsets it, wherever the leg is."""
    unmarked: tuple[str, ...] = ()
    """As in LegParked: a dump holds all variables of the leg."""
    has_played: bool = False
    """Has the last sound that it was played ended by itself?"""
    recorded_ms: int | None = None
    """How long the last recording of this leg is; None: there was none, or it goes on."""
    recording: str = ""
    """Where a message was last asked to be recorded to, whatever became of that; empty: it never was."""
    is_record_failed: bool = False
    """The switch could not write: with no recorded_ms nothing at all."""
    known_seq: int | None = None
    """Of a leg that is gone, and says no more when that was: the last that we had heard of it before we asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallVerified(CallEvent):
    """Every live leg of the call was looked up on the switch."""

    sights: tuple[Sight, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFound(CallEvent):
    """A leg of ours is on the switch, and nobody had written it down when we looked."""

    leg_id: str
    switch_id: str


NOT_SENT = "NOT_SENT"
"""The reason, in our words, of a command that certainly never left us: another time it may."""

NOT_RENDERED = "NOT_RENDERED"
"""The reason, in our words, of a command that may not be sent at all: the same again never leaves us either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRefused(CallEvent):
    """The switch said no: `-ERR ...` as a reply or as a job's result. Or the command never left us.

    reason: the text behind -ERR, or the whole text when it has none; for an originate the cause; or one of the two
    words above. details: with NOT_RENDERED, a sentence that says what is wrong.
    """

    command_id: str
    kind: str
    leg_ids: tuple[str, ...]
    reason: str
    details: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMade(CallEvent):
    """match() has put an agent and this call together; the agent is reserved."""

    offer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDeadlinePassed(CallEvent):
    """A row of this call is due. kind: command, sound, deadman, offer, visit, step. row_id: its primary key."""

    kind: str
    row_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlAsked(CallEvent):
    """An agent asks for something about a call that he is in. kind: one of core.control.Control.

    digits: of send_dtmf. It goes the call's path, and is answered in the same transaction.
    asked_at: by the database's clock: after Timeouts.request_ms nobody waits for it any more. None: a moment ago.
    """

    agent_id: str
    request_id: str
    kind: str
    digits: str = ""
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DialAsked(CallEvent):
    """An agent asks for a call to a number or to another agent. The call has the id of the request.

    to: a target as core.policy reads it. caller_id: empty: his first. switch_id: where the phones are to be called.
    asked_at: as in ControlAsked.
    """

    agent_id: str
    request_id: str
    to: str
    caller_id: str = ""
    switch_id: str = ""
    asked_at: datetime | None = None

    @property
    def called_login(self) -> str:
        """Of the agent who is to be called; empty when it is a number."""
        kind, _, login = self.to.partition(":")
        return login if kind == "agent" else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchRestarted(CallEvent):
    """The switch came back with another Core-UUID: no leg of this call exists any more.

    at: the last heartbeat of the switch that died.
    """

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchLost(CallEvent):
    """The switch of this call cannot be asked for so long that nobody may be kept waiting for it."""
