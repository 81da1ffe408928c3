"""The marks: variables without which the switch drops a leg, or lets somebody else move it; and the contexts they name.

Whom we ring is marked by esl.render, a caller by the dialplan (fs-config/dialplan/public.xml). A dialplan of one's own
may forget some: esl.parse and esl.sight tell which are missing, and they are set then. What happens without each stands
in fs-config/README.md; why the survivor of a bridge needs three of them, in docs/decisions/0010. Pure.
"""

ORPHAN_EXTENSION = "fcc_orphan"
ORPHAN_CONTEXT = "fcc_deadman"
"""Where the switch's own rescue (the dead-man) sends a leg. The name alone may also have been written by a phone, in a
REFER; the context cannot be (fs-config/dialplan/deadman.xml)."""

FALLBACK_CONTEXT = "fcc_fallback"
"""Where it sends a leg after all rounds: an announcement, then the end (fs-config/dialplan/fallback.xml)."""

RESCUE_CONTEXTS = frozenset({ORPHAN_CONTEXT, FALLBACK_CONTEXT})
"""Of a leg that the switch itself has taken on; not of one that was parked again by an inline transfer."""

CONTEXT = "fcc"
"""Where a handset's blind REFER sends the other one, to be parked (fs-config/dialplan/fcc.xml)."""

RESCUE_EXTENSION = "fcc_rescue"
"""Where the switch sends the survivor of a bridge that fails in its last moment; it needs no extension of its own."""

FEATURE_ROLE = "feature"
"""fcc_role of a leg on which an agent's phone has dialled a feature code (fs-config/dialplan/agents.xml): no call."""

MARKS = {
    "park_after_bridge": "true",
    # First of a uuid_bridge whose second is gone before they talk: he is parked, not hung up.
    "uuid_bridge_park_on_cancel": "true",
    # Second of one, gone in its last moment: the switch sends the first to the extension that stands here, which
    # parks him in our context (switch_ivr_bridge.c:1225). No phone is told of it: no INVITE is made of this name.
    "rdnis": RESCUE_EXTENSION,
    "hangup_after_bridge": "false",
    "hold_hangup_xfer_exten": "park:inline",
    "hangup_after_conference": "false",
    "conference_controls": "none",
    "max_session_transfers": "1000000",
    "force_transfer_context": CONTEXT,
    "force_transfer_dialplan": "XML",
}
"""Of every leg of ours."""

# Not media_timeout: it does nothing for a call that is answered already, and may well be a global variable (vars.xml).
_OF_CALLERS = (
    "deny_refer_requests",
    "playback_terminators",
    "api_before_bridge",
    "api_after_bridge",
    "api_after_bridge_rounds",
)

CALLER_MARKS = (*MARKS, *_OF_CALLERS)
"""What is looked for on a caller's leg, by name: another value than ours is somebody's wish."""

# A number that is answered when no engine is there waits in silence for so long.
FIRST_DEADMAN_S = 5

_IN_BYTES = tuple((name, f'"variable_{name}":'.encode()) for name in CALLER_MARKS)


def missing_in(raw: bytes) -> tuple[str, ...]:
    """The marks that an event or a dump does not carry. Text from outside can pretend none: JSON escapes quotes."""
    return tuple(name for name, written in _IN_BYTES if written not in raw)


def caller_marks(leg_id: str, deadman_s: int) -> dict[str, str]:
    """All marks of a caller. The dead-man is taken off while he talks, and armed again, to begin with its first round,
    when his partner leaves."""
    rescue = f"sched_transfer +{deadman_s} {leg_id} {ORPHAN_EXTENSION} XML {ORPHAN_CONTEXT}"
    rounds = f"uuid_setvar {leg_id} fcc_orphan_rounds"
    values = ("true", "none", f"sched_del {leg_id}", rescue, rounds)
    return MARKS | dict(zip(_OF_CALLERS, values, strict=True))


def called_marks(leg_id: str, deadman_s: int) -> dict[str, str]:
    """All marks of a customer whom we call: a caller's, and what a dialplan does for a caller when he is answered."""
    marks = caller_marks(leg_id, deadman_s)
    # What the agent hears when he holds: as fs-config/dialplan/public.xml says, and why.
    marks["hold_music"] = "silence"
    marks["api_on_answer"] = f"sched_transfer +{FIRST_DEADMAN_S} {leg_id} {ORPHAN_EXTENSION} XML {ORPHAN_CONTEXT}"
    return marks


def number_marks(leg_id: str, alone_s: int) -> dict[str, str]:
    """All marks of a number that is called for a caller. He is who must not be lost, it is what costs money: alone for
    so long, answered and with nobody, it is ended. In a group of its own, as below; and by a cause of its own: it is
    not the end of a talk that has lasted as long as one may, and its caller goes on.
    """
    alone = f"sched_api +{alone_s} fcc-alone-{leg_id} uuid_kill {leg_id} NORMAL_TEMPORARY_FAILURE"
    return MARKS | {
        "deny_refer_requests": "true",
        "api_on_answer": alone,
        "api_before_bridge": f"sched_del fcc-alone-{leg_id}",
        "api_after_bridge": alone,
    }


def limit_marks(leg_id: str, limit_s: int) -> dict[str, str]:
    """Of a leg that costs money: so long after its answer the switch ends it, whether anybody is there or not.

    In a group of its own: a dead-man's sched_del takes whatever is scheduled for the leg itself. Every variable that
    begins with api_on_answer is carried out.
    """
    return {
        "api_on_answer_limit": f"sched_api +{limit_s} fcc-limit-{leg_id} uuid_kill {leg_id} ALLOTTED_TIMEOUT",
        "api_hangup_hook": f"sched_del fcc-limit-{leg_id}",
    }
