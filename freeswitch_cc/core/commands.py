"""What the switch should do, in the imperative. Values only: esl.render turns them into text.

Only ids made by us or by the switch, contacts from our own tables and validated numbers stand here;
a caller's name is carried as it came and cleaned by the renderer.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """command_id is also the Job-UUID. leg_ids: the legs that it moves (none: it moves nobody)."""

    command_id: str
    switch_id: str
    call_id: str

    @property
    def leg_ids(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Originate(Command):
    """Ring one contact and park the leg when it answers.

    contact: a dial string of our own tables, such as `user/1001@domain` or `sofia/robots/answer@127.0.0.1:5080`.
    ring_ms: how long it may ring at least; the switch counts whole seconds, so it is up to two more.
    is_auto_answer: the phone is asked to pick up by itself. deadman_ms: of a customer: when the switch's own rescue
    comes after a talk; of a number that is called for one: when it is ended that is with nobody. limit_ms: how long the
    leg may last from its answer; 0: for ever.
    """

    leg_id: str
    role: str
    contact: str
    ring_ms: int
    caller_number: str = ""
    caller_name: str = ""
    is_auto_answer: bool = False
    deadman_ms: int = 0
    limit_ms: int = 0

    @property
    def leg_ids(self) -> tuple[str, ...]:
        return (self.leg_id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge(Command):
    """uuid_bridge. The survivor is the first argument: the switch parks him itself when the other dies, in the moments
    before CHANNEL_BRIDGE too. Who is second is hung up or left in limbo then (docs/decisions/0010; E1)."""

    survivor_leg_id: str
    other_leg_id: str

    @property
    def leg_ids(self) -> tuple[str, ...]:
        return (self.survivor_leg_id, self.other_leg_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Park(Command):
    """uuid_transfer <leg> park inline: works from bridged, parked, limbo and conference (E7)."""

    leg_id: str

    @property
    def leg_ids(self) -> tuple[str, ...]:
        return (self.leg_id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Join(Command):
    """Into a conference with a park tail (E14). other_leg_id: the bridged partner, moved along."""

    leg_id: str
    conference: str
    other_leg_id: str | None = None

    @property
    def leg_ids(self) -> tuple[str, ...]:
        return (self.leg_id,) if self.other_leg_id is None else (self.leg_id, self.other_leg_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill(Command):
    """uuid_kill with a cause; the one command that may be sent again."""

    leg_id: str
    cause: str = "NORMAL_CLEARING"

    @property
    def leg_ids(self) -> tuple[str, ...]:
        return (self.leg_id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Play(Command):
    """Music to a parked leg, by sendmsg (E2). It moves nobody; its proof is PLAYBACK_START."""

    leg_id: str
    sound: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce(Command):
    """A sound that ends, to a parked leg, by sendmsg. Its proof is PLAYBACK_START, its end PLAYBACK_STOP."""

    leg_id: str
    sound: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Command):
    """Record what a parked leg says (uuid_record), until it has been silent for silence_ms, for longest_ms at most.

    path: on the switch's machine. Its proof is RECORD_START, its end RECORD_STOP; it goes on when the leg is parked
    anew. Asked for again while it goes on, it changes nothing.
    """

    leg_id: str
    path: str
    longest_ms: int
    silence_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PushDeadman(Command):
    """Put the switch's own rescue of a waiting leg off by after_ms (E16)."""

    leg_id: str
    after_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DropDeadman(Command):
    """Take the switch's own rescue off a leg (it is in a conference)."""

    leg_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetRefer(Command):
    """Unset what the switch noted of a handset's REFER. It moves nobody.

    The switch never does it: every later PARK of this leg would look like one more REFER
    (tests/contract/test_refers.py).
    """

    leg_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark(Command):
    """Set what the dialplan should have set on a caller's leg (esl.marks). It moves nobody.

    names: of the variables that are missing. after_ms: when the switch's own rescue comes after a talk, if that is
    missing too.
    """

    leg_id: str
    names: tuple[str, ...]
    after_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PickUp(Command):
    """Ask the phone that rings at this leg to answer (uuid_phone_event talk). One that does not know it rings on."""

    leg_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute(Command):
    """Nothing that this leg says is heard any more, wherever it is moved. It may be sent again."""

    leg_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmute(Command):
    """It is heard again. It may be sent again, and to a leg that was never muted."""

    leg_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDtmf(Command):
    """Keys for whoever is at the other end of this leg. digits: 0 to 9, A to D, * and #, at most 32."""

    leg_id: str
    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerByTone(Command):
    """To a phone that dialled a feature code: a rising tone (done) or a falling one (refused), then the end of its leg.

    One command: nobody is needed afterwards.
    """

    leg_id: str
    is_done: bool

    @property
    def leg_ids(self) -> tuple[str, ...]:
        return (self.leg_id,)
