"""Which events a connection of the Event Socket hears: its lists and its filters, as mod_event_socket keeps them.

Pure, and asked for every event and every connection: the name is looked at first. No socket, no frame.
References are to mod_event_socket.c ("mes") and src/switch_event.c ("ev").
"""

import re
from collections.abc import Callable

from freeswitch_cc.simulator.wire import Event, joined

# ev:137-231, without the word ALL at its end, which is no event.
_NAMES = """
    CUSTOM CLONE CHANNEL_CREATE CHANNEL_DESTROY CHANNEL_STATE CHANNEL_CALLSTATE CHANNEL_ANSWER CHANNEL_HANGUP
    CHANNEL_HANGUP_COMPLETE CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE CHANNEL_HOLD CHANNEL_UNHOLD CHANNEL_BRIDGE
    CHANNEL_UNBRIDGE CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_OUTGOING CHANNEL_PARK CHANNEL_UNPARK
    CHANNEL_APPLICATION CHANNEL_ORIGINATE CHANNEL_UUID API LOG INBOUND_CHAN OUTBOUND_CHAN STARTUP SHUTDOWN PUBLISH
    UNPUBLISH TALK NOTALK SESSION_CRASH MODULE_LOAD MODULE_UNLOAD DTMF MESSAGE PRESENCE_IN NOTIFY_IN PRESENCE_OUT
    PRESENCE_PROBE MESSAGE_WAITING MESSAGE_QUERY ROSTER CODEC BACKGROUND_JOB DETECTED_SPEECH DETECTED_TONE
    PRIVATE_COMMAND HEARTBEAT TRAP ADD_SCHEDULE DEL_SCHEDULE EXE_SCHEDULE RE_SCHEDULE RELOADXML NOTIFY PHONE_FEATURE
    PHONE_FEATURE_SUBSCRIBE SEND_MESSAGE RECV_MESSAGE REQUEST_PARAMS CHANNEL_DATA GENERAL COMMAND SESSION_HEARTBEAT
    CLIENT_DISCONNECTED SERVER_DISCONNECTED SEND_INFO RECV_INFO RECV_RTCP_MESSAGE SEND_RTCP_MESSAGE CALL_SECURE NAT
    RECORD_START RECORD_STOP PLAYBACK_START PLAYBACK_STOP CALL_UPDATE FAILURE SOCKET_DATA MEDIA_BUG_START
    MEDIA_BUG_STOP CONFERENCE_DATA_QUERY CONFERENCE_DATA CALL_SETUP_REQ CALL_SETUP_RESULT CALL_DETAIL DEVICE_STATE
    TEXT SHUTDOWN_REQUESTED CERT_RELOAD
"""
# mes:2104-2126.
_MY_NAMES = """
    CHANNEL_ANSWER CHANNEL_APPLICATION CHANNEL_BRIDGE CHANNEL_CREATE CHANNEL_DATA CHANNEL_DESTROY CHANNEL_EXECUTE
    CHANNEL_EXECUTE_COMPLETE CHANNEL_HANGUP CHANNEL_HANGUP_COMPLETE CHANNEL_ORIGINATE CHANNEL_UUID CHANNEL_OUTGOING
    CHANNEL_PARK CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_STATE CHANNEL_UNBRIDGE CHANNEL_UNPARK DETECTED_SPEECH
    DTMF NOTALK TALK
"""
EVENT_NAMES = frozenset(_NAMES.split())
_MY_EVENTS = frozenset(_MY_NAMES.split())
_ALL = "ALL"
_FORMATS = ("xml", "plain", "json")


