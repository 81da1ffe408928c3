"""What the live tables show, read from the rows that routing uses. Reads only; nothing is drawn here."""

from dataclasses import dataclass

import msgspec

from freeswitch_cc.core.why import sentences
from freeswitch_cc.core.why_facts import Facts
from freeswitch_cc.store.db import Session

# A caller stands beside an agent for as long as the call keeps him busy, its wrap-up included.
_AGENTS = """
    SELECT a.login, a.presence, coalesce(a.reason, ''), a.activity,
           extract(epoch FROM clock_timestamp() - a.state_at)::float, coalesce(c.caller_name, ''),
           coalesce(a.pending_reason, a.pending_presence, '')
      FROM agent a LEFT JOIN call c USING (call_id)
     WHERE a.is_active
     ORDER BY a.login
"""

_CALLS = """
    SELECT c.caller_name, coalesce(q.name, ''), c.phase, coalesce(l.segment, ''), coalesce(l.sound, ''),
           coalesce(v.is_returned, false), coalesce(w.waited, 0)::float,
           coalesce(o.login, p.login, ''), coalesce(o.is_ringing, false)
      FROM call c
      LEFT JOIN leg l ON l.call_id = c.call_id AND l.role = 'customer'
      LEFT JOIN LATERAL (SELECT queue_id, is_returned FROM queue_visit
                          WHERE call_id = c.call_id ORDER BY entered_at DESC LIMIT 1) v ON true
      LEFT JOIN queue q ON q.queue_id = v.queue_id
      LEFT JOIN LATERAL (SELECT sum(extract(epoch FROM coalesce(left_at, clock_timestamp()) - entered_at)) AS waited
                           FROM queue_visit WHERE call_id = c.call_id) w ON true
      LEFT JOIN LATERAL (SELECT a.login, f.ringing_at IS NOT NULL AS is_ringing
                           FROM offer f JOIN agent a USING (agent_id)
                          WHERE f.call_id = c.call_id AND f.outcome IS NULL) o ON true
      LEFT JOIN LATERAL (SELECT a.login FROM leg g JOIN agent a USING (agent_id)
                          WHERE g.leg_id = l.seen_leg_id) p ON true
     WHERE c.ended_at IS NULL
     ORDER BY c.started_at
"""

# Who goes next of those who wait and are not being offered to anybody.
_WHY = """
    SELECT c.caller_name, fcc_why(c.call_id)::text
      FROM queue_visit v JOIN call c USING (call_id)
     WHERE v.outcome IS NULL AND NOT EXISTS (SELECT 1 FROM offer o WHERE o.visit_id = v.visit_id AND o.outcome IS NULL)
     ORDER BY v.is_returned DESC, v.priority DESC, v.waiting_since
     LIMIT 1
"""

_facts = msgspec.json.Decoder(Facts)

_STATES = {
    ("available", "idle"): "ready",
    ("not_ready", "idle"): "not ready",
    ("offline", "idle"): "offline",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRow:
    """state: `ready`, `not ready`, `offline`, or what he does. then: what he asked for, to be had after the call."""

    login: str
    state: str
    reason: str
    since_s: float
    caller: str
    then: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """state: `waiting`, `ringing`, `talking`, `held` or `ending`. is_returned: goes before all others.

    waited_s: in all its visits. agent: the login of whom it rings, or talks with.
    """

    caller: str
    queue: str
    state: str
    hears_music: bool
    is_returned: bool
    waited_s: float
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyRow:
    """What `freeswitch-cc why` says of a caller, sentence by sentence; the first says where he waits, and how long."""

    caller: str
    says: tuple[str, ...]


def agents(session: Session) -> list[AgentRow]:
    return [
        AgentRow(
            login=login,
            state=_STATES.get((presence, activity), activity.replace("_", "-")),
            reason=reason,
            since_s=max(0.0, since_s),
            caller=caller,
            then=then,
        )
        for login, presence, reason, activity, since_s, caller, then in session.rows(_AGENTS)
    ]


def calls(session: Session) -> list[CallRow]:
    """Every call that has not ended, the oldest first."""
    rows = []
    for caller, queue, phase, segment, sound, is_returned, waited_s, agent, is_ringing in session.rows(_CALLS):
        state = "ringing" if is_ringing else "waiting"
        if phase != "queued":
            state = "held" if segment == "held" else phase
        rows.append(
            CallRow(
                caller=caller,
                queue=queue,
                state=state,
                hears_music=phase == "queued" and sound == "playing",
                is_returned=is_returned and phase == "queued",
                waited_s=max(0.0, waited_s),
                agent=agent if state != "waiting" else "",
            )
        )
    return rows


def why(session: Session) -> WhyRow | None:
    """Why the call that goes next waits; None when nobody waits."""
    for caller, facts in session.rows(_WHY):
        return WhyRow(caller=caller, says=tuple(sentences(_facts.decode(facts))))
    return None
