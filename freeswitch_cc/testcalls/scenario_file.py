"""Reads a scenario file: YAML, all of it checked before anything is done, every mistake at once with its line.

A step is a mapping with one verb: `hang_up: bob`. What a verb may have beside it stands in one table here.
What steps do stands in play.py.
"""

from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path

from freeswitch_cc.center import OTHER_PARTS, read_parts
from freeswitch_cc.config import LONGEST_MS
from freeswitch_cc.core.control import Control
from freeswitch_cc.core.nearest import nearest
from freeswitch_cc.core.presence import Ask as Presence
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.errors import ConfigInvalid
from freeswitch_cc.lined_yaml import Mistakes, Section, read_mapping
from freeswitch_cc.testcalls.scenario import (
    WITHIN_MS,
    Ask,
    Dial,
    Expect,
    Hear,
    Life,
    Phone,
    Scenario,
    Step,
    Tell,
    Together,
    Touch,
    Wait,
)
from freeswitch_cc.testcalls.stage import check_robot

PARTS = ("name", "center", "settings", "steps", "expect", "alarms", "may_alarm")
CENTER_PARTS = ("agents", "queues", "entry_points")

CALLER_STATES = ("queued", "offered", "ringing", "talking", "held", "ended")
AGENT_STATES = (
    *("offline", "available", "not_ready", "ready", "quiet", "answered"),
    *("idle", "reserved", "ringing", "talking", "holding", "wrap_up"),
)
_LONGEST_WAIT_MS = 120_000
_KEYS = r"[0-9A-D*#]{1,32}"
_ROW_KEYS = ("that", "sql", "rows", "within_ms")

