"""Carries out the steps of a scenario: on the stage, in the rows of requests, on the engine. One method a verb.

It knows no format and tells no verdict: what did not come true is a Failed.
"""

from collections.abc import Callable

import gevent

from freeswitch_cc.store.requests import ask_and_wait
from freeswitch_cc.testcalls import play_phones
from freeswitch_cc.testcalls.asking import arguments_of, why_of
from freeswitch_cc.testcalls.failed import Failed
from freeswitch_cc.testcalls.ground import LEG_MS, Ground
from freeswitch_cc.testcalls.look import look_at_agent, look_at_call
from freeswitch_cc.testcalls.scenario import (
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
    Row,
    Step,
    Tell,
    Together,
    Touch,
    Wait,
    Why,
)
from freeswitch_cc.testcalls.stage import ROBOT, Caller
from freeswitch_cc.testcalls.until import pass_ms

# As `apply` does; a running engine reads it with the next offer.
_CHANGE_PHONE = "UPDATE agent SET contact = %s WHERE login = %s RETURNING agent_id"
# The last one that was called for him.
_NUMBER_OF = """
    SELECT leg_id::text FROM leg WHERE call_id = %s AND role = 'target' AND seen <> 'gone'
     ORDER BY segment_at DESC LIMIT 1
"""


