"""What a scenario needs of the place where it is played: a switch, phones on it, and a witness of both.

A Protocol and the words that every stage understands. A switch is one, real or simulated (switch_stage.py). Nothing
here knows an Event Socket, SIP, the database or the engine.
"""

import re
from dataclasses import dataclass
from typing import Protocol

ROBOT = "robot/"
"""How a scenario's center file names an agent's phone: `contact: robot/answer-after-300`."""

REGISTERED = "registered/"
"""The same of a phone that registers, whose contact is `user/NAME@DOMAIN`: `contact: registered/answer`."""

# What a robot does when it is rung. dead: nothing, as a phone without power. nobody: there is no phone at that address,
# and that is said at once.
BEHAVIOURS: dict[str, str] = {
    "answer": r"answer",
    "answer-after-MS": r"answer-after-\d{1,6}",
    "answer-hangup-MS": r"answer-hangup-\d{1,7}",
    "answer-after-MS-hangup-MS": r"answer-after-\d{1,6}-hangup-\d{1,7}",
    "silent": r"silent",
    "ring": r"ring",
    "dead": r"dead",
    "early": r"early",
    "busy": r"busy",
    "decline": r"decline",
    "decline-after-MS": r"decline-after-\d{1,6}",
    "unavailable": r"unavailable",
    "fail-CODE": r"fail-[4-6]\d\d",
    "redirect": r"redirect",
    "nobody": r"nobody",
}
_BEHAVIOUR = re.compile("|".join(BEHAVIOURS.values()))


def check_robot(contact: str) -> str | None:
    """What is wrong with a contact of a scenario, as a sentence, or None when every stage has such a phone."""
    for kind in (ROBOT, REGISTERED):
        if contact.startswith(kind) and _BEHAVIOUR.fullmatch(contact.removeprefix(kind)):
            return None
    return f"it must be {ROBOT} (or {REGISTERED}) and one of {', '.join(BEHAVIOURS)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A customer who dials. name: the bytes of his display name as his phone sends them."""

    number: str
    name: bytes
    number_from: str
    is_silent: bool = False


class Stage(Protocol):
    """Phones and legs are ids of the stage's own; a leg is what the engine calls leg_id.

    Whatever cannot be done raises SwitchFailed. Every call may block its greenlet, none without a deadline.
    """

    @property
    def name(self) -> str:
        """For people: what this stage is."""

    @property
    def host(self) -> str: ...

    @property
    def port(self) -> int:
        """Of the Event Socket that the engine is to use."""

    @property
    def password(self) -> str: ...

    @property
    def can_be_killed(self) -> bool:
        """May a scenario kill the switch and start it again?"""

    def contact(self, behaviour: str) -> str:
        """The contact of an agent's phone that behaves so."""

    def registered_contact(self, behaviour: str) -> str:
        """The contact of an agent's phone that behaves so, and has registered."""

    def register(self, contact: str) -> None:
        """Such a phone registers, again or for the first time."""

    def restart_phone(self, contact: str) -> None:
        """Such a phone was without power, and registers as one that was started anew does."""

    def unregister(self, contact: str) -> None: ...

    def expire(self, contact: str) -> None:
        """The switch has heard nothing of such a phone for too long."""

    def dial_code(self, contact: str | None, code: str) -> str:
        """Such a phone dials, and is answered; None: a phone that is no agent's."""

    def last_sound(self, phone: str) -> str:
        """What was played last to a phone that dialled: the name of a sound, empty for none."""

    def dial(self, caller: Caller) -> str:
        """A customer dials; returns his phone once he is answered."""

    def leg_of(self, phone: str, within_ms: int) -> str:
        """The switch's side of a call that this phone made."""

    def phone_at(self, leg_id: str, within_ms: int) -> str:
        """The phone that a leg rings, or talks to."""

    def is_up(self, phone: str) -> bool:
        """Is this phone still in its call?"""

    def hang_up(self, phone: str) -> None:
        """The phone hangs up. One that has already is left alone."""

    def hold(self, phone: str) -> None:
        """The handset holds whom it talks to."""

    def unhold(self, phone: str) -> None: ...

    def press(self, phone: str, keys: str) -> None: ...

    def refer(self, phone: str, to: str) -> None:
        """The handset transfers blindly to a number."""

    def heard(self, leg_id: str) -> str:
        """What the phone at this leg hears now, as far as the switch tells: `music`, a leg's id, or nothing.

        Music only where a sound was started since the leg was parked last.
        """

    def keys_heard(self, phone: str) -> str:
        """Every key that this phone has heard in its call, in order."""

    def live_legs(self) -> set[str]:
        """Every leg that an engine is answerable for and that the switch has now; phones are none."""

    def kill_switch(self) -> None:
        """As a power cut would."""

    def start_switch(self) -> None:
        """The same address, nothing remembered."""

    def pause_switch(self) -> None:
        """It places no calls, neither of an engine nor of a robot; what there is goes on."""

    def resume_switch(self) -> None: ...

    def clear(self) -> None:
        """Hang up every phone and forget what was seen: the next scenario begins."""
