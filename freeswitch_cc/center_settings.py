"""What a center file says, as plain values: one class for each kind of mapping, with its defaults.

Their fields are the keys of the file. How text becomes these values: center, center_people, center_queues.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from freeswitch_cc.core import sound
from freeswitch_cc.core.feature_codes import KINDS
from freeswitch_cc.core.hours import Hours
from freeswitch_cc.core.words import Strategy, WrapUp
from freeswitch_cc.lined_yaml import Scalar

DEFAULT_PORT = 8021
DEFAULT_RING_MS = 15_000
DEFAULT_NUMBER_RING_MS = 30_000
DEFAULT_MAX_CALL_MS = 7_200_000
DEFAULT_MISSES = 3
DEFAULT_AGENT_WAIT_MS = 60_000
DEFAULT_AGENT_TRIES = 2
DEFAULT_MESSAGE_MS = 180_000
DEFAULT_SILENCE_MS = 5_000
DEFAULT_MESSAGES = 1_000
DEFAULT_PER_CALLER = 10
DEFAULT_FORWARDED = 10
DEFAULT_FORWARDED_PER_CALLER = 10
DEFAULT_TIMEZONE = "UTC"
DEFAULT_MUSIC = sound.DEFAULT_MUSIC
# What only the engine says of an agent who is not ready: no file may give these words another meaning.
SYSTEM_REASONS = ("unspecified", "logged_in", "no_answer", "device_down", "forced")


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchSettings:
    """password_env: the environment variable that holds the Event Socket's password; the password is never here."""

    name: str
    host: str
    port: int = DEFAULT_PORT
    password_env: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonSettings:
    """Why an agent may be not ready. longest_ms: None: as long as he likes. number: by which it is dialled, if any."""

    name: str
    is_productive: bool = False
    is_paid: bool = True
    longest_ms: int | None = None
    number: int | None = None


