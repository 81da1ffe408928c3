"""All tables, as SQLAlchemy Core sees them; migrations/ makes them and a test proves the two equal.

The rules that the database guards by itself stand with the tables as constraints and partial indexes; triggers and
functions stand in migrations/sql/. No queries.
"""

from freeswitch_cc.store.schema import metadata
from freeswitch_cc.store.tables_of_agents import (
    agent,
    call_disposition,
    disposition,
    not_ready_reason,
    registration,
)
from freeswitch_cc.store.tables_of_calls import call, leg, offer, queue_visit, segment
from freeswitch_cc.store.tables_of_center import entry_point, queue, switch, switch_heartbeat, voicemail_box
from freeswitch_cc.store.tables_of_dialling import dialling
from freeswitch_cc.store.tables_of_record import agent_state_log, alarm, call_log, request, voicemail
from freeswitch_cc.store.tables_of_routing import (
    agent_day,
    agent_group,
    agent_skill,
    center,
    eligibility,
    group_member,
    known_caller,
    match_log,
    qualification,
    requirement,
    skill,
)

__all__ = [
    "agent",
    "agent_day",
    "agent_group",
    "agent_skill",
    "agent_state_log",
    "alarm",
    "call",
    "call_disposition",
    "call_log",
    "center",
    "dialling",
    "disposition",
    "eligibility",
    "entry_point",
    "group_member",
    "known_caller",
    "leg",
    "match_log",
    "metadata",
    "not_ready_reason",
    "offer",
    "qualification",
    "queue",
    "queue_visit",
    "registration",
    "request",
    "requirement",
    "segment",
    "skill",
    "switch",
    "switch_heartbeat",
    "voicemail",
    "voicemail_box",
]
