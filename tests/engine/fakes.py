"""Hand-written stand-ins for the switch: a line that records, and a scripted Event Socket. No rules of calls."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import gevent
from gevent import socket
from gevent.server import StreamServer

from freeswitch_cc.core.commands import Command
from freeswitch_cc.core.events import CallEvent, CallVerified, Sight
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.engine.dispatcher import Work
from freeswitch_cc.engine.link import SwitchRow
from freeswitch_cc.errors import SwitchUnreachable
from freeswitch_cc.store.db import Session
from tests.esl.server import CORE_ID, Peer, api_reply, event, reply


class RecordingLink:
    """Stands where engine.link.Link stands: keeps what is sent, and answers where legs are from `sights`."""

    def __init__(
        self,
        row: SwitchRow,
        timeouts: Timeouts,
        session: Session,
        phones_session: Session,
        *,
        connections: int,
        deliver: Callable[[Work], None],
        verify: Callable[[str], None],
        on_ready: Callable[[], None],
    ) -> None:
        self.row = row
        self.is_ready = False
        self.lost_for_s = 0.0
        self.sent: list[Command] = []
        self.sights: dict[str, str] = {}
        self.on_send: Callable[[Command], None] = self.sent.append
        self.is_reachable = True
        self.pool = self
        self._on_ready = on_ready

    def start(self) -> None:
        self.is_ready = True
        self._on_ready()

    def run_chores(self) -> None:
        pass

    def run_phones(self) -> None:
        pass

    def stop_reading(self) -> None:
        pass

    def stop(self, *, flush: bool = True) -> None:
        pass

    def send(self, command: Command) -> None:
        self.on_send(command)

    def kinds(self) -> list[str]:
        return [type(command).__name__ for command in self.sent]

    def dump(self, leg_id: str) -> Sight:
        """A leg that the test says nothing of is gone."""
        if not self.is_reachable:
            raise SwitchUnreachable("the switch cannot be asked")
        seen = self.sights.get(leg_id, "gone")
        return Sight(leg_id=leg_id, seen=seen, at=None if seen == "gone" else datetime.now(UTC))


class Recorder:
    """Collects what is delivered and looked up."""

    def __init__(self) -> None:
        self.events: list[Work] = []
        self.decisions: list[Decision] = []
        self.hurried: list[bool] = []
        self.looks: list[str] = []

    def verified(self) -> list[str]:
        return [event.call_id for event in self.events if isinstance(event, CallVerified)]

    def of_calls(self) -> list[str]:
        return [event.call_id for event in self.events if isinstance(event, CallEvent)]


class ScriptedSwitch:
    """An Event Socket on TCP: channels and their variables are plain dicts that the test fills."""

    PASSWORD = "a secret of the tests"

    def __init__(self) -> None:
        self.core_id = CORE_ID
        self.channels: dict[str, str] = {}  # leg_id -> variable fcc_call
        self.unlisted: set[str] = set()  # legs that the list does not have yet
        self.contexts = {"fcc", "fcc_deadman"}
        self.registered: set[str] = set()  # user@domain
        self.call_ids: dict[str, str] = {}  # of who has another than `call-1`
        self.listed: set[str] | None = None  # what the list says, where it is behind
        self.features: set[str] = set()  # legs on which a feature code was dialled
        self.commands: list[str] = []
        self.on_command: Callable[[str], None] = lambda command: None
        self._listeners: list[Peer] = []
        self._server = StreamServer(("127.0.0.1", 0), self._serve)
        self._server.start()

    @property
    def port(self) -> int:
        return int(self._server.server_port)

    def stop(self) -> None:
        self._server.stop(timeout=0)
        self.drop()

    def drop(self) -> None:
        """Cut every event connection."""
        listeners, self._listeners = self._listeners, []
        for peer in listeners:
            with suppress(OSError):  # the other side went first
                peer.sock.shutdown(socket.SHUT_RDWR)
            peer.sock.close()

    def tell(self, headers: dict[str, Any] | bytes) -> None:
        for peer in self._listeners:
            peer.write(event(headers))

    @property
    def is_listened_to(self) -> bool:
        return bool(self._listeners)

    def asked(self, start: str) -> list[str]:
        return [command for command in self.commands if command.startswith(start)]

    def _registration(self, user: str) -> dict[str, str]:
        name, _, host = user.partition("@")
        return {"reg_user": name, "realm": host, "token": self.call_ids.get(user, "call-1")}

    def _serve(self, sock: socket.socket, _address: object) -> None:
        peer = Peer(sock)
        try:
            peer.write(b"Content-Type: auth/request\n\n")
            peer.read()
            peer.write(reply("+OK accepted"))
            while command := peer.read():
                self.commands.append(command)
                self.on_command(command)
                peer.write(self._answer(command, peer))
        except OSError:
            pass  # the other side went first
        finally:
            sock.close()

    def _answer(self, command: str, peer: Peer) -> bytes:
        words = command.split()
        match words[:2]:
            case ["event", "json"]:
                self._listeners.append(peer)
                return reply("+OK")
            case ["api", "global_getvar"]:
                return api_reply(self.core_id)
            case ["api", "show"] if words[2] == "registrations":
                users = sorted(self.registered if self.listed is None else self.listed)
                return api_reply(json.dumps({"rows": [self._registration(user) for user in users]}))
            case ["api", "sofia_contact"]:
                is_there = words[2].removeprefix("*/") in self.registered
                return api_reply("sofia/internal/sip:x@10.0.0.7" if is_there else "error/user_not_registered")
            case ["api", "uuid_getvar"] if words[3:] == ["fcc_role"] and words[2] in self.features:
                return api_reply("feature")
            case ["api", "show"]:
                return api_reply(
                    json.dumps({"rows": [{"uuid": leg_id} for leg_id in self.channels.keys() - self.unlisted]})
                )
            case ["api", "xml_locate"]:
                is_there = words[5] in self.contexts
                return api_reply(f'<context name="{words[5]}">' if is_there else "can't find anything\n")
            case ["api", "uuid_getvar"]:
                return api_reply(self.channels.get(words[2], "-ERR No such channel!\n"))
            case ["api", "uuid_dump"] if words[2] in self.channels:
                said = {"Unique-ID": words[2], "Event-Date-Timestamp": "1795290150000000", "Answer-State": "answered"}
                return api_reply(json.dumps(said | {"Channel-State": "CS_PARK"}))
            case ["api", "uuid_dump"]:
                return api_reply("-ERR No such channel!\n")
            case ["api", _]:
                return api_reply("+OK\n")
        return reply("+OK")


def no_more(holds: Callable[[], object], rounds: int = 20) -> bool:
    """After everybody who can run has run, does it still not hold?"""
    for _ in range(rounds):
        gevent.idle()
        if holds():
            return False
    return True
