"""One channel of the switch: state, flags, variables, profile, and the events of its own. switch_channel.c.

How its thread lives stands in session.py, what it runs in apps.py; SIP in sip.py, plain values in records.py.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from freeswitch_cc.simulator.records import PrivateEvent, Profile, Times
from freeswitch_cc.simulator.states import FORGETS_HOLD, HANGUP, NUMBERS, Q850, ROUTING
from freeswitch_cc.simulator.threads import FRAME_MS, Body, Thread

if TYPE_CHECKING:
    from freeswitch_cc.simulator.conference import Member
    from freeswitch_cc.simulator.sip import End
    from freeswitch_cc.simulator.switch import Switch

Value = str | list[str]


class Channel:
    """A leg. watchers: threads that look at this one now and must be woken when it changes."""

    def __init__(self, switch: "Switch", uuid: str, name: str, profile: Profile) -> None:
        self.switch = switch
        self.uuid = uuid
        self.name = name
        self.direction = profile.direction
        self.profile = profile
        self.originator: Profile | None = None
        self.originatee: Profile | None = None
        self.other_type = ""
        self.state = "CS_NEW"
        self.running = "CS_NEW"
        self.call_state = "DOWN"
        self.cause = ""
        self.is_destroyed = False
        self.has_dialplan = profile.direction == "inbound"
        self.flags: set[str] = set()
        self.state_flags: set[str] = set()
        self.handlers: list[str] = []
        self.variables: dict[str, Value] = {}
        self.private: dict[str, Any] = {}
        self.private_events: deque[PrivateEvent] = deque()
        self.urgent_events: deque[PrivateEvent] = deque()
        self.signals: deque[Callable[[], Body]] = deque()
        self.digits: deque[str] = deque()
        self.extension: Iterator[tuple[str, str]] | None = None
        self.thread: Thread | None = None
        self.end: End | None = None
        self.member: Member | None = None
        self.watchers: set[Thread] = set()
        self.created_us = switch.now_us()
        self._was_hung_up = False
        profile.times.created = profile.times.profile_created = self.created_us
        profile.uuid = switch.draw_uuid()

    def __repr__(self) -> str:
        return f"<{self.name} {self.uuid[:8]} {self.state}>"

    # -- looking ---------------------------------------------------------------------------------

    @property
    def number(self) -> int:
        return NUMBERS[self.state]

    @property
    def is_down(self) -> bool:
        """switch_channel_down_nosig"""
        return self.number >= HANGUP

    @property
    def is_answered(self) -> bool:
        return "ANSWERED" in self.flags

    @property
    def has_media(self) -> bool:
        return "ANSWERED" in self.flags or "EARLY_MEDIA" in self.flags

    def is_ready(self) -> bool:
        """switch_channel_ready (switch_channel.c, switch_channel_test_ready)"""
        if self.cause or not ROUTING < self.number < HANGUP or self.state == "CS_RESET":
            return False
        if "TRANSFER" in self.flags or "NOT_READY" in self.flags:
            return False
        # A change of state that is pending stops only the session's own thread.
        return self.running == self.state or self.thread is None or not self.thread.is_running

    def get(self, name: str) -> str:
        """A variable as text; where the leg has none, the switch's own is looked up; empty when there is none."""
        value = self.variables.get(name)
        if value is None:
            value = self.switch.variables.get(name, "")
        return "ARRAY::" + "|:".join(value) if isinstance(value, list) else value

    # -- changing --------------------------------------------------------------------------------

    def touch(self) -> None:
        """Something has changed: wake whoever looks."""
        if self.thread is not None:
            self.thread.poke()
        for watcher in tuple(self.watchers):
            watcher.poke()

    def ask(self, event: PrivateEvent) -> None:
        """Queue something for the session to do; a thread that sleeps is not woken by it (switch_core_session.c)."""
        (self.urgent_events if event.is_urgent else self.private_events).append(event)
        if self.thread is not None:
            self.thread.nudge()

    def set(self, name: str, value: str | None) -> None:
        """An empty value unsets."""
        if value:
            self.variables[name] = value
        else:
            self.variables.pop(name, None)

    def push(self, name: str, value: str) -> None:
        """Add to a list; a list of one is plain text (SWITCH_STACK_PUSH)."""
        before = self.variables.get(name)
        if before is None:
            self.variables[name] = value
        else:
            self.variables[name] = [*(before if isinstance(before, list) else [before]), value]

    def flag(self, *names: str) -> None:
        self.flags.update(names)
        self.touch()

    def unflag(self, *names: str) -> None:
        self.flags.difference_update(names)
        self.touch()

    def set_state(self, state: str) -> None:
        """Ask for a state; the thread goes there (switch_channel_perform_set_state). Who has ended stays ended."""
        if state == self.state or (self.is_down and NUMBERS[state] < HANGUP):
            return
        self.state = state
        self.touch()

    def run_state(self, state: str) -> None:
        """The thread arrives in a state (switch_channel_perform_set_running_state)."""
        self.flags |= self.state_flags
        self.state_flags.clear()
        self.running = state
        if self.direction == "inbound" and NUMBERS[state] < HANGUP:
            if state == "CS_ROUTING":
                self.set_call_state("RINGING")
            elif self.is_answered:
                self.set_call_state("ACTIVE")
            elif "EARLY_MEDIA" in self.flags:
                self.set_call_state("EARLY")
        self.emit("CHANNEL_STATE")
        if state in FORGETS_HOLD:
            self._forget_hold()

    def be_active_again(self) -> None:
        """Who was taken back is talking again with the next frame, or the next state (switch_core_io.c:940)."""
        if self.call_state == "UNHELD":
            self.set_call_state("ACTIVE")

    def set_call_state(self, call_state: str) -> None:
        if call_state == self.call_state:
            return
        before, self.call_state = self.call_state, call_state
        self.emit("CHANNEL_CALLSTATE", {"Original-Channel-Call-State": before})

    def stop_broadcast(self) -> None:
        is_to_come = self.urgent_events or "EVENT_LOCK_PRI" in self.flags
        if "BROADCAST" in self.flags or (is_to_come and not self.switch.traps.hold_music_sticks):
            self.flag("STOP_BROADCAST", "BREAK")

    def mark_hold(self, is_on: bool) -> None:
        """switch_channel_mark_hold: the leg holds its partner, or takes him back."""
        if is_on == ("LEG_HOLDING" in self.flags):
            return
        if is_on:
            self.set_call_state("HELD")
            self.flag("LEG_HOLDING")
            self.profile.times.last_hold = self.switch.now_us()
        else:
            self._forget_hold()
        self.emit("CHANNEL_HOLD" if is_on else "CHANNEL_UNHOLD")

    def _forget_hold(self) -> None:
        """switch_channel_clear_flag: no event of its own. The handset may hold on, and nothing tells of its end."""
        if "LEG_HOLDING" not in self.flags:
            return
        self.set_call_state("UNHELD")
        self.unflag("LEG_HOLDING")
        times = self.profile.times
        if times.last_hold:  # not in a profile that is newer than the hold (t34, t42)
            times.hold_accum += self.switch.now_us() - times.last_hold
        # With the next frame that is read, and none is of a channel that has ended.
        self.switch.clock.after(FRAME_MS + 2.0, lambda: None if self.is_down else self.be_active_again())

    def hang_up(self, cause: str) -> None:
        """switch_channel_perform_hangup: the first one counts; the thread does the rest."""
        is_first, self._was_hung_up = not self._was_hung_up, True
        if "LEG_HOLDING" in self.flags:
            self.mark_hold(False)
            self.flag("HANGUP_HELD")
        if not is_first or self.is_down:
            return
        self.state = "CS_HANGUP"
        self.cause = cause or "NORMAL_CLEARING"
        partner = self.switch.find(self.get("bridge_to") or self.get("signal_bond"))
        if partner is not None:
            partner.set("last_bridge_hangup_cause", self.cause)
        if "BRIDGE_ORIGINATOR" in self.flags:
            self.set("last_bridge_role", "originator")
        elif "BRIDGED" in self.flags:
            self.set("last_bridge_role", "originatee")
        self.emit("CHANNEL_HANGUP")
        self.touch()

    def mark_end(self) -> None:
        """What the hangup state writes down (switch_core_session_hangup_state, switch_channel_set_timestamps)."""
        times = self.profile.times
        times.hangup = now = self.switch.now_us()
        self.stop_broadcast()
        self.set("hangup_cause", self.cause)
        self.set("hangup_cause_q850", str(Q850.get(self.cause, 31)))
        last = self.private.get("last_application")
        if last is not None:
            self.set("last_app", last[0])
            self.set("last_arg", last[1])
        held_ms = times.hold_accum // 1000
        talked_us = now - times.answered if times.answered else 0
        for name, value in (
            ("hold_accum_seconds", held_ms // 1000),
            ("hold_accum_ms", held_ms),
            ("hold_accum_usec", times.hold_accum),
            ("start_uepoch", times.created),
            ("answer_uepoch", times.answered),
            ("bridge_uepoch", times.bridged),
            ("end_uepoch", now),
            ("duration", (now - times.created) // 1_000_000),
            ("billsec", talked_us // 1_000_000),
            ("mduration", (now - times.created) // 1000),
            ("billmsec", talked_us // 1000),
        ):
            self.set(name, str(value))

    def step_profile(self) -> None:
        """A new profile of the same leg (switch_channel_step_caller_profile)."""
        self.set_profile(self.profile.clone())

    def set_profile(self, profile: Profile) -> None:
        profile.uuid = self.switch.draw_uuid()
        profile.index = str(int(self.profile.index) + 1)
        now_us, before = self.switch.now_us(), self.profile.times
        before.transfer = now_us
        profile.times = Times(
            profile_created=now_us,
            created=before.created,
            answered=before.answered,
            progress=before.progress,
            progress_media=before.progress_media,
            hangup=before.hangup,
        )
        self.profile = profile
        self.originator = self.originatee = None  # a clone knows no other leg (switch_caller_profile_clone)
        self.other_type = ""

    def sort_caller_id(self) -> None:
        """When it gets something to do, who was called becomes the caller (switch_channel_sort_cid)."""
        if self.direction == "outbound" and not self.has_dialplan:
            self.has_dialplan = True
            self.flip_caller_id()
        elif self.direction == "inbound" and "BLEG" in self.flags:
            self.flags.discard("BLEG")
            self.flip_caller_id()

    def flip_caller_id(self) -> None:
        """Who was called becomes the caller (switch_channel_flip_cid): who is parked, or is first in a bridge."""
        profile = self.profile
        if not self.get("pre_transfer_caller_id_number"):
            self.set("pre_transfer_caller_id_name", profile.caller_name)
            self.set("pre_transfer_caller_id_number", profile.caller_number)
        self.set("channel_cid_flipped", "yes")
        if "BRIDGED" in self.flags:
            profile.caller_name, profile.caller_number = profile.callee_name, profile.callee_number
            profile.callee_name = profile.callee_number = ""
        else:
            self.swap_caller_id()
        partner = self.switch.partner_of(self)
        bridged = {"Bridged-To": partner.uuid} if partner is not None else {}
        self.emit("CALL_UPDATE", {"Direction": "RECV", **bridged})

    def swap_caller_id(self) -> None:
        """Caller and callee change places (switch_channel_invert_cid)."""
        profile = self.profile
        profile.caller_name, profile.callee_name = profile.callee_name, profile.caller_name
        profile.caller_number, profile.callee_number = profile.callee_number, profile.caller_number

    def emit(self, event: str, first: dict[str, Any] | None = None, last: dict[str, Any] | None = None) -> None:
        """Fire an event of this channel. first and last: headers before and behind the channel's own."""
        self.switch.emit_of(self, event, first, last)
