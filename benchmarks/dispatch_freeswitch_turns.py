"""Turns of `make bench-dispatch-freeswitch`: callers dial at a steady rate, first for one side, then for the other.

A turn ends when its callers are gone. The callers of both sides are alike: they dial, send nothing (a parked robot
sends no packet) and hang up when they have talked for a while: so a talk is equally long on both sides, however long
the wait was. Nothing here reads events (dispatch_freeswitch_watch.py).
"""

import random
import re
import time
import uuid
from dataclasses import dataclass

import gevent
from dispatch_freeswitch_bed import Bed, Machine
from dispatch_freeswitch_config import OURS_NUMBER, THEIRS_NUMBER
from dispatch_freeswitch_watch import OURS, Call, Watch

from freeswitch_cc.errors import SwitchFailed
from freeswitch_cc.esl.connection import Connection
from freeswitch_cc.esl.wire import Wire
from freeswitch_cc.testcalls.until import until

SEED = 4
GONE_WITHIN_MS = 10_000
GIVES_UP_S = 20
"""A caller whom nobody hangs up does it himself, so that no turn is disturbed by the one before it."""


@dataclass(frozen=True, slots=True)
class Turn:
    """left: callers who were still there GONE_WITHIN_MS after the last had dialled. late_ms: the latest dialling.
    seconds: wall clock, with the wait for the last to go; used: CPU seconds of each process in it.
    others_cores: how much of the machine everybody else used meanwhile."""

    side: str
    calls: tuple[Call, ...]
    left: int
    late_ms: float
    seconds: float
    used: dict[str, float]
    others_cores: float
    stolen_s: float
    is_measured: bool = False

    @property
    def span(self) -> tuple[int, int]:
        """From the first entry to the last INVITE, in the switches' microseconds; empty when nobody was served."""
        first = min((call.entered_at for call in self.calls if call.entered_at), default=1)
        return first, max((call.rang_at for call in self.calls), default=0)


class Callers:
    """Everybody who dials.

    dials: the phones' switch, for commands. asks: the center's. talk_ms: from the bridge to the caller's BYE.
    """

    def __init__(self, bed: Bed, watch: Watch, dials: Connection, asks: Connection, talk_ms: int) -> None:
        self._bed = bed
        self._watch = watch
        self._dials = dials
        self._asks = asks
        self._talk_s = talk_ms / 1000
        self._drawn = random.Random(SEED)
        self._dialled = 0
        self._failed: list[str] = []

    @property
    def failures(self) -> list[str]:
        """What the phones' switch said to a command that it did not take."""
        return self._failed

    def talks(self, call: Call) -> None:
        """He has his agent, and hangs up in a while."""
        gevent.spawn_later(self._talk_s, self._send, f"bgapi uuid_kill {call.phone}")

    def play(self, side: str, rate: float, seconds: float) -> Turn:
        """One turn. The instants are spread at random, one caller in each 1/rate s: a regular beat could keep step
        with a dispatcher that looks ten times a second, and bursts would measure how many agents there are."""
        instants = [(place + self._drawn.random()) / rate for place in range(round(rate * seconds))]
        before, calls, late_s = Machine.now(self._bed), [], 0.0
        began = time.monotonic()
        for instant in instants:
            pause = began + instant - time.monotonic()
            gevent.sleep(max(0.0, pause))
            late_s = max(late_s, time.monotonic() - began - instant)
            calls.append(self._dial(side))
        until(lambda: self._still_there() == 0, GONE_WITHIN_MS)
        left = self._still_there()
        if left:
            self._dials.api("hupall NORMAL_CLEARING")
            until(lambda: self._still_there() == 0, GONE_WITHIN_MS)
        after = Machine.now(self._bed)
        used = {name: after.ours[name] - before.ours[name] for name in after.ours}
        return Turn(
            side=side,
            calls=tuple(calls),
            left=left,
            late_ms=late_s * 1000,
            seconds=after.at - before.at,
            used=used,
            others_cores=after.others_since(before),
            stolen_s=after.stolen_s - before.stolen_s,
        )

    def _dial(self, side: str) -> Call:
        self._dialled += 1
        caller = f"07{self._dialled:08d}"
        self._watch.calls[caller] = call = Call(side, phone=str(uuid.uuid4()))
        number = OURS_NUMBER if side == OURS else THEIRS_NUMBER
        options = (
            f"origination_uuid={call.phone},origination_caller_id_number={caller},origination_caller_id_name={caller},originate_timeout=10,"
            f"ignore_early_media=true,media_timeout=0,execute_on_answer='sched_hangup +{GIVES_UP_S}'"
        )
        target = f"sofia/robots/{number}@{self._bed.switch.host}:{self._bed.switch.sip_port}"
        gevent.spawn(self._send, f"bgapi originate {{{options}}}{target} &park")
        return call

    def _send(self, command: str) -> None:
        try:
            [reply] = self._dials.send(Wire(f"{command}\n\n".encode(), 1, "bgapi"))
        except SwitchFailed as failure:
            reply = str(failure)
        if not reply.startswith("+OK"):
            self._failed.append(reply.strip())

    def _still_there(self) -> int:
        """Legs of the center's switch. A phone that is hung up stays for seconds: without packets nothing wakes it."""
        gevent.sleep(0.2)
        found = re.search(r"(\d+) total", self._asks.api("show channels count"))
        return int(found[1]) if found else 0
