"""What happens in a scenario file: from the mappings under `steps` and `expect` to steps; every mistake is only noted.

A step is a mapping with one verb: `hang_up: bob`. Which verbs there are, and what may stand beside each, says
testcalls.scenario_verbs; what a step does is testcalls.play's.
"""

from collections.abc import Callable, Iterable

from freeswitch_cc.core.asked import DISPOSITION
from freeswitch_cc.core.control import Control
from freeswitch_cc.core.durations import LONGEST_MS
from freeswitch_cc.core.nearest import nearest
from freeswitch_cc.core.wrap_up import WrapUpAsk
from freeswitch_cc.lined_yaml import Mistakes, Scalar, Section
from freeswitch_cc.testcalls.scenario import (
    REGISTRATIONS,
    TONES,
    WITHIN_MS,
    Ask,
    Dial,
    DialCode,
    Expect,
    Hear,
    Life,
    NumberOf,
    Phone,
    Place,
    Registration,
    Step,
    Tell,
    Together,
    Touch,
    Wait,
    Why,
)
from freeswitch_cc.testcalls.scenario_verbs import AGENT_STATES, ASKS, CALLER_STATES, NOBODY, STEP_KEYS, VERBS
from freeswitch_cc.testcalls.stage import check_robot

_LONGEST_WAIT_MS = 120_000
_KEYS = r"[0-9A-D*#]{1,32}"
_DIALLED = r"\*[0-9]{2}(\*[0-9]{1,2})?"


def read_expect(section: Section, that: str, after_ms: int = 0) -> Expect:
    """SQL and its rows. that: the same in words."""
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


def _arguments(section: Section, verb: str) -> dict[str, Scalar]:
    """What goes into the row of a request beside its kind, who asks and which call is meant."""
    texts = ("reason", "subject", "digits")
    said: dict[str, Scalar] = {name: section.text(name) for name in texts if section.has(name)}
    if verb == DISPOSITION:
        said["code"] = section.text("code")
    if verb == WrapUpAsk.EXTEND:
        if not section.has("by_ms"):
            section.wrong(verb, "has no by_ms: for how much longer, in milliseconds")
        said["by_ms"] = section.whole("by_ms", 1, 1, LONGEST_MS)
    return said


class Names:
    """Who is in the scenario: agents by login, callers by the name that `call` gives them."""

    def __init__(self) -> None:
        self.agents: list[str] = []
        self.callers: list[str] = []


class Reader:
    """Turns the mappings of `steps` into steps."""

    def __init__(self, names: Names, mistakes: Mistakes) -> None:
        self._names = names
        self._mistakes = mistakes
        self._makers: dict[str, Callable[[Section, int], Step | None]] = {
            "call": self._dial,
            "dials": self._place,
            "wait": self._wait,
            "hears": self._hear,
            "why": self._why,
            "phone": self._phone,
            "dials_code": self._dial_code,
            "number_of": self._number_of,
            "tell": lambda section, after_ms: Tell(line=section.line, after_ms=after_ms, sentence=section.text("tell")),
            "expect": lambda section, after_ms: read_expect(section, section.text("expect"), after_ms),
            "together": self._together,
        }

    def note_callers(self, sections: Iterable[Section]) -> None:
        """Before any step is read: who calls in one of `together` is known to the others."""
        for section in sections:
            key = "call" if section.has("call") else "as"
            if section.has(key):
                name = section.text(key, like=r"[a-z][a-z0-9_]{0,31}", means="a short name in small letters")
                if name in self._names.callers or name in self._names.agents:
                    section.wrong(key, f"is {name!r}, and somebody has that name already")
                elif name:
                    self._names.callers.append(name)
            self.note_callers(section.sections("together", "a step", STEP_KEYS))

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
            what = section.word(verb, ("kill", "start", *(("pause", "resume") if verb == "switch" else ()))) or "kill"
            return Life(line=section.line, after_ms=after_ms, of=verb, what=what)
        if verb in ASKS:
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
        kinds: tuple[str, ...] = ("login", "available") if verb == "ready" else (verb,)
        if verb == "asks":
            kinds = (section.word("for", [str(kind) for kind in Control]) or section.text("for"),)
        return Ask(
            line=section.line,
            after_ms=after_ms,
            kinds=kinds,
            logins=tuple(login for login, _ in logins),
            arguments=_arguments(section, verb),
            about=self._who(section, "of", among="callers") if section.has("of") else None,
            by=section.text("by") if section.has("by") else None,
            refused=section.text("refused") if section.has("refused") else None,
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

    def _place(self, section: Section, after_ms: int) -> Step:
        return Place(
            line=section.line,
            after_ms=after_ms,
            login=self._who(section, "dials", among="agents"),
            to=section.text("to", means="number:+... or agent:LOGIN"),
            caller_id=section.text("caller_id") if section.has("caller_id") else None,
            called=section.text("as") if section.has("as") else None,
            refused=section.text("refused") if section.has("refused") else None,
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
        who = self._who(section, "hears")
        what = section.text("what", "music")
        if what != "music":
            self._who(section, "what")
        keys = section.text("keys", like=_KEYS, means="keys of a phone") if section.has("keys") else ""
        return Hear(line=section.line, after_ms=after_ms, who=who, what=what, keys=keys, within_ms=_within(section))

    def _why(self, section: Section, after_ms: int) -> Step:
        if section.is_empty("says"):
            section.wrong("why", "says nothing to look for: write `says: TEXT`, or a list of texts")
        says = tuple(text for text, _ in section.one_or_more("says"))
        who = self._who(section, "why", among="callers")
        return Why(line=section.line, after_ms=after_ms, who=who, says=says, within_ms=_within(section))

    def _phone(self, section: Section, after_ms: int) -> Step:
        contact = section.text("is")
        if contact in REGISTRATIONS:
            login = self._who(section, "phone", among="agents")
            return Registration(line=section.line, after_ms=after_ms, login=login, what=contact)
        wrong = check_robot(contact) if contact else None
        if wrong is not None:
            section.wrong("is", f"is {contact!r}; {wrong}")
        login = self._who(section, "phone", among="agents")
        return Phone(line=section.line, after_ms=after_ms, login=login, contact=contact)

    def _dial_code(self, section: Section, after_ms: int) -> Step:
        is_strange = section.text("dials_code") == NOBODY
        return DialCode(
            line=section.line,
            after_ms=after_ms,
            login=None if is_strange else self._who(section, "dials_code", among="agents"),
            code=section.text("code", like=_DIALLED, means='a feature code, "*42" or "*43*2"'),
            tone=section.word("tone", TONES) or section.text("tone"),
            within_ms=_within(section),
        )

    def _number_of(self, section: Section, after_ms: int) -> Step:
        caller, called = self._who(section, "number_of", among="callers"), section.text("as")
        within_ms = _within(section)
        return NumberOf(line=section.line, after_ms=after_ms, caller=caller, called=called, within_ms=within_ms)

    def _together(self, section: Section, after_ms: int) -> Step:
        steps = tuple(
            step for one in section.sections("together", "a step", STEP_KEYS) if (step := self.step(one)) is not None
        )
        return Together(line=section.line, after_ms=after_ms, steps=steps)
