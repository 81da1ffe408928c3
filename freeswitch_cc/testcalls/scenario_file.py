"""Reads a scenario file: YAML, all of it checked before anything is done, every mistake at once with its line.

What a step may say stands in scenario_steps.py, what it does in play.py.
"""

from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from freeswitch_cc.center import OTHER_PARTS, read_parts
from freeswitch_cc.config import LONGEST_MS
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.errors import ConfigInvalid
from freeswitch_cc.lined_yaml import Mistakes, Section, read_mapping
from freeswitch_cc.testcalls.scenario import Life, Scenario, Step
from freeswitch_cc.testcalls.scenario_steps import Names, Reader, read_expect
from freeswitch_cc.testcalls.scenario_verbs import STEP_KEYS
from freeswitch_cc.testcalls.stage import check_robot

PARTS = ("name", "center", "settings", "steps", "expect", "alarms", "may_alarm")
CENTER_PARTS = ("agents", "queues", "entry_points")

_ROW_KEYS = ("that", "sql", "rows", "within_ms")


def read_scenario(path: Path) -> Scenario:
    """The scenario in this file; ConfigInvalid names every mistake in it."""
    try:
        return parse_scenario(path.read_bytes().decode("utf-8-sig"))
    except OSError as failure:
        raise ConfigInvalid([f"the file cannot be read: {failure.strerror}"]) from failure
    except UnicodeDecodeError as wrong:
        raise ConfigInvalid([f"the file must be UTF-8: {wrong.reason} at byte {wrong.start}"]) from wrong


def parse_scenario(text: str) -> Scenario:
    """The scenario in this text; ConfigInvalid names every mistake in it."""
    mistakes = Mistakes()
    root = read_mapping(text, "the scenario", PARTS, mistakes)
    for part in ("center", "steps"):
        if not root.has(part):
            mistakes.add(root.line, f"the scenario has no {part}")
    parts = root.section("center", "the center", (*CENTER_PARTS, *OTHER_PARTS))
    names = Names()
    center = None
    if parts is not None:
        center = read_parts(parts, CENTER_PARTS, mistakes, check_robot)
        names.agents = [agent.login for agent in center.agents]
    reader = Reader(names, mistakes)
    sections = root.sections("steps", "a step", STEP_KEYS)
    reader.note_callers(sections)
    steps = tuple(step for section in sections if (step := reader.step(section)) is not None)
    if not steps and root.has("steps"):
        root.wrong("steps", "holds none: something has to happen")
    _check_life(root, steps)
    scenario_name = root.text("name", like=r".{1,120}", means="one sentence of at most 120 characters")
    expect = tuple(
        read_expect(section, section.text("that")) for section in root.sections("expect", "an expect", _ROW_KEYS)
    )
    alarms = tuple(kind for kind, _ in root.one_or_more("alarms"))
    may_alarm = tuple(kind for kind, _ in root.one_or_more("may_alarm"))
    timeouts = _timeouts(root)
    mistakes.finish()
    assert center is not None, "a scenario without a center is a mistake"
    return Scenario(
        name=scenario_name,
        center=center,
        timeouts=timeouts,
        steps=steps,
        expect=expect,
        alarms=alarms,
        may_alarm=may_alarm,
    )


def _timeouts(root: Section) -> Timeouts:
    plain = Timeouts()
    names = tuple(item.name for item in fields(Timeouts))
    section = root.section("settings", "settings", names)
    if section is None:
        return plain
    return Timeouts(**{name: section.whole(name, getattr(plain, name), 1, LONGEST_MS) for name in names})


def _check_life(root: Section, steps: Iterable[Step]) -> None:
    """What is killed is started again: a scenario ends with everything running, or nobody could look."""
    running = {"engine": True, "switch": True}
    paused = False
    for step in steps:
        if isinstance(step, Life) and step.what in ("pause", "resume"):
            if paused is (step.what == "pause"):
                root.wrong("steps", f"line {step.line}: the switch {'is' if paused else 'is not'} paused")
            paused = step.what == "pause"
        elif isinstance(step, Life):
            if running[step.of] is (step.what == "start"):
                root.wrong("steps", f"line {step.line}: the {step.of} {'runs' if step.what == 'start' else 'is dead'}")
            running[step.of] = step.what == "start"
    if paused:
        root.wrong("steps", "leave the switch paused: let it resume")
    for of, runs in running.items():
        if not runs:
            root.wrong("steps", f"leave the {of} dead: start it again")
