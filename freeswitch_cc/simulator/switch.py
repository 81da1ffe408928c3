"""One FreeSWITCH: its channels, its events, what a channel asks of it. Commands stand in api_commands.py.

The Event Socket (server.py) uses api(), bgapi(), sendmsg() and subscribe(), and nothing else.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from freeswitch_cc.simulator import api_commands, events, invite, originate, registrations, session
from freeswitch_cc.simulator.apps import expand
from freeswitch_cc.simulator.channel import Channel
from freeswitch_cc.simulator.conference import Conference
from freeswitch_cc.simulator.conference_profiles import ConferenceProfile
from freeswitch_cc.simulator.dialplan import Dialplan
from freeswitch_cc.simulator.events import Event
from freeswitch_cc.simulator.limits import Limits
from freeswitch_cc.simulator.listing import LAG_MS, Listing
from freeswitch_cc.simulator.records import PrivateEvent
from freeswitch_cc.simulator.registrations import Book
from freeswitch_cc.simulator.scheduler import Scheduler
from freeswitch_cc.simulator.sip import End
from freeswitch_cc.simulator.threads import FRAME_MS, Thread, Timing

if TYPE_CHECKING:
    from freeswitch_cc.simulator.world import SipProfile, World

HEARTBEAT_MS = 20_000.0


class Switch:
    """Made by World.switch(). variables: what `$${name}` says, looked up where a leg has none of its own."""

    def __init__(
        self,
        world: "World",
        dialplan: Dialplan,
        profiles: Sequence["SipProfile"],
        variables: Mapping[str, str],
        users: Collection[str],
        conference_profiles: Mapping[str, ConferenceProfile],
        gateways: Mapping[str, str],
        book: Book,
    ) -> None:
        self.world = world
        self.clock = world.clock
        self.random = world.random
        self.traps = world.traps
        self.dialplan = dialplan
        self.profiles = tuple(profiles)
        self.variables = dict(variables)
        self.users = frozenset(users)
        self.conference_profiles = dict(conference_profiles)
        self.gateways = dict(gateways)
        self.book = book
        self.core_uuid = world.draw_uuid()
        self.timing = Timing(world.clock, world.random, grid_ms=world.random.uniform(0.0, FRAME_MS))
        self.channels: dict[str, Channel] = {}
        self.conferences: dict[str, Conference] = {}
        self.members_so_far = 0
        self.sessions_so_far = 0
        self.limits = Limits()
        self.listed = Listing(world.clock, lag_ms=LAG_MS if world.traps.list_lags else 0.0)
        self.scheduler = Scheduler(self)
        self._listeners: list[Callable[[Event], None]] = []
        self._sequence = 0
        self._began_ms = world.clock.now
        self.clock.after(HEARTBEAT_MS, self._beat)

    # -- the Event Socket ------------------------------------------------------------------------

    def api(self, text: str, reply: Callable[[str], None]) -> None:
        """Carry out a command; the reply comes at once, or later when the command takes its time (originate)."""
        api_commands.run(self, text, reply)

    def bgapi(self, text: str, job_uuid: str | None = None) -> str:
        """Carry it out in a thread of its own; the result is an event BACKGROUND_JOB. Returns the Job-UUID."""
        job = job_uuid or self.draw_uuid()
        command, _, arguments = text.strip().partition(" ")

        def report(result: str) -> None:
            self.clock.after(self.timing.breath(), lambda: self.emit("BACKGROUND_JOB", said, result))

        said = {"Job-UUID": job, "Job-Command": command, **({"Job-Command-Arg": arguments} if arguments else {})}
        self.clock.after(self.timing.breath(), lambda: api_commands.run(self, text, report))
        return job

    def sendmsg(self, uuid: str, headers: Mapping[str, str]) -> str:
        """Give a session something to do. Returns the Reply-Text."""
        channel = self.find(uuid)
        if channel is None:
            return f"-ERR invalid session id [{uuid}]"
        channel.ask(PrivateEvent({name.lower(): value for name, value in headers.items()}))
        return "+OK"

    def subscribe(self, hear: Callable[[Event], None]) -> Callable[[], None]:
        """Hear every event, whole and in order. Returns what ends it."""
        self._listeners.append(hear)
        return lambda: self._listeners.remove(hear)

    # -- events ----------------------------------------------------------------------------------

    def emit(self, name: str, headers: Mapping[str, Any] | None = None, body: str = "") -> None:
        """An event of no channel."""
        event = events.head(self, name)
        event.update(headers or {})
        if body:
            event["Content-Length"] = str(len(body.encode("utf-8", "surrogateescape")))
            event["_body"] = body
        self._tell(event)

    def emit_of(
        self, channel: Channel, name: str, first: Mapping[str, Any] | None, last: Mapping[str, Any] | None
    ) -> None:
        event = events.head(self, name)
        event.update(first or {})
        events.add_channel(event, channel)
        event.update(last or {})
        self._tell(event)

    def _tell(self, event: Event) -> None:
        if "Event-Subclass" in event:
            # A module's own event names its subclass before anything else.
            event = {"Event-Subclass": event["Event-Subclass"], **event}
        self.listed.notice(event)
        for hear in tuple(self._listeners):
            hear(event)

    def _beat(self) -> None:
        up_ms = self.clock.now - self._began_ms
        self.emit(
            "HEARTBEAT",
            {
                "Event-Info": "System Ready",
                "Up-Time": f"0 years, 0 days, 0 hours, 0 minutes, {int(up_ms / 1000)} seconds",
                "FreeSWITCH-Version": "simulated",
                "Uptime-msec": str(int(up_ms)),
                "Session-Count": str(len(self.channels)),
                "Max-Sessions": "1000",
                "Session-Per-Sec": "30",
                "Session-Since-Startup": str(self.sessions_so_far),
                "Idle-CPU": "100.000000",
            },
        )
        self.clock.after(HEARTBEAT_MS, self._beat)

    def now_us(self) -> int:
        """The switch's clock, which goes in steps of a frame (switch_time_now, measured: 20 ms apart)."""
        return self.world.epoch_us + int(self.clock.now // FRAME_MS * FRAME_MS * 1000)

    def epoch_s(self) -> int:
        return (self.world.epoch_us + int(self.clock.now * 1000)) // 1_000_000

    def ms_of_second(self, second: int) -> float:
        """When, on the world's clock, a whole second of the wall clock begins."""
        return (second * 1_000_000 - self.world.epoch_us) / 1000

    def draw_sequence(self) -> int:
        self._sequence += 1
        return self._sequence

    def draw_uuid(self) -> str:
        return self.world.draw_uuid()

    # -- channels --------------------------------------------------------------------------------

    def find(self, uuid: str) -> Channel | None:
        """switch_core_session_locate: a session that is being destroyed is not found."""
        return self.channels.get(uuid) if uuid else None

    def partner_of(self, channel: Channel) -> Channel | None:
        """switch_core_session_get_partner"""
        return self.find(channel.get("bridge_to") or channel.get("signal_bond"))

    def channel_of_dialog(self, call_id: str) -> Channel | None:
        return next((one for one in self.channels.values() if one.end and one.end.dialog.call_id == call_id), None)

    def add(self, channel: Channel) -> None:
        """A session and its thread are there; start() lets it run."""
        self.sessions_so_far += 1
        self.channels[channel.uuid] = channel
        channel.set("direction", channel.direction)
        channel.set("uuid", channel.uuid)
        channel.set("session_id", str(self.sessions_so_far))
        channel.set("channel_name", channel.name)
        channel.thread = Thread(
            self.timing, session.run(channel), lambda: self._destroy(channel), order=self.sessions_so_far
        )

    def _destroy(self, channel: Channel) -> None:
        del self.channels[channel.uuid]
        channel.is_destroyed = True
        channel.emit("CHANNEL_DESTROY")
        channel.run_state("CS_DESTROY")
        channel.touch()

    def take_invite(
        self, caller: End, profile: str, context: str, user: str, proof: Mapping[str, str] | None = None
    ) -> None:
        invite.take(self, caller, profile, context, user, proof or {})

    def dial(self, *, number: str, name: str, number_from: str, sends: str, reply: Callable[[str], None]) -> None:
        """A robot calls a number of profile `external`, with a display name that no dial string could carry.

        sends: the robot's extension, `talk` or `silent`. reply: as originate's.
        """
        port = next(profile.port for profile in self.profiles if profile.name == "external")
        request = originate.Request(
            f"sofia/robots/{number}@127.0.0.1:{port}",
            {
                "origination_caller_id_name": name,
                "origination_caller_id_number": number_from,
                "ignore_early_media": "true",
                "media_timeout": "0",
            },
            extension=sends,
            dialplan="XML",
            context="robots",
        )
        originate.originate(self, request, reply)

    def register(self, user: str, rung_at: str, call_id: str = "") -> None:
        registrations.register(self, user, rung_at, call_id)

    def unregister(self, user: str) -> None:
        registrations.unregister(self, user)

    def expire(self, user: str) -> None:
        registrations.expire(self, user)

    def route(self, channel: Channel) -> None:
        """The routing state: an inbound or transferred leg meets the dialplan, one that is rung waits."""
        if channel.direction == "outbound" and "ORIGINATING" in channel.flags:
            channel.set_state("CS_CONSUME_MEDIA")
            return
        profile = channel.profile
        if profile.dialplan.lower() == "inline":
            actions = api_commands.inline_actions(profile.destination)
            # The text of an inline dialplan is no number: what was dialled comes back (mod_dptools.c:98).
            profile.destination, profile.rdnis = profile.rdnis, ""
        else:
            actions, caught = self.dialplan.actions(
                profile.context, profile.destination, lambda text: expand(channel, text)
            )
            if caught:
                channel.variables["DP_MATCH"] = caught
        if not actions:
            channel.hang_up("NO_ROUTE_DESTINATION")
            return
        channel.sort_caller_id()
        channel.extension = iter(actions)
        channel.set_state("CS_EXECUTE")

    def run_hooks(self, channel: Channel, prefix: str) -> None:
        """Every variable whose name begins so is a command (switch_channel_api_on)."""
        # `in` first, which is much faster than startswith(): some sixty names are looked at, ten times a call.
        hooks = [name for name in channel.variables if prefix in name and name.startswith(prefix)]
        for text in [channel.variables[name] for name in sorted(hooks)]:
            if isinstance(text, str):
                api_commands.run(self, expand(channel, text), lambda _: None)
