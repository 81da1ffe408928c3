"""The switch of `make bench-dispatch`: the simulator with a stopwatch between it and its Event Socket, and its callers.

A process of its own. All times are taken here, by one clock: an event when it goes to the Event Socket, before it is
rendered; a command when it has come out of it, before it is carried out. What the simulator itself takes is in them.
The phones are another switch in the same world, one that nobody listens to: the engine sees a switch, not its callers.
On stdin comes one JSON object a line (Plan), on stdout goes one back.
"""

from gevent import monkey

monkey.patch_all()

import gc
import json
import random
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import gevent
from dispatch_watch import Spread, Stopwatch, share_of
from gevent.fileobject import FileObjectThread

from freeswitch_cc.esl.parse import EVENT_NAMES
from freeswitch_cc.simulator import originate
from freeswitch_cc.simulator.channel import Channel
from freeswitch_cc.simulator.clock import Clock
from freeswitch_cc.simulator.conference_profiles import read_conference_profiles
from freeswitch_cc.simulator.server import Simulator
from freeswitch_cc.simulator.switch import Switch
from freeswitch_cc.simulator.world import SipProfile, World
from freeswitch_cc.testcalls.address import config_directory

Headers = Mapping[str, Any] | None

PASSWORD = "bench"
SEED = 4
HEARD = frozenset({*EVENT_NAMES, "CHANNEL_CREATE", "CHANNEL_DESTROY"})
"""What the engine subscribes to, and what `show channels` is kept from. All else nobody hears, and most of it is that:
it is numbered and not worded, which a switch in C does in no time."""
LAG_STEP_S = 0.01
FILL_S = 0.03
LEAVE_S = 0.015
DRAINED_WITHIN_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is played and when it is measured.

    numbers: what is dialled, each in its turn. rate: calls a second; 0: as many as keep `waiting` of them waiting.
    seconds: how long is measured, after settle_s. talk_s: on average, drawn between half of it and one and a half.
    is_drained: in the end everybody hangs up, and nobody is left when it returns.
    """

    numbers: tuple[str, ...]
    rate: float = 0.0
    waiting: int = 0
    seconds: float = 60.0
    settle_s: float = 10.0
    talk_s: float = 10.0
    is_drained: bool = True


class MeasuredSwitch(Simulator):
    """The simulator, its stopwatch, and its callers."""

    def __init__(self) -> None:
        super().__init__(config_directory(), password=PASSWORD, seed=SEED)
        self.watch = Stopwatch()
        self.phones: Switch
        self.live = 0
        self.waiting = 0
        self.talk_s = 10.0
        self.keeps_waiting = False
        self._numbers: tuple[str, ...] = ()
        self._dialled = 0
        self._draw = random.Random(SEED)

    def _build(self, seed: int, start: int) -> tuple[Clock, Switch]:
        world = World(seed=seed + start, epoch_us=time.time_ns() // 1000)
        of_ours = [
            SipProfile(name="external", port=self.sip_port, context="public"),
            SipProfile(name="internal", port=self.agents_sip_port, context="agents", needs_password=True),
        ]
        profiles = read_conference_profiles(config_directory())
        ours = world.switch(self._dialplan, of_ours, variables=self._variables, conference_profiles=profiles)
        robots = [SipProfile(name="robots", port=self.robots_port, context="robots")]
        self.phones = world.switch(self._dialplan, robots, variables=self._variables)
        self.phones.emit_of = lambda *_: None  # type: ignore[method-assign]
        tell, told = ours.emit_of, ours.bgapi

        def emit_of(channel: Channel, name: str, first: Headers, last: Headers) -> None:
            if name in HEARD:
                tell(channel, name, first, last)
            else:
                ours.draw_sequence()

        def bgapi(text: str, job_uuid: str | None = None) -> str:
            if text.startswith("originate "):
                self.watch.rings(text)
            return told(text, job_uuid)

        ours.emit_of, ours.bgapi = emit_of, bgapi  # type: ignore[method-assign]
        return world.clock, ours

    def _hear(self, event: dict[str, Any]) -> None:
        name = event["Event-Name"]
        if name in ("CHANNEL_PARK", "CHANNEL_BRIDGE", "CHANNEL_HANGUP"):
            self._note(name, event["Unique-ID"], event.get("variable_fcc_role") == "customer")
        super()._hear(event)

    def _note(self, name: str, leg_id: str, is_customer: bool) -> None:
        if not is_customer:
            if name == "CHANNEL_HANGUP":
                self.watch.frees(leg_id)
        elif name == "CHANNEL_PARK":
            self.watch.parks(leg_id)
        elif name == "CHANNEL_BRIDGE":
            self.waiting -= 1
            self.clock.after(self.talk_s * 1000 * self._draw.uniform(0.5, 1.5), partial(self._leave, leg_id))
            if self.keeps_waiting:
                self.clock.after(0, self._call)
        else:
            self.live -= 1

    def _leave(self, leg_id: str) -> None:
        """The caller hangs up."""
        leg = self.switch.find(leg_id)  # type: ignore[attr-defined]
        if leg is not None and leg.end is not None and leg.end.far is not None:
            leg.end.far.channel.hang_up("NORMAL_CLEARING")

    def _call(self) -> None:
        """Another caller dials the next number."""
        self._dialled += 1
        self.live += 1
        self.waiting += 1
        number = self._numbers[self._dialled % len(self._numbers)]
        caller = f"06{self._dialled:08d}"
        variables = {
            "origination_caller_id_name": f"Caller {self._dialled}",
            "origination_caller_id_number": caller,
            "ignore_early_media": "true",
            "media_timeout": "0",
        }
        request = originate.Request(
            f"sofia/robots/{number}@127.0.0.1:{self.sip_port}",
            variables,
            extension="talk",
            dialplan="XML",
            context="robots",
        )
        originate.originate(self.phones, request, lambda _: None)

    # -- a run -----------------------------------------------------------------------------------

    def play(self, plan: Plan) -> dict[str, Any]:
        self.talk_s, self._numbers = plan.talk_s, plan.numbers
        self.keeps_waiting = plan.waiting > 0
        self.watch = Stopwatch()
        for _ in range(plan.waiting - self.waiting):
            self.act(self._call)
            gevent.sleep(FILL_S)
        began = time.perf_counter()
        late = 0.0
        before: dict[str, float] = {}
        lags: list[float] = []
        measured_s = 0.0
        lag = gevent.spawn(_feel_lag, lags)
        if plan.rate:
            for number in range(int((plan.settle_s + plan.seconds) * plan.rate)):
                due = began + number / plan.rate
                gevent.sleep(max(0.0, due - time.perf_counter()))
                late = max(late, time.perf_counter() - due)
                if not before and number >= plan.settle_s * plan.rate:
                    before = self._begin(lags)
                self.act(self._call)
        else:
            gevent.sleep(plan.settle_s)
            before = self._begin(lags)
            gevent.sleep(plan.seconds)
        measured_s = time.perf_counter() - before["at"]
        counts = {name: value - before[name] for name, value in self._counts().items()}
        live, waiting, lags_now = self.live, self.waiting, sorted(lags)
        gevent.sleep(0.5)  # those who came last are still on their way
        self.watch.is_open = False
        self.keeps_waiting = False
        lag.kill()
        watch = self.watch
        result = {
            "seconds": measured_s,
            "calls": watch.calls,
            "not_dispatched": sum(at > 0 for at in watch.parked.values()),
            "live": live,
            "waiting": waiting,
            "late_ms": late * 1000,
            "faults": len(self.faults),
            "events": counts["events"],
            "commands": counts["commands"],
            "cpu_s": counts["cpu_s"],
            "lag_p95_ms": share_of(lags_now, 0.95),
            "dispatch": asdict(Spread.of(watch.dispatched)),
            "free": asdict(Spread.of(watch.taken_after_free)),
        }
        if plan.is_drained:
            result["left"] = self._drain()
        return result

    def _begin(self, lags: list[float]) -> dict[str, float]:
        lags.clear()
        self.watch.is_open = True
        return self._counts() | {"at": time.perf_counter()}

    def _counts(self) -> dict[str, float]:
        return {"events": self.counts.events, "commands": self.counts.commands, "cpu_s": time.process_time()}

    def _drain(self) -> int:
        """Everybody hangs up, at the pace of a busy hour; how many are left when it takes too long."""
        channels: dict[str, Any] = self.switch.channels  # type: ignore[attr-defined]
        for leg_id in [leg.uuid for leg in channels.values() if leg.get("fcc_role") == "customer"]:
            self.act(partial(self._leave, leg_id))
            gevent.sleep(LEAVE_S)
        until = time.monotonic() + DRAINED_WITHIN_S
        while channels and time.monotonic() < until:
            gevent.sleep(0.1)
        self.live, self.waiting = 0, 0
        return len(channels)


def _feel_lag(lags: list[float]) -> None:
    """How late this process does what is due: what a busy simulator adds to what is measured."""
    while True:
        due = time.perf_counter() + LAG_STEP_S
        gevent.sleep(LAG_STEP_S)
        lags.append(time.perf_counter() - due)


def main() -> None:
    asked = FileObjectThread(sys.stdin, "r")
    with MeasuredSwitch() as switch:
        # Its thousands of channels are no garbage: looking through them for some would hold everything up.
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        print(json.dumps({"port": switch.esl_port, "robots_port": switch.robots_port}), flush=True)
        while line := asked.readline():
            given = json.loads(line)
            print(json.dumps(switch.play(Plan(**given | {"numbers": tuple(given["numbers"])}))), flush=True)


if __name__ == "__main__":
    main()