class Subscription:
    """Of one connection. The commands take the command line and return the Reply-Text."""

    def __init__(self) -> None:
        self.format = "plain"
        self.session: str | None = None
        """The session that `myevents` named, if the switch had it."""
        self._is_listening = False
        self._has_all = False  # SWITCH_EVENT_ALL is a place of its own in the list (mes:313)
        self._names: set[str] = set()
        self._subclasses: set[str] = set()
        self._has_all_subclasses = False  # ALL adds every subclass that a module has reserved (mes:1693)
        self._nixed_subclasses: set[str] = set()
        self._filters: list[_Filter] = []
        self._is_mine = False

    @property
    def is_listening(self) -> bool:
        return self._is_listening

    @property
    def has_filter(self) -> bool:
        return bool(self._filters)

    def wants(self, event: Event) -> bool:
        """Is this event for this connection? (event_handler, mes:274-409.)"""
        if not self._is_listening:
            return False
        if not self._has_all:
            name = event["Event-Name"]
            if name not in self._names:
                return False
            if name == "CUSTOM" and not self._hears_subclass(event):
                return False
        if self._filters and not self._passes(event):
            return False
        return not self._is_mine or self._concerns_me(event)

    # -- commands --------------------------------------------------------------------------------

    def event(self, line: str) -> str:
        """`event json|plain|xml NAMES CUSTOM SUBCLASSES` adds to the list; unknown names are ignored (mes:2465)."""
        _, blank, rest = line.partition(" ")
        words = rest.split(" ") if blank else []
        if words and words[0].lower() in _FORMATS:
            self.format = words.pop(0).lower()
        has_known = is_custom = False
        for word in words:
            if is_custom:
                self._subclasses.add(word)
                self._nixed_subclasses.discard(word)
            elif name := _event_name(word):
                has_known = True
                is_custom = name == "CUSTOM"
                if name == _ALL:
                    self._has_all = self._has_all_subclasses = True
                    self._nixed_subclasses.clear()
                    self._names |= EVENT_NAMES
                else:
                    self._names.add(name)
        if not has_known:
            return "-ERR no keywords supplied"
        self._is_listening = True
        return f"+OK event listener enabled {self.format}"

    def nixevent(self, line: str) -> str:
        """`nixevent NAMES CUSTOM SUBCLASSES` takes away; of ALL it leaves all the others (mes:2547)."""
        _, blank, rest = line.partition(" ")
        has_known = is_custom = False
        for word in rest.split(" ") if blank else []:
            if is_custom:
                self._subclasses.discard(word)
                self._nixed_subclasses.add(word)
            elif name := _event_name(word):
                has_known = True
                is_custom = name == "CUSTOM"
                if name == _ALL:
                    self._has_all = False
                    self._names.clear()
                elif not is_custom:
                    if self._has_all:
                        self._has_all = False
                        self._names |= EVENT_NAMES
                    self._names.discard(name)
        if not has_known:
            return "-ERR no keywords supplied"
        self._is_listening = True
        return "+OK events nixed"

    def noevents(self) -> str:
        """Forget the lists; filters stay (mes:2601)."""
        if not self._is_listening:
            return "-ERR not listening for events"
        self._is_listening = self._has_all = self._has_all_subclasses = False
        self._names.clear()
        self._subclasses.clear()
        self._nixed_subclasses.clear()
        return "+OK no longer listening for events"

    def filter(self, line: str) -> str:
        """`filter [add] HEADER VALUE`, `filter delete HEADER [VALUE]`, `filter delete all` (mes:1961)."""
        name, value = _cut(line[len("filter ") :].lstrip(" "))
        if name.lower() == "delete" and value is not None:
            name, value = _cut(value)
            if name.lower() == "all":
                self._filters.clear()
            else:
                self._remove_filters(name, value or "")
            return f"+OK filter deleted. [{name}][{value or ''}]"
        if value is None:
            return "-ERR invalid syntax"
        if name.lower() == "add":
            name, value = _cut(value)
        if value:
            self._filters.append(_Filter(name, value))
        elif value is not None:
            self._remove_filters(name, "")  # a header without text is no header (ev:1090)
        return f"+OK filter added. [{name}]=[{'(null)' if value is None else value}]"

    def myevents(self, line: str, is_known: Callable[[str], bool]) -> str:
        """`myevents UUID [FORMAT]`: the events of one session. is_known: has the switch that session?

        The format is cut off before it is looked at, so only the words xml and json in the whole line count; without
        a format a session that is not there is no mistake, and then every channel's events are heard (mes:2063-2136).
        """
        if self._is_mine:
            return "-ERR aready enabled."
        uuid, format_ = _cut(line[len("myevents ") :])
        self.session = uuid if is_known(uuid) else None
        if self.session is None and format_ is not None:
            return "-ERR invalid uuid"
        self._names |= _MY_EVENTS
        self._is_mine = self._is_listening = True
        for word in ("xml", "json"):
            if word in uuid or word.upper() in uuid:
                self.format = word
        return "+OK Events Enabled"

    # -- looking ---------------------------------------------------------------------------------

    def _hears_subclass(self, event: Event) -> bool:
        subclass = event.get("Event-Subclass")
        if not subclass or subclass in self._subclasses:
            return True
        return self._has_all_subclasses and subclass not in self._nixed_subclasses

    def _passes(self, event: Event) -> bool:
        """An OR list: one positive filter that matches is enough, a negative one that matches ends it (mes:324-369)."""
        passes = False
        for one in self._filters:
            if passes and one.is_positive:
                continue
            value = one.value_of(event)
            if value is not None and one.matches(value):
                if not one.is_positive:
                    return False
                passes = True
        return passes

    def _concerns_me(self, event: Event) -> bool:
        """mes:375-383."""
        if self.session is None:
            return bool(event.get("Unique-ID"))
        return self.session in (event.get("Unique-ID"), event.get("Job-Owner-UUID"))

    def _remove_filters(self, name: str, value: str) -> None:
        """switch_event_del_header_val, ev:873."""
        self._filters = [
            one for one in self._filters if one.name.lower() != name.lower() or (value and one.value != value)
        ]


