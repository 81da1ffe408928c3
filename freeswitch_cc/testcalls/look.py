"""How a call, or an agent, stands in the database now, in the words that a scenario waits for. Reads only."""

from collections.abc import Iterator
from dataclasses import dataclass

from freeswitch_cc.store.db import Session

_CALL = """
    SELECT c.phase, coalesce(c.outcome, ''), coalesce(l.seen, ''), coalesce(l.segment, ''),
           coalesce(o.login, ''), coalesce(o.is_ringing, false), coalesce(p.login, h.login, d.login, ''),
           coalesce(c.step, ''), c.called_back_at IS NOT NULL,
           EXISTS (SELECT 1 FROM leg n WHERE n.call_id = c.call_id AND n.role = 'target' AND n.seen = 'ringing')
      FROM call c
      LEFT JOIN leg l ON l.call_id = c.call_id AND l.role = 'customer'
      LEFT JOIN LATERAL (SELECT a.login, f.ringing_at IS NOT NULL AS is_ringing
                           FROM offer f JOIN agent a USING (agent_id)
                          WHERE f.call_id = c.call_id AND f.outcome IS NULL) o ON true
      LEFT JOIN LATERAL (SELECT a.login FROM leg g JOIN agent a USING (agent_id)
                          WHERE g.leg_id = l.seen_leg_id) p ON true
      LEFT JOIN agent h ON h.agent_id = c.held_by
      LEFT JOIN agent d ON c.phase = 'dialing' AND d.agent_id = (c.placed->>'agent_id')::uuid
     WHERE c.call_id = %s
"""

_AGENT = """
    SELECT a.presence, coalesce(a.reason, ''), a.activity, a.misses, coalesce(a.pending_presence, ''),
           ARRAY(SELECT l.leg_id::text FROM leg l WHERE l.agent_id = a.agent_id),
           ARRAY(SELECT l.leg_id::text FROM leg l WHERE l.agent_id = a.agent_id AND l.seen <> 'gone'),
           EXISTS (SELECT 1 FROM leg l WHERE l.agent_id = a.agent_id AND l.seen IN ('parked', 'with'))
      FROM agent a WHERE a.login = %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLook:
    """partner: the login of whom he is offered to, talks with, was put on hold by, or is called by."""

    states: frozenset[str]
    outcome: str
    partner: str
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLook:
    """leg_ids: every leg that ever rang him. live_leg_ids: the ones that are written down as live."""

    states: frozenset[str]
    reason: str
    told: str
    leg_ids: frozenset[str]
    live_leg_ids: tuple[str, ...]


def look_at_call(session: Session, call_id: str) -> CallLook:
    rows = session.rows(_CALL, call_id)
    if not rows:
        return CallLook(states=frozenset(), outcome="", partner="", told="not written down")
    phase, outcome, seen, segment, offered_to, is_ringing, talks_to, step, is_called_back, rings_there = rows[0]

    def states() -> Iterator[str]:
        if phase == "ended":
            yield "ended"
        elif phase == "queued" and offered_to:
            yield "offered"
            if is_ringing:
                yield "ringing"
        elif phase == "queued" and seen == "parked":
            yield "queued"
        elif phase == "dialing":
            yield "called_back" if is_called_back else "dialing"
            if seen == "ringing":
                yield "ringing"
        elif phase == "forwarding":
            yield "forwarding"
            if rings_there:
                yield "ringing"
        elif phase == "talking" and segment in ("talking", "held"):
            yield segment
        elif phase == "leaving":
            yield step

    told = f"{phase}, {seen}, {segment or 'no segment'}"
    told += f", {step}" if step else ""
    told += f", offered to {offered_to}" if offered_to else ""
    told += f", with {talks_to}" if talks_to else ""
    told += f", {outcome}" if outcome else ""
    return CallLook(states=frozenset(states()), outcome=outcome, partner=offered_to or talks_to, told=told)


def look_at_agent(session: Session, login: str) -> AgentLook:
    ((presence, reason, activity, misses, pending, leg_ids, live, is_answered),) = session.rows(_AGENT, login)
    states = {presence, activity}
    if (presence, activity) == ("available", "idle"):
        states.add("ready")
    if is_answered:
        states.add("answered")
    told = presence + (f" ({reason})" if reason else "") + f", {activity}, {misses} misses, {len(live)} live legs"
    told += f", {pending} asked for" if pending else ""
    return AgentLook(
        states=frozenset(states),
        reason=reason,
        told=told,
        leg_ids=frozenset(leg_ids),
        live_leg_ids=tuple(live),
    )
