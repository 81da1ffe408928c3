"""Plays one scenario from an empty database to a clean end, and says whether everything held.

Steps are play's, rules are invariants'; here is only their order.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from freeswitch_cc.center import AgentSettings, Center, SwitchSettings
from freeswitch_cc.config import Settings
from freeswitch_cc.errors import ContactCenterError
from freeswitch_cc.store import center as center_store
from freeswitch_cc.store.connect import connected
from freeswitch_cc.store.db import Session
from freeswitch_cc.testcalls.databases import Window
from freeswitch_cc.testcalls.failed import Failed
from freeswitch_cc.testcalls.ground import PASSWORD_ENV
from freeswitch_cc.testcalls.invariants import alarm_problems, breaches
from freeswitch_cc.testcalls.play import Play
from freeswitch_cc.testcalls.scenario import Scenario, Step
from freeswitch_cc.testcalls.stage import REGISTERED, ROBOT, Stage
from freeswitch_cc.testcalls.story import Story
from freeswitch_cc.testcalls.until import until

SETTLE_MS = 3_000
"""How long after the last step everything may still be on its way to where it belongs."""

_LAST_ROWS = {
    "calls": "SELECT call_id, phase, outcome, caller_name FROM call ORDER BY started_at",
    "legs": "SELECT leg_id, role, want, seen, seen_leg_id, command, sound, hangup_cause FROM leg ORDER BY segment_at",
    "visits": "SELECT call_id, outcome, is_returned FROM queue_visit ORDER BY entered_at",
    "offers": "SELECT a.login, o.outcome, o.cause FROM offer o JOIN agent a USING (agent_id) ORDER BY o.made_at",
    "agents": "SELECT login, presence, reason, activity, pending_presence, misses FROM agent ORDER BY login",
    "alarms": "SELECT kind, details FROM alarm ORDER BY alarm_id",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """problems: what did not hold, one sentence each. left_behind: the last rows, when something did not hold."""

    name: str
    ms: int
    problems: tuple[str, ...]
    story: tuple[str, ...]
    left_behind: tuple[str, ...] = ()

    @property
    def has_passed(self) -> bool:
        return not self.problems


class Watch:
    """For who wants to know how far a play is. Told in the play's own greenlet; does nothing by itself."""

    def begins(self, step: Step) -> None:
        """Its after_ms begins to pass."""

    def is_over(self, step: Step) -> None: ...


def play_scenario(
    scenario: Scenario,
    stage: Stage,
    settings: Settings,
    tell: Callable[[str], None] = lambda line: None,
    watch: Watch | None = None,
) -> Result:
    """Play it on this stage. settings.database_url names a migrated database that holds nothing yet."""
    watch = watch or Watch()
    url = settings.database_url
    assert url is not None, "a scenario needs a database of its own"
    settings = replace(settings, timeouts=scenario.timeouts)
    session = Window(url)
    story = Story(tell)
    play = Play(stage, settings, session, story)
    problems: list[str] = []
    left_behind: tuple[str, ...] = ()
    try:
        try:
            with connected(url) as connection:
                center_store.apply(connection, _center_on(stage, scenario.center))
            story.follow(session)
            play.start_engine()
            for step in scenario.steps:
                watch.begins(step)
                play.do(step)
                watch.is_over(step)
            problems += _end(scenario, play, stage, session)
        except (Failed, ContactCenterError) as failure:
            problems.append(str(failure))
        story.catch_up()
        if problems:
            left_behind = tuple(_left_behind(session))
    finally:
        play.close()
        session.close()
    return Result(
        name=scenario.name,
        ms=story.ms,
        problems=tuple(problems),
        story=tuple(story.lines),
        left_behind=left_behind,
    )


def _end(scenario: Scenario, play: Play, stage: Stage, session: Session) -> list[str]:
    """Rules while callers may still be there; then all hang up, nothing may be left, and the rules hold again."""
    problems: list[str] = []
    if not until(lambda: not breaches(session, stage.live_legs()), SETTLE_MS):
        problems += [f"before the end: {breach}" for breach in breaches(session, stage.live_legs())]
    play.hang_up_all()
    if not until(lambda: not stage.live_legs() and not breaches(session, ()), SETTLE_MS):
        problems += [f"at the end: {breach}" for breach in breaches(session, ())]
        problems += [f"at the end the switch still has the leg {leg_id}" for leg_id in sorted(stage.live_legs())]
    problems += [f"at the end {who}'s phone is still in its call" for who, at in play.phones.items() if stage.is_up(at)]
    for expect in scenario.expect:
        try:
            play.expect(expect)
        except Failed as failure:
            problems.append(str(failure))
    return problems + alarm_problems(session, scenario.alarms, scenario.may_alarm)


def _center_on(stage: Stage, center: Center) -> Center:
    """The scenario's center with this stage's switch and phones."""

    def with_phone(agent: AgentSettings) -> AgentSettings:
        if agent.contact.startswith(REGISTERED):
            return replace(agent, contact=stage.registered_contact(agent.contact.removeprefix(REGISTERED)))
        return replace(agent, contact=stage.contact(agent.contact.removeprefix(ROBOT)))

    switch = SwitchSettings(name="stage", host=stage.host, port=stage.port, password_env=PASSWORD_ENV)
    return replace(center, switches=(switch,), agents=tuple(with_phone(agent) for agent in center.agents))


def _left_behind(session: Session) -> list[str]:
    """How everything stood when something did not hold."""
    return [
        f"{what}: {', '.join('-' if cell is None else str(cell) for cell in row)}"
        for what, sql in _LAST_ROWS.items()
        for row in session.rows(sql)
    ]