class _Filter:
    """One header and what it must be: text in any case, or `/a regular expression/`; a leading `-` is a not.

    The signs `+`, `-` and blanks in front of the value are taken off, the last sign counts (mes:333-345). Only a
    value that begins with `/` itself is a regular expression (mes:354).
    """

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self.value = value
        rest = value.lstrip("+- ")
        signs = [sign for sign in value[: len(value) - len(rest)] if sign != " "]
        self.is_positive = not signs or signs[-1] == "+"
        self._lower_name = name.lower()
        self._plain = rest.lower()
        self._is_regex = value.startswith("/")
        self._pattern = _pattern(rest) if self._is_regex else None

    def value_of(self, event: Event) -> str | None:
        """The header by its name in any case (ev:826)."""
        value = event.get(self.name)
        if value is None:
            for spelling in _spellings_of(self._lower_name, event):
                value = event.get(spelling)
                if value is not None:
                    break
            else:
                return None
        return joined(value)

    def matches(self, value: str) -> bool:
        if self._is_regex:
            return self._pattern is not None and self._pattern.search(value) is not None
        return value.lower() == self._plain


# A header is found in any case. To look at two hundred names for each event and filter would take longer than all the
# rest: every name that was ever seen is kept under its lower case, and only new ones are looked at.
_seen: set[str] = set()
_spellings: dict[str, list[str]] = {}


def _spellings_of(lower_name: str, event: Event) -> list[str]:
    if not _seen.issuperset(event):
        for name in event:
            if name not in _seen:
                _seen.add(name)
                _spellings.setdefault(name.lower(), []).append(name)
    return _spellings.get(lower_name, [])


def _pattern(text: str) -> re.Pattern[str] | None:
    """`/expression/flags` as switch_regex.c:61 reads it; None, which never matches, when it is none."""
    expression, slash, flags = text[1:].rpartition("/")
    if not slash:
        return None
    options = re.ASCII | (re.IGNORECASE if "i" in flags else 0) | (re.DOTALL if "s" in flags else 0)
    try:
        return re.compile(expression, options)
    except re.error:
        return None


def _event_name(word: str) -> str | None:
    """The event that a word means: its name in any case, also behind 13 letters such as SWITCH_EVENT_ (ev:439)."""
    for name in (word.upper(), word[13:].upper()):
        if name in EVENT_NAMES or name == _ALL:
            return name
    return None


def _cut(text: str) -> tuple[str, str | None]:
    first, blank, rest = text.partition(" ")
    return first, rest if blank else None
