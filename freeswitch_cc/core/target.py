"""Where a call may be sent: the words of a target, `queue:reserve`. Whether such a one is there, others know. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from freeswitch_cc.core.nearest import nearest
from freeswitch_cc.core.policy import E164, MEANS_E164
from freeswitch_cc.core.sound import check_announcement


class TargetKind(StrEnum):
    """What stands before the colon."""

    QUEUE = "queue"
    AGENT = "agent"
    NUMBER = "number"
    ANNOUNCEMENT = "announcement"
    VOICEMAIL = "voicemail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """name: of the queue or the box, the agent's login, a number in full, or the sound of an announcement."""

    kind: TargetKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


KINDS = tuple(map(str, TargetKind))


def read_target(text: str) -> Target:
    """What a text means. Raises ValueError with a sentence that says what is wrong and what would be right."""
    kind, _, name = text.partition(":")
    if kind not in KINDS:
        raise ValueError(f"it must be one of {_all_kinds()}; {nearest(kind, KINDS)}")
    if not name:
        raise ValueError(f"nothing stands behind {kind}:")
    if kind == TargetKind.NUMBER and not E164.fullmatch(name):
        raise ValueError(f"that is no number that can be called: it must be {MEANS_E164}")
    if kind == TargetKind.ANNOUNCEMENT and (sentence := check_announcement(name)):
        raise ValueError(f"that may not be played: {sentence}")
    return Target(kind=TargetKind(kind), name=name)


def _all_kinds() -> str:
    return "queue:NAME, agent:LOGIN, number:+DIGITS, announcement:SOUND or voicemail:BOX"
