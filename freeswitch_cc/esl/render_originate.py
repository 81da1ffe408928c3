"""An originate as text: the variables that a leg is born with, and what of a caller's number and name goes into them.

Nothing that a caller chose goes in except a number that matches an allow-list, and a name of which only letters,
digits, blanks, dots and hyphens are kept. No other command.
"""

import re
import unicodedata

from freeswitch_cc.core.commands import Originate
from freeswitch_cc.core.contact import check_contact
from freeswitch_cc.core.words import Role
from freeswitch_cc.esl.frames_of_commands import checked_uuid, job, whole_seconds
from freeswitch_cc.esl.marks import MARKS, called_marks, limit_marks, number_marks
from freeswitch_cc.esl.render_settings import RenderSettings
from freeswitch_cc.esl.wire import Wire

MAX_NAME = 64
"""Characters of a caller's name that are shown on a phone."""

_NUMBER = re.compile(r"[+]?[0-9*#]{1,32}")
_ROLE = re.compile(r"[a-z_]{1,32}")


def originate(command: Originate, settings: RenderSettings) -> Wire:
    """`{...}` first, then one contact, then &park. A customer whom we call has a caller's marks. A blank stays inside
    single quotes around a value: the tokeniser keeps a quoted blank in its word and drops the quotes
    (switch_utils.c:2790)."""
    leg = checked_uuid(command.leg_id, "leg_id")
    problem = check_contact(command.contact)
    if problem is not None:
        raise ValueError(problem)
    if not _ROLE.fullmatch(command.role):
        raise ValueError("role must be a plain word")
    variables = {
        "origination_uuid": leg,
        "fcc_call": checked_uuid(command.call_id, "call_id"),
        "fcc_role": command.role,
        **MARKS,
        "ignore_early_media": "true",
        "outbound_redirect_fatal": "true",
        # The switch compares whole seconds of its clock: the first of them may be over at once.
        "originate_timeout": str(whole_seconds(command.ring_ms, "ring_ms") + 1),
        "playback_terminators": "none",
    }
    if settings.media_timeout_ms > 0:
        variables["media_timeout"] = str(settings.media_timeout_ms)
    if settings.media_hold_timeout_ms > 0:
        variables["media_hold_timeout"] = str(settings.media_hold_timeout_ms)
    if command.is_auto_answer:
        variables["sip_auto_answer"] = "true"
        # The header is enough. The NOTIFY that the switch would send too, at the 180, ends the leg of a phone that
        # answers in that moment (tests/contract/test_control.py).
        variables["sip_auto_answer_suppress_notify"] = "true"
    marks: dict[str, str] = {}
    if command.deadman_ms > 0:
        marks_of = called_marks if command.role == Role.CUSTOMER else number_marks
        marks = marks_of(leg, whole_seconds(command.deadman_ms, "deadman_ms"))
    if command.limit_ms > 0:
        marks |= limit_marks(leg, whole_seconds(command.limit_ms, "limit_ms"))
    # Made of ids and numbers alone: no sign of them means anything inside quotes.
    variables |= {name: f"'{value}'" if " " in value else value for name, value in marks.items()}
    if _NUMBER.fullmatch(command.caller_number):
        variables["origination_caller_id_number"] = command.caller_number
    name = caller_name(command.caller_name)
    if name:
        variables["origination_caller_id_name"] = f"'{name}'"
    block = ",".join(f"{key}={value}" for key, value in variables.items())
    return job(command, f"originate {{{block}}}{command.contact} &park", f"originate {leg}")


def caller_name(text: str) -> str:
    """What is kept of a caller's name: NFC, letters, digits, blanks, `.` and `-`; may be empty.

    No underscore: with it a name could spell mod_event_socket. No apostrophe: a lone one makes the
    switch's tokeniser swallow blanks (switch_utils.c:2632-2866).
    """
    composed = unicodedata.normalize("NFC", text[: 4 * MAX_NAME])
    kept = "".join(sign if sign in ".-" or unicodedata.category(sign)[0] in "LMN" else " " for sign in composed)
    return " ".join(kept.split())[:MAX_NAME].strip()