class Play(Ground):
    """One scenario on one stage with one database. close() when it is over, however it ended."""

    def do(self, step: Step) -> None:
        """Carry out one step. Raises Failed, or what the switch or the store failed with."""
        pass_ms(step.after_ms)
        match step:
            case Ask():
                self._ask(step)
            case Dial():
                self._dial(step)
            case Place():
                self._place(step)
            case Touch():
                self._touch(step)
            case Wait():
                self._wait(step)
            case Hear():
                self._hear(step)
            case Why():
                self._ask_why(step)
            case NumberOf():
                self._name_number(step)
            case Expect():
                self.expect(step)
            case Life():
                self._live(step)
            case Phone():
                self._change_phone(step)
            case Registration():
                play_phones.register(self._stage, self._session, self._story, step)
            case DialCode():
                play_phones.dial_code(self._stage, self._session, self._story, step)
            case Tell():
                self._story.tell(step.sentence)
            case Together():
                self._do_together(step)
        self._check_engine()

    # -- people ----------------------------------------------------------------------------------

    def _ask(self, step: Ask) -> None:
        asks = "asks" if step.by is None else f"is asked by {step.by}"
        for login in step.logins:
            for kind in step.kinds:
                self._asked += 1
                answer = ask_and_wait(
                    self._url,
                    kind=kind,
                    login=login,
                    arguments=arguments_of(step),
                    call_id=self.calls[step.about] if step.about is not None else None,
                    asked_by=step.by or "scenario",
                    idempotency_key=f"scenario {self._asked}",
                    wait_ms=self._settings.timeouts.request_ms,
                )
                self._story.step(f"{login} {asks} for {kind}: {answer.state}, {answer.message or answer.reason}")
                got = answer.reason if answer.state == "refused" else answer.state
                wanted = step.refused or "done"
                if got != wanted:
                    raise Failed(f"{login}'s {kind} to be {wanted}", f"it was {got}: {answer.message}")

    def _dial(self, step: Dial) -> None:
        caller = Caller(number=step.number, name=step.name, number_from=step.number_from, is_silent=step.is_silent)
        phone = self._stage.dial(caller)
        self.phones[step.caller] = phone
        self.calls[step.caller] = self._stage.leg_of(phone, LEG_MS)
        # First, for the step tells what the engine has decided meanwhile.
        self._story.name_call(self.calls[step.caller], step.caller)
        self._story.step(f"{step.caller} dials {step.number} as {step.name.decode('utf-8', 'replace')}")

    def _place(self, step: Place) -> None:
        """The outside leg of a call that an agent places has the call's id, as a caller's has: that of the request."""
        self._asked += 1
        arguments = {"to": step.to} | ({"caller_id": step.caller_id} if step.caller_id is not None else {})
        answer = ask_and_wait(
            self._url,
            kind="dial",
            login=step.login,
            arguments=arguments,
            asked_by="scenario",
            idempotency_key=f"scenario {self._asked}",
            wait_ms=self._settings.timeouts.request_ms,
        )
        if step.called is not None and answer.state == "done":
            self.calls[step.called] = answer.request_id
            self._story.name_call(answer.request_id, step.called)
        self._story.step(f"{step.login} dials {step.to}: {answer.state}, {answer.message or answer.reason}")
        got = answer.reason if answer.state == "refused" else answer.state
        wanted = step.refused or "done"
        if got != wanted:
            raise Failed(f"{step.login}'s call to {step.to} to be {wanted}", f"it was {got}: {answer.message}")

    def _name_number(self, step: NumberOf) -> None:
        call_id, found = self.calls[step.caller], list[str]()

        def is_called() -> bool:
            found[:] = [row[0] for row in self._session.rows(_NUMBER_OF, call_id)]
            return bool(found)

        if not self._until(is_called, step.within_ms):
            told = look_at_call(self._session, call_id).told
            raise Failed(f"a number to be called for {step.caller} within {step.within_ms} ms", f"he is {told}")
        self.calls[step.called] = found[0]
        self._story.step(f"a number is called for {step.caller}: {step.called} is there")

    def _touch(self, step: Touch) -> None:
        phone = self._phone(step.who)
        self._story.step(f"{step.who}'s phone: {step.what.replace('_', ' ')} {step.text}".rstrip())
        if step.what == "press":
            self._stage.press(phone, step.text)
        elif step.what == "refer":
            self._stage.refer(phone, step.text)
        else:
            keys: dict[str, Callable[[str], None]] = {
                "hang_up": self._stage.hang_up,
                "hold": self._stage.hold,
                "unhold": self._stage.unhold,
            }
            keys[step.what](phone)

    def _change_phone(self, step: Phone) -> None:
        behaviour = step.contact.removeprefix(ROBOT)
        self._session.rows(_CHANGE_PHONE, self._stage.contact(behaviour), step.login)
        self._story.step(f"{step.login}'s phone from now on: {behaviour}")

    # -- facts -----------------------------------------------------------------------------------

    def _wait(self, step: Wait) -> None:
        is_caller = step.who in self.calls
        is_so = (lambda: self._caller_is(step)) if is_caller else (lambda: self._agent_is(step))
        wanted = f"{step.who} to be {step.state}" + (f" with {step.partner}" if step.partner else "")
        wanted += f" ({step.outcome or step.reason})" if step.outcome or step.reason else ""
        if not self._until(is_so, step.within_ms):
            told = look_at_call(self._session, self.calls[step.who]).told if is_caller else ""
            raise Failed(
                f"{wanted} within {step.within_ms} ms",
                f"{step.who} is {told or look_at_agent(self._session, step.who).told}",
            )
        self._story.step(wanted.replace(" to be ", " is ", 1))

    def _caller_is(self, step: Wait) -> bool:
        look = look_at_call(self._session, self.calls[step.who])
        if step.state not in look.states or (step.outcome and look.outcome != step.outcome):
            return False
        if step.state == "ended" and step.who in self.phones and self._stage.is_up(self.phones[step.who]):
            return False
        return step.partner is None or look.partner == step.partner

    def _agent_is(self, step: Wait) -> bool:
        look = look_at_agent(self._session, step.who)
        if step.state == "quiet":
            return not look.leg_ids & self._stage.live_legs()
        return step.state in look.states and (step.reason is None or look.reason == step.reason)

    def _hear(self, step: Hear) -> None:
        def heard_now() -> str:
            if step.keys:
                return self._stage.keys_heard(self._phone(step.who))
            return next(filter(None, map(self._stage.heard, self._legs(step.who))), "")

        def is_heard() -> bool:
            heard = heard_now()
            if step.keys or step.what == "music":
                return heard == (step.keys or step.what)
            return bool(heard) and heard in self._legs(step.what)

        if not self._until(is_heard, step.within_ms):
            heard = heard_now()
            raise Failed(
                f"{step.who} to hear {step.keys or step.what} within {step.within_ms} ms",
                f"he hears {heard or 'nothing'}",
            )
        self._story.step(f"{step.who} hears {step.keys or step.what}")

    def _legs(self, who: str) -> tuple[str, ...]:
        if who in self.calls:
            return (self.calls[who],)
        return look_at_agent(self._session, who).live_leg_ids

    def _ask_why(self, step: Why) -> None:
        said: list[str] = []

        def is_said() -> bool:
            said[:] = why_of(self._url, self.calls[step.who])
            return all(any(text in sentence for sentence in said) for text in step.says)

        if not self._until(is_said, step.within_ms):
            wanted = " and ".join(repr(text) for text in step.says)
            raise Failed(f"why {step.who} is where he is to say {wanted}", f"it says: {' '.join(said)}")
        self._story.step(f"why {step.who}? {' '.join(said)}")

    def expect(self, step: Expect) -> None:
        """SQL gives the rows, or will within_ms."""
        wanted = tuple(_plain(row) for row in step.rows)
        # In a statement without arguments psycopg2 leaves every % alone only when it is doubled.
        sql = step.sql.replace("%", "%%")

        def rows() -> tuple[Row, ...]:
            return tuple(_plain(row) for row in self._session.rows(sql))

        if not self._until(lambda: rows() == wanted, step.within_ms):
            raise Failed(f"{step.that}: {list(wanted)}", f"the rows are {list(rows())} ({step.sql})")
        self._story.step(f"it is true: {step.that}")

    def _do_together(self, step: Together) -> None:
        greenlets = [gevent.spawn(self.do, one) for one in step.steps]
        try:
            gevent.joinall(greenlets)
        finally:
            gevent.killall(greenlets)  # who is interrupted leaves nobody behind
        for greenlet in greenlets:
            if greenlet.exception is not None:
                raise greenlet.exception


def _plain(row: "Row | tuple[object, ...]") -> Row:
    """Cells as a scenario file can say them."""
    return tuple(cell if cell is None or isinstance(cell, str | bool | int) else str(cell) for cell in row)