# Verb: what may stand beside it. after_ms may stand beside every verb.
VERBS: dict[str, tuple[str, ...]] = {
    "ready": (),
    **{str(kind): ("refused",) for kind in Presence},
    "not_ready": ("reason", "refused"),
    "asks": ("for", "digits", "call_of", "refused"),
    "call": ("number", "name", "encoding", "from", "silent"),
    "hang_up": (),
    "hold": (),
    "unhold": (),
    "press": ("keys",),
    "refer": ("to",),
    "wait": ("is", "with", "outcome", "reason", "within_ms"),
    "hears": ("what", "keys", "within_ms"),
    "expect": ("sql", "rows", "within_ms"),
    "engine": (),
    "switch": (),
    "phone": ("is",),
    "tell": (),
    "together": (),
}
_STEP_KEYS = tuple(dict.fromkeys((*VERBS, "after_ms", *(key for keys in VERBS.values() for key in keys))))


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
    names = _Names()
    center = None
    if parts is not None:
        center = read_parts(parts, CENTER_PARTS, mistakes, check_robot)
        names.agents = [agent.login for agent in center.agents]
    reader = _Reader(names, mistakes)
    sections = root.sections("steps", "a step", _STEP_KEYS)
    reader.note_callers(sections)
    steps = tuple(step for section in sections if (step := reader.step(section)) is not None)
    if not steps and root.has("steps"):
        root.wrong("steps", "holds none: something has to happen")
    _check_life(root, steps)
    scenario_name = root.text("name", like=r".{1,120}", means="one sentence of at most 120 characters")
    expect = tuple(
        _expect(section, section.text("that")) for section in root.sections("expect", "an expect", _ROW_KEYS)
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
    for step in steps:
        if isinstance(step, Life):
            if running[step.of] is (step.what == "start"):
                root.wrong("steps", f"line {step.line}: the {step.of} {'runs' if step.what == 'start' else 'is dead'}")
            running[step.of] = step.what == "start"
    for of, runs in running.items():
        if not runs:
            root.wrong("steps", f"leave the {of} dead: start it again")


def _expect(section: Section, that: str, after_ms: int = 0) -> Expect:
    if not section.has("rows"):
        section.wrong("sql", "has no rows to expect; write `rows: []` for none")
    return Expect(
        line=section.line,
        after_ms=after_ms,
        that=that,
        sql=section.text("sql"),
        rows=section.rows("rows"),
        within_ms=_within(section),
    )


def _within(section: Section) -> int:
    return section.whole("within_ms", WITHIN_MS, 1, _LONGEST_WAIT_MS)


class _Names:
    """Who is in the scenario: agents by login, callers by the name that `call` gives them."""

    def __init__(self) -> None:
        self.agents: list[str] = []
        self.callers: list[str] = []


class _Reader:
    """Turns the mappings of `steps` into steps."""

    def __init__(self, names: _Names, mistakes: Mistakes) -> None:
        self._names = names
        self._mistakes = mistakes
        self._makers: dict[str, Callable[[Section, int], Step | None]] = {
            "call": self._dial,
            "wait": self._wait,
            "hears": self._hear,
            "phone": self._phone,
            "tell": lambda section, after_ms: Tell(line=section.line, after_ms=after_ms, sentence=section.text("tell")),
            "expect": lambda section, after_ms: _expect(section, section.text("expect"), after_ms),
            "together": self._together,
        }

    def note_callers(self, sections: Iterable[Section]) -> None:
        """Before any step is read: who calls in one of `together` is known to the others."""
        for section in sections:
            if section.has("call"):
                name = section.text("call", like=r"[a-z][a-z0-9_]{0,31}", means="a short name in small letters")
                if name in self._names.callers or name in self._names.agents:
                    section.wrong("call", f"is {name!r}, and somebody has that name already")
                elif name:
                    self._names.callers.append(name)
            self.note_callers(section.sections("together", "a step", _STEP_KEYS))

    def step(self, section: Section) -> Step | None:
        verbs = [key for key in section.keys if key in VERBS]
        # `not_ready` and the like are verbs; `ready` beside `wait` would be two things at once.
        if len(verbs) != 1:
            said = f"has {' and '.join(verbs)}" if verbs else "says nothing to do"
            self._mistakes.add(section.line, f"a step {said}; it must have one of {', '.join(VERBS)}")
            return None
        (verb,) = verbs
        section.what = f"the step {verb}"
        for key in section.keys:
            if key not in (verb, "after_ms", *VERBS[verb]):
                section.wrong(key, f"means nothing there: {nearest(key, (*VERBS[verb], 'after_ms'))}")
        after_ms = section.whole("after_ms", 0, 0, _LONGEST_WAIT_MS)
        if verb in self._makers:
            return self._makers[verb](section, after_ms)
        if verb in ("engine", "switch"):
            what = section.word(verb, ("kill", "start")) or "kill"
            return Life(line=section.line, after_ms=after_ms, of=verb, what=what)
        if verb in ("ready", "asks") or verb in {str(kind) for kind in Presence}:
            return self._ask(section, verb, after_ms)
        beside = VERBS[verb][0] if VERBS[verb] else None
        text = section.text(beside, like=r"[0-9*#+a-zA-Z]{1,32}", means="letters, digits, * and #") if beside else ""
        who = self._who(section, verb)
        return Touch(line=section.line, after_ms=after_ms, who=who, what=verb, text=text)

    def _who(self, section: Section, key: str, *, among: str = "people") -> str:
        people = {
            "people": [*self._names.agents, *self._names.callers],
            "agents": self._names.agents,
            "callers": self._names.callers,
        }[among]
        name = section.text(key)
        if name and name not in people:
            section.wrong(key, f"is {name!r}, who is none of its {among}: {nearest(name, people)}")
        return name

    def _ask(self, section: Section, verb: str, after_ms: int) -> Step:
        logins = section.one_or_more(verb)
        for login, line in logins:
            if login not in self._names.agents:
                self._mistakes.add(line, f"nobody has the login {login!r}: {nearest(login, self._names.agents)}")
        kinds: tuple[str, ...] = (verb,)
        if verb == "ready":
            kinds = ("login", "available")
        elif verb == "asks":
            kinds = (section.word("for", [str(kind) for kind in Control]) or section.text("for"),)
        return Ask(
            line=section.line,
            after_ms=after_ms,
            kinds=kinds,
            logins=tuple(login for login, _ in logins),
            reason=section.text("reason") if section.has("reason") else None,
            refused=section.text("refused") if section.has("refused") else None,
            digits=section.text("digits") if section.has("digits") else None,
            caller=self._who(section, "call_of", among="callers") if section.has("call_of") else None,
        )

    def _dial(self, section: Section, after_ms: int) -> Step:
        encoding = section.word("encoding", ("utf-8", "latin-1"), "utf-8") or "utf-8"
        caller = section.text("call")
        name = section.text("name", caller or "nobody")
        try:
            said = name.encode(encoding)
        except UnicodeEncodeError:
            section.wrong("name", f"cannot be said in {encoding}")
            said = b""
        return Dial(
            line=section.line,
            after_ms=after_ms,
            caller=caller,
            number=section.text("number", like=r"[+]?[0-9]{1,20}", means="1 to 20 digits, with or without a +"),
            name=said,
            number_from=section.text("from", "0612345678", like=r"[+]?[0-9]{1,20}", means="1 to 20 digits"),
            is_silent=section.word("silent", ("true", "false"), "false") == "true",
        )

    def _wait(self, section: Section, after_ms: int) -> Step:
        who = self._who(section, "wait")
        states = CALLER_STATES if who in self._names.callers else AGENT_STATES
        return Wait(
            line=section.line,
            after_ms=after_ms,
            who=who,
            state=section.word("is", states) or section.text("is"),
            partner=self._who(section, "with") if section.has("with") else None,
            outcome=section.text("outcome") if section.has("outcome") else None,
            reason=section.text("reason") if section.has("reason") else None,
            within_ms=_within(section),
        )

    def _hear(self, section: Section, after_ms: int) -> Step:
        who = self._who(section, "hears", among="callers")
        what = section.text("what", "music")
        if what != "music":
            self._who(section, "what", among="agents")
        keys = section.text("keys", like=_KEYS, means="keys of a phone") if section.has("keys") else ""
        return Hear(line=section.line, after_ms=after_ms, who=who, what=what, keys=keys, within_ms=_within(section))

    def _phone(self, section: Section, after_ms: int) -> Step:
        contact = section.text("is")
        wrong = check_robot(contact) if contact else None
        if wrong is not None:
            section.wrong("is", f"is {contact!r}; {wrong}")
        login = self._who(section, "phone", among="agents")
        return Phone(line=section.line, after_ms=after_ms, login=login, contact=contact)

    def _together(self, section: Section, after_ms: int) -> Step:
        steps = tuple(
            step for one in section.sections("together", "a step", _STEP_KEYS) if (step := self.step(one)) is not None
        )
        return Together(line=section.line, after_ms=after_ms, steps=steps)
