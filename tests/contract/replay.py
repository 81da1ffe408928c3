"""A recorded story played again, on the simulator: the same commands at the same times, in virtual time.

Two switches in one world, as in the lab: the switch that is asked, and its phones. What comes back is a
Story again. What the recorder did is done as it did it (the phones are driven by api commands of their own
switch), and its events come as they came to the recorder's connection (Connection): the switch looks whether
there is something to send only every 20 ms and after a command.
"""

import re
from bisect import bisect_right
from collections.abc import Callable
from functools import partial
from math import ceil, inf
from pathlib import Path
from uuid import UUID

from freeswitch_cc.simulator.dialplan import read_dialplan_document
from freeswitch_cc.simulator.events import Event
from freeswitch_cc.simulator.switch import Switch
from freeswitch_cc.simulator.traps import Traps
from freeswitch_cc.simulator.world import SipProfile, World
from tests.contract.trace import NEW_CONNECTION, TRACES, Names, Seen, Step, Story, reduced

SWITCH_PORT = 5060
PHONES_PORT = 5080
PATIENCE_MS = 20_000.0
"""How long the recorder's client waited for a reply."""
LOOKS_EVERY_MS = 20.0

# Where in a second a story began is not in the traces; see WHOLE_SECOND_MS (differences.py).
_EPOCH_S = 1_795_290_150
_GLOBALS = {"domain": "127.0.0.1"}
_USERS = ("1001@127.0.0.1",)

_DIALS = re.compile(r"(\w+) dials (\w+)")
_PHONE_STEPS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?P<leg>\w+)(?: phone)? (?:hangs up|dies)"), "uuid_kill {phone}"),
    (re.compile(r"(?P<leg>\w+) phone hold"), "uuid_hold {phone}"),
    (re.compile(r"(?P<leg>\w+) phone unhold"), "uuid_hold off {phone}"),
    (re.compile(r"(?P<leg>\w+) presses (?P<what>\S+)"), "uuid_send_dtmf {phone} {what}"),
    (re.compile(r"(?P<leg>\w+) phone sends REFER to (?P<what>\d+)"), "uuid_deflect {phone} sip:{what}@127.0.0.1:5060"),
)
_REPLACES = re.compile(r"(?P<leg>\w+) phone sends REFER with Replaces")
_ORIGINATION_UUID = re.compile(r"origination_uuid=([A-Z]+[0-9]*)\b")
_ANY_NAME = re.compile(r"\b(GONE)\b")


class Unanswered(Exception):
    """A command got no reply within the time that the recorder would have waited."""


class Connection:
    """When an event reached the recorder: mod_event_socket.c:1504 waits 20 ms for a command, then sends what there is.

    A command ends the wait, but events are only sent when it has been carried out.
    """

    def __init__(self) -> None:
        self._commands: list[tuple[float, float]] = [(0.0, 0.0)]

    def command(self, sent_ms: float, replied_ms: float) -> None:
        self._commands.append((sent_ms, replied_ms))

    def delivered(self, made_ms: float) -> float:
        """When an event that was made at this time was sent. Only right once all commands are known."""
        begun = bisect_right(self._commands, (made_ms, inf)) - 1
        replied_ms = self._commands[begun][1]
        if made_ms <= replied_ms:
            return replied_ms
        look_ms = replied_ms + LOOKS_EVERY_MS * ceil((made_ms - replied_ms) / LOOKS_EVERY_MS)
        following = self._commands[begun + 1 : begun + 2]
        return following[0][1] if following and following[0][0] <= look_ms else look_ms


