"""Carries out the steps about agents' phones that register, and that dial feature codes. The others are play.py's."""

from collections.abc import Callable

from freeswitch_cc.core.sound import DONE_TONE, REFUSED_TONE
from freeswitch_cc.store.db import Session
from freeswitch_cc.testcalls.failed import Failed
from freeswitch_cc.testcalls.scenario import DialCode, Registration
from freeswitch_cc.testcalls.stage import Stage
from freeswitch_cc.testcalls.story import Story
from freeswitch_cc.testcalls.until import until

_TONES = {DONE_TONE: "rising", REFUSED_TONE: "falling"}


def register(stage: Stage, session: Session, story: Story, step: Registration) -> None:
    change: dict[str, Callable[[str], None]] = {
        "registered": stage.register,
        "restarted": stage.restart_phone,
        "unregistered": stage.unregister,
        "expired": stage.expire,
    }
    change[step.what](_contact_of(session, step.login))
    story.step(f"{step.login}'s phone is {step.what}")


def dial_code(stage: Stage, session: Session, story: Story, step: DialCode) -> None:
    """And wait until the switch has ended its leg. Raises Failed when it has heard another tone."""
    who = step.login or "somebody"
    phone = stage.dial_code(_contact_of(session, step.login) if step.login else None, step.code)
    story.step(f"{who}'s phone dials {step.code}")
    has_ended = until(lambda: not stage.is_up(phone), step.within_ms)
    heard = _TONES.get(stage.last_sound(phone), "none")
    if heard != step.tone or not has_ended:
        ended = "the switch has ended it" if has_ended else "it is still there"
        raise Failed(f"{who}'s phone to hear the tone {step.tone} and to be hung up", f"it heard {heard}, and {ended}")
    story.step(f"{who}'s phone has heard the tone: {heard}")


def _contact_of(session: Session, login: str) -> str:
    ((contact,),) = session.rows("SELECT contact FROM agent WHERE login = %s", login)
    return str(contact)
