"""What one connection of the Event Socket answers to a command: parse_command of mod_event_socket.c ("mes").

Knows no socket and no lie: requests come in, frames go out, at once or when the switch has its answer. An inbound
connection only; what belongs to outbound ones (connect, getvar, resume) and sendevent is answered as unknown.
A connection that ends does not wait for its background jobs, as a real one does (mes:2805), and one that has said
myevents does not end with its session (mes:1473).
"""

import re
from collections.abc import Callable, Mapping
from typing import Protocol
from uuid import uuid4

from freeswitch_cc.simulator import wire
from freeswitch_cc.simulator.subscription import Subscription
from freeswitch_cc.simulator.wire import Request

_MODULE = "mod_event_socket"
# switch_log.c:36-46, the first one is -1; 64 is the level that is none, and a higher number becomes 63 (:401).
_LEVELS = ("disable", "console", "alert", "crit", "err", "warning", "notice", "info", "debug")
_NO_LEVEL = 64
_NUMBER = re.compile(r"-?[0-9]{1,9}")

Reply = Callable[[bytes], None]


class Switch(Protocol):
    """What is asked of the switch; see switch.Switch."""

    def api(self, text: str, reply: Callable[[str], None]) -> None: ...
    def bgapi(self, text: str, job_uuid: str | None) -> str: ...
    def sendmsg(self, uuid: str, headers: Mapping[str, str]) -> str: ...


class Commands:
    """Of one connection. password: what `auth` must say.

    control: takes `api fcc_simulator ...`, the text behind it. unload: the module is to be unloaded, or reloaded.
    """

    def __init__(
        self,
        switch: Switch,
        password: str,
        *,
        control: Callable[[str, Callable[[str], None]], None],
        unload: Callable[[bool], None],
    ) -> None:
        self._switch = switch
        self._password = password
        self._control = control
        self._unload = unload
        self._has_log = False
        self.subscription = Subscription()
        self.is_authed = False
        self.is_running = True
        """False: the reply is the last one, the connection ends after it."""

    def carry_out(self, request: Request, reply: Reply) -> None:
        """Answer with one frame, at once or later. A command is known by its first letters, in any case (mes:1743)."""
        text = request.whole.lower()
        is_cheat = _MODULE in text and ("unload" in text or "reload" in text)
        if not is_cheat and text.startswith(("exit", "...")):
            self.is_running = False
            reply(wire.command_reply("+OK bye"))
        elif not self.is_authed:
            reply(wire.command_reply("-ERR command not found" if is_cheat else self._authenticate(request.line)))
        elif is_cheat:
            # These words anywhere in a request are `api bgapi unload mod_event_socket`, or reload (mes:1737).
            reply(wire.api_response(f"+OK Job-UUID: {uuid4()}\n"))
            self._unload("unload" not in text)
        elif text.startswith("api "):
            self._api(request.line[len("api ") :], reply)
        elif text.startswith("bgapi "):
            job = self._switch.bgapi(request.line[len("bgapi ") :], request.header("job-uuid"))
            reply(wire.job_reply(job))
        else:
            reply(wire.command_reply(self._short(text, request) or "-ERR command not found"))

    def _authenticate(self, line: str) -> str:
        """mes:1749-1958. There is no directory here: userauth finds nobody."""
        if line[:5].lower() == "auth ":
            if line[5:] == self._password:
                self.is_authed = True
                return "+OK accepted"
        elif line[:9].lower() != "userauth ":
            return "-ERR command not found"
        self.is_running = False
        return "-ERR invalid"

    def _api(self, text: str, reply: Reply) -> None:
        """One after another: until this one is answered the connection does nothing else (mes:2288, 1590)."""

        def answer(output: str) -> None:
            reply(wire.api_response(output))

        name, _, rest = text.partition(" ")
        if name == "fcc_simulator":
            self._control(rest, answer)
        elif not name:  # a second blank: a command without a name
            answer("-ERR  Command not found!\n")
        else:
            self._switch.api(text, answer)

    def _short(self, text: str, request: Request) -> str:
        """Commands that are answered with one line, in the order in which the switch looks for them (mes:1961-2617)."""
        line, subscription = request.line, self.subscription
        if text.startswith("filter "):
            return subscription.filter(line)
        if text.startswith("myevents ") or (subscription.session and text.startswith("myevents")):
            return subscription.myevents(line, self._is_session)
        if text.startswith("divert_events"):
            return self._divert(line[len("divert_events") :].lstrip(" "))
        if text.startswith("sendmsg"):
            return self._sendmsg(line[len("sendmsg") :].lstrip(" "), request)
        if text.startswith("log"):
            return self._log(line[len("log") :].lstrip(" ").partition(" ")[0])
        if text.startswith("linger"):
            return self._linger(line[len("linger") :])
        if text.startswith("nolinger"):
            return "+OK will not linger" if subscription.session else "-ERR not controlling a session"
        if text.startswith("nolog"):
            had_log, self._has_log = self._has_log, False
            return "+OK no longer logging" if had_log else "-ERR not loging"
        if text.startswith("event"):
            return subscription.event(line)
        if text.startswith("nixevent"):
            return subscription.nixevent(line)
        if text.startswith("noevents"):
            return subscription.noevents()
        return ""

    def _sendmsg(self, uuid: str, request: Request) -> str:
        """mes:2180. The session may be named in the header session-id, or by an earlier myevents."""
        uuid = uuid or request.header("session-id") or self.subscription.session or ""
        if not uuid:
            return "-ERR invalid session id []"
        return self._switch.sendmsg(uuid, request.headers)

    def _divert(self, word: str) -> str:
        """mes:2141."""
        if not self.subscription.session:
            return "-ERR not controlling a session."
        if not word:
            return "-ERR missing value."
        return "+OK events diverted" if word.lower() == "on" else "+OK events not diverted"

    def _linger(self, rest: str) -> str:
        """mes:2431."""
        if not self.subscription.session:
            return "-ERR not controlling a session"
        if len(rest) > 1 and rest[0] == " ":
            return f"+OK will linger {wire.leading_integer(rest)} seconds"
        return "+OK will linger"

    def _log(self, word: str) -> str:
        """Taken and answered; a simulator has no log to send (mes:2396)."""
        level = _NO_LEVEL
        if word.lower() in _LEVELS or not word:
            level = _LEVELS.index(word.lower() or "debug") - 1
        elif _NUMBER.fullmatch(word):
            level = max(int(word), 0) if int(word) <= _NO_LEVEL else _NO_LEVEL - 1
        if level == _NO_LEVEL:
            return "-ERR invalid log level"
        self._has_log = True
        return f"+OK log level {word} [{level}]"

    def _is_session(self, uuid: str) -> bool:
        said: list[str] = []
        self._switch.api(f"uuid_exists {uuid}", said.append)
        return bool(said) and said[0].startswith("true")
