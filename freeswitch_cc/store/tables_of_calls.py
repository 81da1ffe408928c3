"""The tables that the path writes: calls, legs, visits, offers, and the segments that a trigger keeps."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from freeswitch_cc.core import words
from freeswitch_cc.store.schema import BUSY, Id, Instant, metadata, one_of

call = Table(
    "call",
    metadata,
    Column("call_id", Id, primary_key=True),
    Column("switch_id", Id, ForeignKey("switch.switch_id"), nullable=False),
    Column("origin", Text, nullable=False, server_default=text("'inbound'")),
    Column("phase", Text, nullable=False),
    Column("caller_number", Text, nullable=False, server_default=text("''")),
    Column("caller_name", Text, nullable=False, server_default=text("''")),
    Column("dialled", Text, nullable=False, server_default=text("''")),
    Column("entry_point_id", Id, ForeignKey("entry_point.entry_point_id")),
    Column("attached", JSONB, nullable=False, server_default=text("'{}'")),
    Column("started_at", Instant, nullable=False),
    Column("bridged_at", Instant, comment="when customer and agent met"),
    Column("held_by", Id, ForeignKey("agent.agent_id"), comment="the agent who has asked to put the customer on hold"),
    Column("held_at", Instant, comment="since when"),
    Column("ended_at", Instant),
    Column("outcome", Text),
    Column("farewell", JSONB(none_as_null=True), comment="what is played to the caller, or recorded, before it ends"),
    Column("step", Text, comment="what he hears of it now"),
    Column("step_due_at", Instant, comment="when that is over, though nobody told"),
    Column("placed", JSONB, comment="of a call that an agent has placed: who, whom, and what was agreed on"),
    Column("called_back_at", Instant, comment="since when the agent is called back, his customer waiting"),
    Column(
        "forward",
        JSONB(none_as_null=True),
        comment="the number to which its queue overflowed, and what was agreed on, until it was not reached",
    ),
    one_of("origin", words.Origin),
    one_of("phase", words.Phase),
    one_of("outcome", words.CallOutcome),
    CheckConstraint("(phase = 'ended') = (ended_at IS NOT NULL)", name="ended_has_an_end"),
    CheckConstraint("phase <> 'ended' OR outcome IS NOT NULL", name="ended_has_an_outcome"),
    CheckConstraint("(held_by IS NULL) = (held_at IS NULL)", name="held_since_when"),
    CheckConstraint("held_by IS NULL OR phase = 'talking'", name="held_in_a_talk"),
    one_of("step", words.Step),
    CheckConstraint("(phase = 'leaving') = (step IS NOT NULL)", name="leaving_in_steps"),
    CheckConstraint(
        "(phase IN ('leaving', 'forwarding')) = (step_due_at IS NOT NULL)",
        name="step_has_an_end",
    ),
    CheckConstraint("phase <> 'forwarding' OR forward IS NOT NULL", name="forwarding_to_a_number"),
    CheckConstraint(
        "placed IS NOT NULL OR (origin NOT IN ('outbound', 'internal') AND phase <> 'dialing')",
        name="placed_by_somebody",
    ),
    comment="A journey, from its start to its end",
    postgresql_with=BUSY,
)
Index("call_live", call.c.switch_id, postgresql_where=text("ended_at IS NULL"))
Index("call_step_due", call.c.step_due_at, postgresql_where=text("step_due_at IS NOT NULL"))
Index("call_by_start", call.c.started_at)
Index("call_at_number", call.c.call_id, postgresql_where=text("forward IS NOT NULL AND ended_at IS NULL"))
Index("call_of_caller", call.c.caller_number, call.c.started_at, postgresql_where=text("caller_number <> ''"))

leg = Table(
    "leg",
    metadata,
    Column("leg_id", Id, primary_key=True, comment="the channel's uuid; a leg belongs to one call for ever"),
    Column("call_id", Id, ForeignKey("call.call_id"), nullable=False),
    Column("switch_id", Id, ForeignKey("switch.switch_id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("agent_id", Id, ForeignKey("agent.agent_id")),
    Column("contact", Text),
    Column("ring_ms", Integer, nullable=False, server_default=text("0")),
    Column("want", Text, nullable=False, comment="where we want it"),
    Column("want_leg_id", Id),
    Column("want_conference", Text),
    Column("seen", Text, nullable=False, comment="where it was last seen"),
    Column("seen_leg_id", Id),
    Column("seen_conference", Text),
    Column("seen_at", Instant, comment="the switch's clock"),
    Column("seen_seq", BigInteger, nullable=False, server_default=text("0")),
    Column(
        "is_holding", Boolean, nullable=False, server_default=text("false"), comment="its handset holds the partner"
    ),
    Column("is_muted", Boolean, comment="by request: nobody is to hear this leg; NULL: it was never asked for"),
    Column("command", Text, comment="the command in flight"),
    Column("command_id", Id, comment="also the Job-UUID"),
    Column("command_leg_id", Id, comment="the other leg that the command moves"),
    Column("command_due_at", Instant, comment="when it is looked up if nothing proved it"),
    Column("last_command_id", Id, comment="the last command that ended"),
    Column("sound", Text, nullable=False, server_default=text("'silent'")),
    Column("sound_tries", Integer, nullable=False, server_default=text("0")),
    Column("sound_due_at", Instant),
    Column("deadman_due_at", Instant, comment="when the switch's own rescue is put off again"),
    Column("segment", Text, comment="what it is doing now"),
    Column("segment_at", Instant),
    Column("hangup_cause", Text),
    Column("ended_at", Instant),
    one_of("role", words.Role),
    one_of("want", words.Want),
    one_of("seen", words.Seen),
    one_of("command", words.CommandKind),
    one_of("sound", words.Sound),
    one_of("segment", words.Segment),
    CheckConstraint("(want = 'with') = (want_leg_id IS NOT NULL)", name="with_names_a_leg"),
    CheckConstraint("(want = 'in_conference') = (want_conference IS NOT NULL)", name="in_names_a_conference"),
    CheckConstraint("(seen = 'with') = (seen_leg_id IS NOT NULL)", name="seen_with_names_a_leg"),
    CheckConstraint("(seen = 'in_conference') = (seen_conference IS NOT NULL)", name="seen_in_names_a_conference"),
    CheckConstraint("(seen = 'gone') = (ended_at IS NOT NULL)", name="gone_has_an_end"),
    CheckConstraint(
        "(command IS NULL) = (command_id IS NULL) AND (command IS NULL) = (command_due_at IS NULL)",
        name="command_is_whole",
    ),
    CheckConstraint("seen <> 'gone' OR command IS NULL", name="gone_is_not_commanded"),
    CheckConstraint("seen NOT IN ('moving', 'dialing', 'lost') OR command IS NOT NULL", name="passing_has_an_end"),
    CheckConstraint("sound <> 'asked' OR sound_due_at IS NOT NULL", name="asked_sound_has_an_end"),
    comment="One channel: what we want of it, what we saw of it, and at most one command in flight",
    postgresql_with=BUSY,
)
Index("leg_of_call", leg.c.call_id)
Index("leg_command_due", leg.c.command_due_at, postgresql_where=text("command_due_at IS NOT NULL"))
Index("leg_sound_due", leg.c.sound_due_at, postgresql_where=text("sound_due_at IS NOT NULL"))
Index("leg_deadman_due", leg.c.deadman_due_at, postgresql_where=text("deadman_due_at IS NOT NULL"))
Index(
    "one_live_customer_per_call",
    leg.c.call_id,
    unique=True,
    postgresql_where=text("role = 'customer' AND seen <> 'gone'"),
)

segment = Table(
    "segment",
    metadata,
    Column("segment_id", BigInteger, Identity(always=True), primary_key=True),
    Column("leg_id", Id, ForeignKey("leg.leg_id"), nullable=False),
    Column("call_id", Id, nullable=False),
    Column("agent_id", Id),
    Column("kind", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=False),
    one_of("kind", words.Segment),
    CheckConstraint("ended_at >= started_at", name="goes_forward"),
    comment="A closed interval of a leg; the open one stands in leg.segment. Written by a trigger",
)
Index("segment_of_leg", segment.c.leg_id, segment.c.started_at)
Index("segment_of_call", segment.c.call_id)

queue_visit = Table(
    "queue_visit",
    metadata,
    Column("visit_id", Id, primary_key=True),
    Column("call_id", Id, ForeignKey("call.call_id"), nullable=False),
    Column("queue_id", Id, ForeignKey("queue.queue_id"), nullable=False),
    Column("entry_reason", Text, nullable=False, server_default=text("'inbound'")),
    Column("is_returned", Boolean, nullable=False, server_default=text("false"), comment="goes before all others"),
    Column("priority", Integer, nullable=False, server_default=text("0")),
    Column("requirement_id", Id, comment="what this call asks of an agent, besides what the queue asks"),
    Column("preferred_agent_id", Id, comment="who is asked first, if he is ready"),
    Column("position", Integer, comment="its place in the queue when it came"),
    Column("estimated_wait_ms", BigInteger, comment="foretold when it came; NULL: nothing to go by"),
    Column("entered_at", Instant, nullable=False),
    Column(
        "waiting_since",
        Instant,
        nullable=False,
        comment="entered_at less all earlier waiting, by our clock",
    ),
    Column("left_at", Instant),
    Column("outcome", Text),
    Column("agent_id", Id, ForeignKey("agent.agent_id"), comment="who answered"),
    Column("left_reason", Text, comment="of who left otherwise: why it overflowed"),
    Column("overflow_at", Instant, comment="when is looked whether it overflows"),
    Column(
        "spent", JSONB, nullable=False, server_default=text("'[]'"), comment="overflows that are over for this call"
    ),
    Column("came_from", Id, comment="in the line of one agent: the visit that it left, where it goes back to"),
    Column("tries", Integer, nullable=False, server_default=text("0"), comment="so often he did not take it"),
    Column("max_tries", Integer, comment="after so many it goes back"),
    one_of("entry_reason", ("inbound", "returned", "overflow", "passed")),
    one_of("left_reason", words.LeftReason),
    CheckConstraint("left_reason IS NULL OR outcome IS NOT DISTINCT FROM 'left_otherwise'", name="left_for_a_reason"),
    one_of("outcome", words.VisitOutcome),
    CheckConstraint("(outcome IS NULL) = (left_at IS NULL)", name="outcome_has_an_end"),
    comment="One stay of one call in one queue",
    postgresql_with=BUSY,
)
Index("one_open_visit_per_call", queue_visit.c.call_id, unique=True, postgresql_where=text("outcome IS NULL"))
Index(
    "queue_visit_waiting",
    queue_visit.c.is_returned.desc(),
    queue_visit.c.priority.desc(),
    queue_visit.c.waiting_since,
    postgresql_where=text("outcome IS NULL"),
)
Index(
    "queue_visit_overflow_due",
    queue_visit.c.overflow_at,
    postgresql_where=text("overflow_at IS NOT NULL AND outcome IS NULL"),
)
Index("queue_visit_of_call", queue_visit.c.call_id, queue_visit.c.entered_at)
Index("queue_visit_of_queue", queue_visit.c.queue_id, queue_visit.c.entered_at)
Index(
    "queue_visit_answered",
    queue_visit.c.queue_id,
    queue_visit.c.left_at,
    postgresql_where=text("outcome = 'answered'"),
)

offer = Table(
    "offer",
    metadata,
    Column("offer_id", Id, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("call_id", Id, ForeignKey("call.call_id"), nullable=False),
    Column("visit_id", Id, ForeignKey("queue_visit.visit_id"), nullable=False),
    Column("agent_id", Id, ForeignKey("agent.agent_id"), nullable=False),
    Column("leg_id", Id, nullable=False, comment="the leg that rings the agent; drawn with the offer"),
    Column("contact", Text, nullable=False),
    Column("ring_ms", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("ringing_at", Instant),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("outcome", Text),
    Column("cause", Text, comment="the switch's word for it"),
    Column("retry_at", Instant, comment="this agent is not offered this call again before"),
    Column("pause_ms", Integer, comment="so much longer he is left alone with each try of this call"),
    one_of("outcome", words.OfferOutcome),
    CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="outcome_has_an_end"),
    comment="One attempt to ring one agent for one call",
    postgresql_with=BUSY,
)
Index(
    "one_open_offer_per_agent",
    offer.c.agent_id,
    unique=True,
    postgresql_where=text("outcome IS NULL AND agent_id IS NOT NULL"),
)
Index(
    "one_open_offer_per_visit",
    offer.c.visit_id,
    unique=True,
    postgresql_where=text("outcome IS NULL AND visit_id IS NOT NULL"),
)
Index("offer_due", offer.c.expires_at, postgresql_where=text("outcome IS NULL AND expires_at IS NOT NULL"))
Index("offer_of_visit", offer.c.visit_id)
Index("offer_of_call", offer.c.call_id, offer.c.agent_id)