class Lab:
    """The two switches, and whoever drives them along a story."""

    def __init__(self, story: Story, *, seed: int, second_at_ms: float, traps: Traps) -> None:
        """second_at_ms: a moment of the story at which the switch's clock reached a whole second."""
        self._story = story
        self._names = Names()
        self._uuid_count = 0
        epoch_us = _EPOCH_S * 1_000_000 - int((second_at_ms % 1000) * 1000)
        self._world = World(seed=seed, epoch_us=epoch_us, traps=traps)
        self._clock = self._world.clock
        self._switch = self._lab_switch("switch_dialplan.xml", SWITCH_PORT)
        self._phones = self._lab_switch("phones_dialplan.xml", PHONES_PORT)
        self._connection = Connection()
        self._heard: list[tuple[float, Event]] = []
        self._dialled: list[str] = []
        self._phone_legs: list[str] = []
        self._phone_of: dict[str, str] = {}
        self._done: list[Step] = []
        self._switch.subscribe(self._hear)
        self._phones.subscribe(self._hear_phones)

    def play(self) -> Story:
        """Carry out every step of the story at its time; what was then said. Raises Unanswered."""
        for step in self._story.steps:
            self._clock.advance(max(step.sent_ms, self._clock.now))
            self._do(step)
        self._clock.advance(max(self._story.tidied_ms, self._clock.now))
        for name in self._story.left:
            if name in self._names:
                self._switch.api(f"uuid_kill {self._names[name]} MANAGER_REQUEST", lambda reply: None)
        self._connection.command(self._clock.now, self._clock.now)
        self._clock.advance(self._story.end_ms)
        events = (
            Seen(self._connection.delivered(made_ms), seq, headers)
            for seq, (made_ms, event) in enumerate(self._heard)
            if (headers := reduced(event, self._names)) is not None
        )
        return Story(
            name=self._story.name,
            title=self._story.title,
            steps=tuple(sorted(self._done, key=lambda step: step.sent_ms)),
            events=tuple(events),
            tidied_ms=self._story.tidied_ms,
            left=self._story.left,
        )

    # -- the two switches ------------------------------------------------------------------------

    def _lab_switch(self, dialplan: str, port: int) -> Switch:
        text = Path(TRACES / dialplan).read_text()
        return self._world.switch(
            read_dialplan_document(text, _GLOBALS),
            [SipProfile("internal", port, "public")],
            variables=_GLOBALS,
            users=_USERS,
        )

    def _hear(self, event: Event) -> None:
        if event["Event-Name"] == "CHANNEL_CREATE" and event.get("Call-Direction") == "inbound":
            name, uuid = event.get("Caller-Caller-ID-Name"), event["Unique-ID"]
            if isinstance(name, str) and isinstance(uuid, str) and name in self._dialled:
                self._names.give(name, uuid)
        self._heard.append((self._clock.now, dict(event)))

    def _hear_phones(self, event: Event) -> None:
        if event["Event-Name"] == "CHANNEL_CREATE" and event.get("Call-Direction") == "inbound":
            uuid = event["Unique-ID"]
            assert isinstance(uuid, str)
            self._phone_legs.append(uuid)

    def _ask(self, switch: Switch, text: str) -> str:
        """The reply to a command; time passes until it is there."""
        replies: list[str] = []
        switch.api(text, replies.append)
        limit = self._clock.now + PATIENCE_MS
        while not replies:
            due = self._clock.next_at()
            if due is None or due > limit:
                raise Unanswered(f"{self._story.name}: no reply to {text!r}")
            self._clock.advance(due)
        return replies[0]

    # -- the steps -------------------------------------------------------------------------------

    def _do(self, step: Step) -> None:
        sent_ms = self._clock.now
        note = partial(self._note, step, sent_ms)
        if step.kind == "phone":
            self._phone_step(step.text, note)
            return
        self._name_what_is_new(step)
        text = self._names.to_uuids(step.text)
        if step.kind == "bgapi":
            name = self._story.job(step.text)
            job = self._switch.bgapi(text, self._names.give(name, self._new_uuid()))
            note(f"+OK Job-UUID: {job}")
        elif step.kind == "sendmsg":
            first, *lines = text.splitlines()
            note(self._switch.sendmsg(first.split()[1], dict(line.split(": ", 1) for line in lines)))
        elif text.startswith(NEW_CONNECTION):
            note(self._ask(self._switch, text.removeprefix(NEW_CONNECTION)))
        else:
            note(self._ask(self._switch, text))
        if not text.startswith(NEW_CONNECTION):
            self._connection.command(sent_ms, self._clock.now)

    def _note(self, step: Step, sent_ms: float, reply: str | None) -> None:
        said = reply if reply is None else self._names.to_names(reply).strip()
        self._done.append(Step(sent_ms, self._clock.now, step.kind, step.text, said))

    def _name_what_is_new(self, step: Step) -> None:
        for name in [*_ORIGINATION_UUID.findall(step.text), *_ANY_NAME.findall(step.text)]:
            if name not in self._names:
                self._names.give(name, self._new_uuid())

    def _new_uuid(self) -> str:
        self._uuid_count += 1
        return str(UUID(int=self._uuid_count, version=4))

    def _phone_step(self, text: str, note: Callable[[str | None], None]) -> None:
        """A phone does something: a command to the switch of the phones; its reply is noted when it comes."""
        if found := _DIALS.fullmatch(text):
            note(None)
            self._dial(found[1], found[2])
        elif found := _REPLACES.fullmatch(text):
            own_call = self._phone_of[self._dialled[-1]]
            call_id, to_tag, from_tag = (
                self._ask(self._phones, f"uuid_getvar {own_call} {name}")
                for name in ("sip_call_id", "sip_to_tag", "sip_from_tag")
            )
            replaces = f"{call_id}%3Bto-tag%3D{to_tag}%3Bfrom-tag%3D{from_tag}"
            target = f"sip:park@127.0.0.1:{SWITCH_PORT}?Replaces={replaces}"
            self._phones.api(f"uuid_deflect {self._phone(found['leg'])} {target}", note)
        else:
            command = next(
                words.format(phone=self._phone(found["leg"]), **{"what": "", **found.groupdict()})
                for pattern, words in _PHONE_STEPS
                if (found := pattern.fullmatch(text))
            )
            self._phones.api(command, note)

    def _dial(self, name: str, number: str) -> None:
        phone = self._phone_of[name] = self._new_uuid()
        self._dialled.append(name)
        variables = {
            "origination_uuid": phone,
            "origination_caller_id_number": self._number_of(name),
            "origination_caller_id_name": f"'{name}'",
            "originate_timeout": "10",
        }
        given = ",".join(f"{key}={value}" for key, value in variables.items())
        self._phones.api(f"originate {{{given}}}sofia/internal/{number}@127.0.0.1:5060 &park", lambda reply: None)

    def _number_of(self, caller: str) -> str:
        return next(
            event.of("Caller-Caller-ID-Number")
            for event in self._story.events
            if event.lane == caller and event.of("Caller-Caller-ID-Number")
        )

    def _phone(self, leg: str) -> str:
        """The channel of a leg's phone: the one with the same SIP Call-ID."""
        if leg not in self._phone_of:
            call_id = self._ask(self._switch, f"uuid_getvar {self._names[leg]} sip_call_id")
            self._connection.command(self._clock.now, self._clock.now)
            self._phone_of[leg] = next(
                uuid
                for uuid in self._phone_legs
                if self._ask(self._phones, f"uuid_getvar {uuid} sip_call_id") == call_id
            )
        return self._phone_of[leg]


def replay(story: Story, *, seed: int = 0, second_at_ms: float = 0.0, traps: Traps | None = None) -> Story:
    """The story as the simulator tells it. second_at_ms as in Lab. Raises Unanswered."""
    return Lab(story, seed=seed, second_at_ms=second_at_ms, traps=traps or Traps()).play()
