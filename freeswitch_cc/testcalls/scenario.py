"""A scenario: a center, steps, and what must be true; plain values. How a file says it stands in scenario_file.py.

No stage, no database, no engine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from freeswitch_cc.center import Center
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.lined_yaml import Scalar

WITHIN_MS = 5_000
"""How long a fact is waited for when a scenario does not say."""

Row = tuple[Scalar | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """after_ms: so long after the step before was over. Measured from a fact when that step waited for one."""

    line: int
    after_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Step):
    """An agent asks for something, as people do: a row. by: the supervisor who forces it in his place.

    arguments: what goes into the row. about: a caller, whose call it is about, if not the one that the agent is in
    (or was in last). refused: the reason with which it must be refused.
    """

    kinds: tuple[str, ...]
    logins: tuple[str, ...]
    arguments: Mapping[str, Scalar] = field(default_factory=dict)
    about: str | None = None
    by: str | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial(Step):
    """A caller dials; from now on he has this name in the scenario."""

    caller: str
    number: str
    name: bytes
    number_from: str
    is_silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Step):
    """An agent asks for a call. to: `number:...` or `agent:LOGIN`. called: the name of who is at that number from now
    on. refused: the reason with which it must be refused.
    """

    login: str
    to: str
    caller_id: str | None = None
    called: str | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch(Step):
    """Somebody uses his phone. what: hang_up, hold, unhold, press or refer; text: the keys, or where to."""

    who: str
    what: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Step):
    """Until a caller or an agent is in a state. partner: with whom. outcome, reason: how it ended, or why."""

    who: str
    state: str
    partner: str | None = None
    outcome: str | None = None
    reason: str | None = None
    within_ms: int = WITHIN_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Hear(Step):
    """Until a caller, or an agent, hears music or a tone, or somebody. It is what surviving means (docs/measured.md).

    keys: until his phone has heard these, and no others, since he dialled.
    """

    who: str
    what: str
    keys: str = ""
    within_ms: int = WITHIN_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Why(Step):
    """Until `freeswitch-cc why` says each of these texts of his call, in any of its sentences."""

    who: str
    says: tuple[str, ...]
    within_ms: int = WITHIN_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect(Step):
    """Until SQL gives exactly these rows. that: the same in words."""

    that: str
    sql: str
    rows: tuple[Row, ...]
    within_ms: int = WITHIN_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Life(Step):
    """Kill or start the engine or the switch, or pause or resume the switch."""

    of: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone(Step):
    """From his next call on an agent's phone behaves otherwise. contact: robot/ and a behaviour."""

    login: str
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration(Step):
    """An agent's phone registers, is started anew, unregisters, or is not heard of any more.

    what: a word of REGISTRATIONS.
    """

    login: str
    what: str


REGISTRATIONS = ("registered", "restarted", "unregistered", "expired")


@dataclass(frozen=True, slots=True, kw_only=True)
class DialCode(Step):
    """An agent's phone dials a feature code, and is told by a tone of TONES. login: None: a phone that is nobody's."""

    login: str | None
    code: str
    tone: str
    within_ms: int = WITHIN_MS


TONES = ("rising", "falling", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberOf(Step):
    """Until a number is called for a caller: who is there is known as `called` from then on."""

    caller: str
    called: str
    within_ms: int = WITHIN_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell(Step):
    """A sentence for who reads the story."""

    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Together(Step):
    """Steps that begin in the same moment."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """alarms: the kinds that must be raised. may_alarm: the ones that may be. No other is allowed."""

    name: str
    center: Center
    timeouts: Timeouts
    steps: tuple[Step, ...]
    expect: tuple[Expect, ...] = ()
    alarms: tuple[str, ...] = ()
    may_alarm: tuple[str, ...] = ()

    @property
    def kills_switch(self) -> bool:
        """Does it do to the switch what nobody may do to one that is not his own?"""
        return any(isinstance(step, Life) and step.of == "switch" for step in self.steps)
