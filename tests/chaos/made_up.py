"""A record of a run that never was, made by hand in ms, so that a verdict can be tried on it."""

from datetime import UTC, datetime
from typing import Any

from tests.chaos.plan import Plan
from tests.chaos.plan_callers import Caller
from tests.chaos.plan_queues import Queue
from tests.chaos.record import Deed, Limits, Record, Snapshot
from tests.chaos.witness import Channel, Fact, Job

BEGAN_US = 1_795_000_000_000_000
LIMITS = Limits(
    short_talk_ms=300,
    unhold_ms=200,
    ring_ms=1_000,
    offer_grace_ms=1_000,
    look_ms=3_000,
    deadman_ms=4_000,
    settle_ms=2_000,
    call_back_ms=4_000,
    max_call_ms=15_000,
    feature_ms=4_000,
    sound_ms=1_500,
)
NUMBER = "0600000001"
CUSTOMER, CUSTOMERS_PHONE = "customer-leg", "customer-phone"
DIALLED = "dialled-call"


def at(ms: float) -> int:
    return BEGAN_US + int(ms * 1000)


def moment(ms: float) -> datetime:
    return datetime.fromtimestamp(at(ms) / 1_000_000, UTC)


class MadeUp:
    """A customer who has called, was answered at 0 ms and hears music since; what else happened is added."""

    def __init__(
        self,
        *,
        dialled: str = "700",
        sends: str = "talk",
        lasts_ms: int = 60_000,
        queues: tuple[Queue, ...] = (),
    ) -> None:
        caller = Caller(
            number_from=NUMBER, at_ms=0, number=dialled, name=b"", sends=sends, leaving=None, patience_ms=None
        )
        plan = Plan(seed=0, horizon_ms=lasts_ms, queues=queues, agents=(), callers=(caller,))
        self.lasts_ms = lasts_ms
        self.live: dict[str, str] = {}
        self.open: set[str] = set()
        self.agents: list[dict[str, Any]] = []
        self.record = Record(plan=plan, limits=LIMITS, began_us=BEGAN_US, watched=[(at(0), at(lasts_ms))])
        self.customer = self.channel(CUSTOMER, f"sofia/external/{NUMBER}@127.0.0.1", role="customer", call=CUSTOMER)
        self.channel(CUSTOMERS_PHONE, "sofia/robots/700@127.0.0.1", sip_call_id=CUSTOMER)
        self.tell(0, "CHANNEL_CREATE", "CHANNEL_ANSWER", "CHANNEL_PARK", "PLAYBACK_START")
        self.tell(0, "CHANNEL_CREATE", of=CUSTOMERS_PHONE)

    def judged(self) -> Record:
        """The record, looked at after lasts_ms."""
        self.record.snapshots.append(
            Snapshot(
                at_us=at(self.lasts_ms),
                live_legs=self.live,
                open_legs=frozenset(self.open),
                agents=tuple(self.agents),
                breaches=(),
            )
        )
        return self.record

    # -- the switch ------------------------------------------------------------------------------

    def channel(self, uuid: str, name: str, *, role: str = "", call: str = "", sip_call_id: str = "") -> Channel:
        made = Channel(uuid, name=name, number=NUMBER, sip_call_id=sip_call_id or uuid, call=call, role=role)
        self.record.channels[uuid] = made
        return made

    def tell(self, ms: float, *names: str, of: str = CUSTOMER, detail: str = "", extension: str = "") -> None:
        for name in names:
            self.record.channels[of].facts.append(Fact(at(ms), name, of, detail, extension))

    def agent(self, login: str, ms: float, call: str = CUSTOMER, *, leg: str = "") -> Channel:
        """His phone has answered, his leg is parked."""
        uuid = leg or f"leg-of-{login}"
        made = self.channel(uuid, f"sofia/internal/answer@{login}:5080", role="agent", call=call)
        self.channel(f"{uuid}-phone", "sofia/robots/answer", sip_call_id=uuid)
        self.tell(ms, "CHANNEL_CREATE", "CHANNEL_ANSWER", "CHANNEL_PARK", of=uuid)
        return made

    def another(self, number: int) -> Channel:
        """One more customer who hears music from 0 ms on."""
        uuid = f"customer-leg-{number}"
        made = self.channel(uuid, f"sofia/external/{NUMBER}@127.0.0.1", role="customer", call=uuid)
        self.tell(0, "CHANNEL_CREATE", "CHANNEL_ANSWER", "CHANNEL_PARK", "PLAYBACK_START", of=uuid)
        return made

    def bridge(self, ms: float, agent: Channel, customer: str = CUSTOMER) -> None:
        self.job(ms - 20, "uuid_bridge", customer, agent.uuid)
        self.tell(ms, "CHANNEL_BRIDGE", of=customer, detail=agent.uuid)
        self.tell(ms, "CHANNEL_BRIDGE", of=agent.uuid, detail=customer)

    def hang_up(self, ms: float, leg: Channel, cause: str = "NORMAL_CLEARING", by: str = "recv_bye") -> None:
        self.tell(ms, "CHANNEL_HANGUP", of=leg.uuid, detail=cause)
        leg.ended_by = by

    def job(self, ms: float, command: str, *arguments: str, result: str = "+OK") -> None:
        self.record.jobs.append(Job(at(ms), command, arguments, result))

    def kill(self, ms: float, leg: Channel) -> None:
        """An engine hangs a leg up."""
        self.job(ms, "uuid_kill", leg.uuid, "NORMAL_CLEARING")
        self.hang_up(ms, leg, by="send_bye")

    def do(self, ms: float, who: str, what: str, phone: str) -> None:
        self.record.deeds.append(Deed(at(ms), who, what, phone))

    # -- a call that an agent has placed ---------------------------------------------------------

    def dial(self, answers_ms: float = 1_000, number: str = "9991000100") -> Channel:
        """`ann` has called a number, which answers then; their call is `dialled-call`, its leg has that name."""
        self.agent("ann", answers_ms - 500, DIALLED)
        made = self.channel(DIALLED, f"sofia/external/{number}", role="customer", call=DIALLED)
        made.is_called = True
        self.tell(answers_ms - 400, "CHANNEL_CREATE", "CHANNEL_PROGRESS", of=DIALLED)
        self.tell(answers_ms, "CHANNEL_ANSWER", "CHANNEL_PARK", of=DIALLED)
        self.channel(f"{DIALLED}-phone", f"sofia/robots/{number}", sip_call_id=DIALLED)
        return made

    def forward(self, from_ms: float, number: str = "9991000100", *, answers_ms: float | None = None) -> Channel:
        """His queue overflows to this number, which is called then; its leg is `number-1`, `number-2`, ..."""
        uuid = f"number-{sum(channel.is_forwarded for channel in self.record.channels.values()) + 1}"
        made = self.channel(uuid, f"sofia/external/{number}", role="target", call=CUSTOMER)
        made.is_called = True
        self.channel(f"{uuid}-phone", f"sofia/robots/{number}", sip_call_id=uuid)
        self.tell(from_ms, "CHANNEL_CREATE", "CHANNEL_PROGRESS", of=uuid)
        if answers_ms is not None:
            self.tell(answers_ms, "CHANNEL_ANSWER", "CHANNEL_PARK", of=uuid)
        return made

    # -- the database ----------------------------------------------------------------------------

    def offer(self, login: str, from_ms: float, to_ms: float | None, call: str = CUSTOMER) -> None:
        self.record.offers.append(
            {
                "login": login,
                "offer_id": f"offer {len(self.record.offers)}",
                "call_id": call,
                "leg_id": f"leg-of-{login}",
                "made_at": moment(from_ms),
                "ended_at": None if to_ms is None else moment(to_ms),
                "outcome": None if to_ms is None else "no_answer",
                "cause": "",
            }
        )

    def visit(
        self,
        queue: str,
        from_ms: float,
        to_ms: float | None,
        *,
        left_reason: str | None = None,
        entry_reason: str = "inbound",
        call: str = CUSTOMER,
    ) -> None:
        self.record.visits.append(
            {
                "call_id": call,
                "queue": queue,
                "entered_at": moment(from_ms),
                "left_at": None if to_ms is None else moment(to_ms),
                "outcome": None if to_ms is None else "left_otherwise",
                "left_reason": left_reason,
                "entry_reason": entry_reason,
            }
        )

    def was(
        self,
        login: str,
        activity: str,
        from_ms: float,
        to_ms: float,
        call: str | None = CUSTOMER,
        *,
        presence: str = "available",
        reason: str | None = None,
    ) -> None:
        self.record.agent_log.append(
            {
                "login": login,
                "presence": presence,
                "reason": reason,
                "activity": activity,
                "call_id": call,
                "started_at": moment(from_ms),
                "ended_at": moment(to_ms),
            }
        )

    def is_now(self, login: str, activity: str, since_ms: float, due_ms: float | None, call: str | None = None) -> None:
        self.agents.append(
            {
                "login": login,
                "presence": "available",
                "reason": None,
                "activity": activity,
                "state_at": moment(since_ms),
                "due_at": None if due_ms is None else moment(due_ms),
                "call_id": call,
                "misses": 0,
            }
        )
