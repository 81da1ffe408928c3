"""A simulated switch of one's own for as long as a test runs, in this very process. The twin of switch_process.py."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from freeswitch_cc.simulator.lies import Lies
from freeswitch_cc.simulator.server import Simulator
from freeswitch_cc.simulator.traps import Traps
from freeswitch_cc.testcalls.address import SwitchAddress


class SimulatedSwitch:
    """`with SimulatedSwitch(config_directory()) as switch:`. settings: FREESWITCH_CC_* for it. See Simulator."""

    def __init__(
        self,
        config: Path,
        *,
        settings: Mapping[str, str] | None = None,
        seed: int = 0,
        lies: Lies | None = None,
        traps: Traps | None = None,
    ) -> None:
        self.simulator = Simulator(config, settings=settings or {}, seed=seed, lies=lies, traps=traps)
        self.address: SwitchAddress

    def __enter__(self) -> "SimulatedSwitch":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        simulator = self.simulator
        simulator.start()
        self.address = SwitchAddress(
            host=simulator.host,
            esl_port=simulator.esl_port,
            password=simulator.password,
            sip_port=simulator.sip_port,
            agents_sip_port=simulator.agents_sip_port,
            robots_port=simulator.robots_port,
        )

    def kill(self) -> None:
        self.simulator.kill()

    def stop(self) -> None:
        self.simulator.stop()
