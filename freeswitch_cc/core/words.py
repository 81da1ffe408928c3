"""The words of the records: where a leg is and is wanted, what a call, a visit, an offer and an agent are doing.

The database holds the same words in CHECK constraints. No records here (core.call), and nothing that is not a word.
"""

from enum import StrEnum


class Role(StrEnum):
    """What a leg is in its call."""

    CUSTOMER = "customer"
    AGENT = "agent"
    TARGET = "target"
    PARTICIPANT = "participant"
    SUPERVISOR = "supervisor"


class Origin(StrEnum):
    """How a call began."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"  # an agent has called a number
    INTERNAL = "internal"  # an agent has called another one
    CONSULT = "consult"


class Phase(StrEnum):
    """Which feature owns the call."""

    QUEUED = "queued"  # core.queueing
    TALKING = "talking"  # core.talking
    ENDING = "ending"  # nobody: every leg is to go
    ENDED = "ended"
    DIALING = "dialing"  # core.direct: the phones of a call that an agent has placed are called
    LEAVING = "leaving"  # core.farewell: no agent takes it, and it ends after that
    FORWARDING = "forwarding"  # core.forwarding: an outside number is called, to which its queue overflows


class Want(StrEnum):
    """Where we want a leg to be."""

    PARKED = "parked"
    WITH = "with"
    IN_CONFERENCE = "in_conference"
    GONE = "gone"


class Seen(StrEnum):
    """Where the leg was last seen to be."""

    UNBORN = "unborn"  # ours, not asked of the switch yet
    DIALING = "dialing"  # asked of the switch, no sign of it yet
    RINGING = "ringing"
    PARKED = "parked"
    WITH = "with"
    IN_CONFERENCE = "in_conference"
    MOVING = "moving"  # between two places, the switch moves it
    LOST = "lost"  # alive, nobody knows where: limbo, or the switch's own rescue
    GONE = "gone"


class CommandKind(StrEnum):
    """The command in flight of a leg. `settle` is sent by nobody: the switch moves the leg by itself."""

    ORIGINATE = "originate"
    BRIDGE = "bridge"
    PARK = "park"
    JOIN = "join"
    KILL = "kill"
    SETTLE = "settle"


class Sound(StrEnum):
    """What a parked leg hears of us."""

    SILENT = "silent"
    ASKED = "asked"
    PLAYING = "playing"
    OVER = "over"  # in a farewell: it was heard to its end


class Segment(StrEnum):
    """What a leg is doing, for the record."""

    QUEUED = "queued"
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    LEAVING = "leaving"  # an announcement is played to him, or he leaves a message


class OfferOutcome(StrEnum):
    """How one attempt to ring one agent ended. `answered` only when the bridge was proved."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    CALLER_LEFT = "caller_left"
    AGENT_LEFT = "agent_left"  # answered, and gone before the bridge was proved
    WITHDRAWN = "withdrawn"  # we took it back: the switch failed, or nobody knows


class VisitOutcome(StrEnum):
    """How a stay in a queue ended."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    LEFT_OTHERWISE = "left_otherwise"


class LeftReason(StrEnum):
    """Why a call was taken out of a queue by its overflow."""

    CLOSED = "closed"  # outside the hours of the queue
    FULL = "full"  # as many wait as may
    NOBODY = "nobody"  # nobody who may take it is logged in
    TOO_LONG = "too_long"  # waited as long as one may
    NOT_TAKEN = "not_taken"  # the agent to whom it overflowed was rung, and did not take it
    NOT_REACHED = "not_reached"  # the number to which it overflowed was not reached


class Step(StrEnum):
    """What a caller of whom we take leave hears or does."""

    ANNOUNCING = "announcing"
    GREETING = "greeting"  # of a voicemail box
    BEEPING = "beeping"
    RECORDING = "recording"


class CallOutcome(StrEnum):
    """How a call ended."""

    COMPLETED = "completed"
    ABANDONED = "abandoned"
    NO_ENTRY_POINT = "no_entry_point"
    DROPPED_BY_SWITCH = "dropped_by_switch"
    SWITCH_RESTARTED = "switch_restarted"
    ANNOUNCED = "announced"  # the overflow of its queue was an announcement
    VOICEMAIL = "voicemail"  # a message was left
    TURNED_AWAY = "turned_away"  # its queue was closed or full, and nothing is said of where to
    # Of calls that agents place: whom they called.
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    # And who placed it.
    CANCELLED = "cancelled"  # he gave up before they talked
    AGENT_NO_ANSWER = "agent_no_answer"  # he did not pick up his own phone
    AGENT_UNREACHABLE = "agent_unreachable"  # his own phone was not to be had
    AGENT_LOST = "agent_lost"  # his phone died, or its switch stayed away, and he could not be called back


class Presence(StrEnum):
    """Chosen by the agent."""

    OFFLINE = "offline"
    AVAILABLE = "available"
    NOT_READY = "not_ready"


class Activity(StrEnum):
    """Seen by the system. Ready = available and idle."""

    IDLE = "idle"
    RESERVED = "reserved"
    RINGING = "ringing"
    TALKING = "talking"
    HOLDING = "holding"
    WRAP_UP = "wrap_up"


class WrapUp(StrEnum):
    """How wrap-up ends: it is not held at all, by the clock, or by the agent."""

    NONE = "none"
    TIMED = "timed"
    MANUAL = "manual"


class Strategy(StrEnum):
    """Which of the ready agents of a tier is asked first; among equals the longest idle."""

    LONGEST_IDLE = "longest_idle"
    LEAST_TALK = "least_talk"  # who has talked least today
    FEWEST_CALLS = "fewest_calls"  # who has taken the fewest calls today
    TOP_DOWN = "top_down"  # in the order of the center file
    ROUND_ROBIN = "round_robin"  # whose last offer of this queue is longest ago
    RANDOM = "random"
