"""What a scenario runs on while it is played: its engine, its callers, and how all of it ends. No steps (play.py).

What did not come true is a Failed.
"""

import logging
from collections.abc import Callable
from contextlib import suppress

from freeswitch_cc.config import Settings
from freeswitch_cc.engine.app import Engine
from freeswitch_cc.errors import ContactCenterError
from freeswitch_cc.store.db import Session
from freeswitch_cc.testcalls.failed import Failed
from freeswitch_cc.testcalls.look import look_at_agent, look_at_call
from freeswitch_cc.testcalls.scenario import Life
from freeswitch_cc.testcalls.stage import Stage
from freeswitch_cc.testcalls.story import Story
from freeswitch_cc.testcalls.until import until

log = logging.getLogger(__name__)

PASSWORD_ENV = "TESTCALLS_SWITCH_PASSWORD"
LEG_MS = 5_000
_ENGINE_MS = 15_000
_LEAVE_MS = 1_000


class Ground:
    """One stage, one database, one engine at a time. close() when it is over, however it ended."""

    def __init__(self, stage: Stage, settings: Settings, session: Session, story: Story) -> None:
        self._stage = stage
        self._settings = settings
        self._url = settings.database_url or ""
        self._session = session
        self._story = story
        self._engine: Engine | None = None
        self._asked = 0
        self.phones: dict[str, str] = {}
        self.calls: dict[str, str] = {}

    def start_engine(self) -> None:
        """A new engine, and wait until it owns the switch and has looked through it."""
        self._engine = engine = Engine(self._settings, {PASSWORD_ENV: self._stage.password})
        engine.start()
        if not until(lambda: bool(engine.ready_switches()) or self._has_crashed, _ENGINE_MS):
            raise Failed(f"the engine to be ready within {_ENGINE_MS} ms", "it has not reached the switch")
        self._check_engine()
        self._story.step("the engine runs")

    def _live(self, step: Life) -> None:
        if step.of == "engine" and step.what == "start":
            self.start_engine()
            return
        if step.of == "engine":
            engine, self._engine = self._engine, None
            if engine is not None:
                engine.drop()
        else:
            does: dict[str, Callable[[], None]] = {
                "kill": self._stage.kill_switch,
                "start": self._stage.start_switch,
                "pause": self._stage.pause_switch,
                "resume": self._stage.resume_switch,
            }
            does[step.what]()
        self._story.step(f"the {step.of}: {step.what}")

    @property
    def _has_crashed(self) -> bool:
        return self._engine is not None and self._engine.failed.is_set()

    def _check_engine(self) -> None:
        if self._has_crashed and self._engine is not None:
            raise Failed("the engine to run", f"it crashed: {self._engine.failure!r}")

    def hang_up_all(self) -> None:
        """Every caller who is still there, and whoever was called.

        Who waits goes first, and is gone before the others: an agent whose talk ends here would be offered his call,
        and the rows were others than those that the last step left.
        """
        live = self._stage.live_legs()
        for who, leg_id in self.calls.items():
            if leg_id in live:
                self._phone(who)
        waiting = [who for who in self.phones if self._is_waiting(who)]
        self._say_goodbye(waiting)
        until(lambda: self._has_crashed or not any(map(self._is_waiting, waiting)), _LEAVE_MS * 5)
        self._say_goodbye([who for who in self.phones if who not in waiting])

    def _is_waiting(self, who: str) -> bool:
        states = look_at_call(self._session, self.calls[who]).states if who in self.calls else frozenset()
        return not states.isdisjoint({"queued", "offered"})

    def _say_goodbye(self, callers: list[str]) -> None:
        for who in callers:
            if self._stage.is_up(self.phones[who]):
                self._story.step(f"{who} hangs up, for this is the end")
                self._stage.hang_up(self.phones[who])

    def close(self) -> None:
        """Stop the engine; what the scenario left on the stage is taken away."""
        if self._engine is not None:
            self._leave_to_engine()
            self._engine.stop()
        try:
            self._stage.clear()
        except ContactCenterError as error:
            log.warning("the stage could not be cleared: %s", error)

    def _leave_to_engine(self) -> None:
        """Who is still there hangs up while the engine runs: it takes the agents' phones down at once."""
        with suppress(ContactCenterError):  # a switch that does not answer is told of by clear()
            for phone in self.phones.values():
                if self._stage.is_up(phone):
                    self._stage.hang_up(phone)
            until(lambda: self._has_crashed or not self._stage.live_legs(), _LEAVE_MS)

    # -- who is there ----------------------------------------------------------------------------

    def _phone(self, who: str) -> str:
        """A caller's, or an agent's in his call, or that of who is called."""
        if who in self.calls and who not in self.phones:
            self.phones[who] = self._stage.phone_at(self.calls[who], LEG_MS)
        return self.phones[who] if who in self.phones else self._agents_phone(who)

    def _agents_phone(self, login: str) -> str:
        legs = look_at_agent(self._session, login).live_leg_ids
        if not legs:
            raise Failed(f"{login}'s phone to be in a call", f"he is {look_at_agent(self._session, login).told}")
        return self._stage.phone_at(legs[0], LEG_MS)

    def _until(self, is_so: Callable[[], bool], within_ms: int) -> bool:
        """Was it so once? A moment later it may be over."""
        found = False

        def look() -> bool:
            nonlocal found
            found = is_so()
            return found or self._has_crashed

        until(look, within_ms)
        return found
