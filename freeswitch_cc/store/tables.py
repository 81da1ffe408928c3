"""All tables, as SQLAlchemy Core sees them; migrations/ makes them and a test proves the two equal.

The rules that the database guards by itself stand with the tables as constraints and partial indexes; triggers and
functions stand in migrations/sql/. No queries.
"""

from freeswitch_cc.store.schema import metadata
from freeswitch_cc.store.tables_of_calls import call, leg, offer, queue_visit, segment
from freeswitch_cc.store.tables_of_center import agent, eligibility, entry_point, queue, switch, switch_heartbeat
from freeswitch_cc.store.tables_of_record import agent_state_log, alarm, call_log, request

__all__ = [
    "agent",
    "agent_state_log",
    "alarm",
    "call",
    "call_log",
    "eligibility",
    "entry_point",
    "leg",
    "metadata",
    "offer",
    "queue",
    "queue_visit",
    "request",
    "segment",
    "switch",
    "switch_heartbeat",
]
