"""What a switch says of itself and of its jobs, as typed facts: the part of esl.parse that is of no leg. Pure.

Nothing of calls, legs or phones.
"""

import msgspec
from msgspec import field

from freeswitch_cc.core.switch_events import Heartbeat, JobFailed, SwitchStopping
from freeswitch_cc.esl.fields import clean, decoder_of, instant, lower_uuid, number, uuid_or_none
from freeswitch_cc.esl.wire import failure_of

_OUR_JOBS = frozenset({"originate", "uuid_bridge", "uuid_transfer", "uuid_kill"})


class _Job(msgspec.Struct, gc=False):
    job: str = field(name="Job-UUID", default="")
    command: str = field(name="Job-Command", default="")
    body: str = field(name="_body", default="")


class _Switch(msgspec.Struct, gc=False):
    core: str = field(name="Core-UUID", default="")
    at: str = field(name="Event-Date-Timestamp", default="")
    sessions: str = field(name="Session-Count", default="")


_decode_job = decoder_of(_Job)
_decode_switch = decoder_of(_Switch)


def job(raw: bytes, _switch_id: str) -> JobFailed | None:
    """Our commands all answer +OK when they are taken; of other clients' jobs only plain failures are told."""
    said = _decode_job(raw)
    job_id = uuid_or_none(said.job)
    if job_id is None:
        return None  # not ours: ours are command ids
    reason = failure_of(said.body)
    if reason is None:
        if said.command not in _OUR_JOBS or said.body.startswith("+OK"):
            return None
        reason = said.body.strip()
    return JobFailed(job_id=job_id, reason=clean(reason) or "no reason given")


def heartbeat(raw: bytes, _switch_id: str) -> Heartbeat:
    said = _decode_switch(raw)
    return Heartbeat(core_id=lower_uuid(said.core, "Core-UUID"), at=instant(said.at), sessions=number(said.sessions))


def shutdown(raw: bytes, _switch_id: str) -> SwitchStopping:
    return SwitchStopping(core_id=lower_uuid(_decode_switch(raw).core, "Core-UUID"))