# As migration 0002 puts them into a new database; test_center_reasons proves the two equal.
DEFAULT_REASONS = (
    ReasonSettings(name="break", longest_ms=900_000, number=1),
    ReasonSettings(name="meal", is_paid=False, longest_ms=3_600_000, number=2),
    ReasonSettings(name="meeting", is_productive=True, number=3),
    ReasonSettings(name="training", is_productive=True, number=4),
    ReasonSettings(name="coaching", is_productive=True, number=5),
    ReasonSettings(name="admin_work", is_productive=True, number=6),
    ReasonSettings(name="technical", number=7),
    ReasonSettings(name="other", number=8),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DispositionSettings:
    """What an agent may say that came of a call."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """skills: name to level, 1 to 10. wrap_up_limit_ms: how long he may extend a wrap-up to; 0: not at all."""

    login: str
    name: str
    contact: str
    wrap_up: str = WrapUp.NONE
    wrap_up_ms: int = 0
    wrap_up_limit_ms: int = 0
    max_misses: int = DEFAULT_MISSES
    skills: dict[str, int] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    auto_answer: bool = False
    may_dial: tuple[str, ...] = ()
    caller_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberClassSettings:
    """A class of numbers: those that begin like this."""

    name: str
    like: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiallingSettings:
    """How agents call numbers, and each other. trunk: the gateway of the switch; empty: no number can be called.

    prefix: what stands before the digits of a number there. ring_ms: how long a number rings; agent_ring_ms: an
    agent's phone. max_call_ms: how long a call to a number may last. hold_music: empty: DEFAULT_MUSIC.
    """

    trunk: str = ""
    prefix: str = ""
    classes: tuple[NumberClassSettings, ...] = ()
    ring_ms: int = DEFAULT_NUMBER_RING_MS
    agent_ring_ms: int = DEFAULT_RING_MS
    max_call_ms: int = DEFAULT_MAX_CALL_MS
    hold_music: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TierSettings:
    """A tier of agents, open to a call that has waited so long. requires: as core.requirement writes it."""

    after_ms: int
    requires: str | None = None
    agents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityBySettings:
    """A call whose attached data say `key: value` has so much more priority."""

    key: str
    value: Scalar
    add: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    """agents, requires: the first tier; tiers: the later ones. wrap_up: None leaves each agent his own.

    hold_music: for who is put on hold; empty: the music of who waits. hours: None: always open.
    overflow: by reason (core.words.LeftReason), a target as core.target reads it. may_dial, caller_ids: of a queue that
    overflows to a number, as an agent's. max_forwarded: so many of its calls may be at numbers at once;
    max_forwarded_per_caller: for one number in a day; 0: no limit.
    """

    name: str
    agents: tuple[str, ...] = ()
    requires: str | None = None
    tiers: tuple[TierSettings, ...] = ()
    strategy: str = Strategy.LONGEST_IDLE
    ring_ms: int = DEFAULT_RING_MS
    music: str = DEFAULT_MUSIC
    hold_music: str = ""
    priority: int = 0
    priority_by: tuple[PriorityBySettings, ...] = ()
    last_agent_first: bool = False
    wrap_up: str | None = None
    wrap_up_ms: int | None = None
    wrap_up_limit_ms: int | None = None
    hours: Hours | None = None
    max_wait_ms: int | None = None
    max_length: int | None = None
    overflow: dict[str, str] = field(default_factory=dict)
    agent_wait_ms: int = DEFAULT_AGENT_WAIT_MS
    agent_tries: int = DEFAULT_AGENT_TRIES
    may_dial: tuple[str, ...] = ()
    caller_ids: tuple[str, ...] = ()
    max_forwarded: int = DEFAULT_FORWARDED
    max_forwarded_per_caller: int = DEFAULT_FORWARDED_PER_CALLER

    @property
    def all_tiers(self) -> tuple[TierSettings, ...]:
        """With the first one, which `agents` and `requires` are."""
        return (TierSettings(after_ms=0, requires=self.requires, agents=self.agents), *self.tiers)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPointSettings:
    """priority: added to the queue's. requires: asked of an agent besides what the queue asks."""

    number: str
    queue: str
    priority: int = 0
    requires: str | None = None
    attached: dict[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerSettings:
    """A caller whom we know by his number. importance: added to the priority. agent: the login of who is asked first.

    name: "" leaves him what the switch calls him.
    """

    number: str
    name: str = ""
    importance: int = 0
    agent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicemailBoxSettings:
    """Where messages are left. directory: on the switch's machine. greeting: "" for none.

    max_messages, max_per_caller (of one number in a day): it takes no more, 0: no limit. keep_days: older ones are
    removed by `voicemail remove`, 0: none.
    """

    name: str
    directory: str
    greeting: str = ""
    longest_ms: int = DEFAULT_MESSAGE_MS
    silence_ms: int = DEFAULT_SILENCE_MS
    max_messages: int = DEFAULT_MESSAGES
    max_per_caller: int = DEFAULT_PER_CALLER
    keep_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Center:
    """A whole center, as one file says it. timezone: whose midnight ends a day. reasons: None: DEFAULT_REASONS.

    feature_codes: what agents' phones dial, by kind of request; an empty one is switched off.
    """

    timezone: str = DEFAULT_TIMEZONE
    switches: tuple[SwitchSettings, ...] = ()
    skills: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    reasons: tuple[ReasonSettings, ...] | None = None
    dispositions: tuple[DispositionSettings, ...] = ()
    agents: tuple[AgentSettings, ...] = ()
    queues: tuple[QueueSettings, ...] = ()
    entry_points: tuple[EntryPointSettings, ...] = ()
    known_callers: tuple[CallerSettings, ...] = ()
    voicemail_boxes: tuple[VoicemailBoxSettings, ...] = ()
    dialling: DiallingSettings = field(default_factory=DiallingSettings)
    feature_codes: Mapping[str, str] = field(default_factory=lambda: dict(KINDS))
