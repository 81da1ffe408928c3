"""How far the play is: what part of its steps is behind it, and whether its engine runs. Draws nothing."""

import time

from freeswitch_cc.testcalls.runner import Watch
from freeswitch_cc.testcalls.scenario import Life, Scenario, Step, Together

# What a step costs beside the time that it lets pass: only the bar depends on it.
_STEP_MS = 100


class Pace(Watch):
    """done: from 0 to 1."""

    def __init__(self, scenario: Scenario) -> None:
        self._total_ms = sum(_length_ms(step) for step in scenario.steps) or 1
        self._behind_ms = 0
        self._step: Step | None = None
        self._began = 0.0
        self.engine_runs = True

    def begins(self, step: Step) -> None:
        self._step, self._began = step, time.monotonic()

    def is_over(self, step: Step) -> None:
        self._step = None
        self._behind_ms += _length_ms(step)
        if isinstance(step, Life) and step.of == "engine":
            self.engine_runs = step.what == "start"

    @property
    def done(self) -> float:
        in_step_ms = 0.0
        if self._step is not None:
            in_step_ms = min((time.monotonic() - self._began) * 1000, _length_ms(self._step))
        return (self._behind_ms + in_step_ms) / self._total_ms


def _length_ms(step: Step) -> int:
    inner = max((_length_ms(one) for one in step.steps), default=0) if isinstance(step, Together) else _STEP_MS
    return step.after_ms + inner
