"""Phones and trunks: what two channels say to each other in SIP. mod_sofia, and loopback's little delay.

A Dialog has two Ends, one a channel. What an End hears waits in its channel's signals and is looked at by its thread,
as sofia's own queue is; an end that has hung up hears nothing. No UDP is sent. What it then does: hearing.py.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from freeswitch_cc.simulator import hearing
from freeswitch_cc.simulator.channel import Channel
from freeswitch_cc.simulator.states import CAUSE_OF_STATUS, STATUS_OF_CAUSE
from freeswitch_cc.simulator.threads import Body

if TYPE_CHECKING:
    from freeswitch_cc.simulator.world import World

WIRE_MS = 0.35


class Dialog:
    """A call between two ends, known by its Call-ID and two tags."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.call_id = world.draw_word(16)
        self.tags = (world.draw_word(13), world.draw_word(13))
        self.ends: list[End] = []


class End:
    """One side of a dialog: what it says, and what it does with what it hears."""

    def __init__(self, dialog: Dialog, channel: Channel, *, is_caller: bool) -> None:
        self.dialog = dialog
        self.channel = channel
        self.is_caller = is_caller
        self.is_over = False
        self.is_accepted = False
        self.ends_at_answer = False
        self.ends_by = ""  # the disposition, once the far end has ended it
        self.refusal = 0
        self._silent_since: float | None = None
        self.far: End | None = None
        for other in dialog.ends:
            self.far, other.far = other, self
        dialog.ends.append(self)
        channel.end = self
        channel.set("sip_call_id", dialog.call_id)
        own, far = dialog.tags if is_caller else dialog.tags[::-1]
        channel.set("sip_from_tag" if is_caller else "sip_to_tag", own)
        channel.set("sip_to_tag" if is_caller else "sip_from_tag", far)

    def send(self, hear: "Callable[[End], Body]") -> None:
        """The far end hears it a moment later, when its thread looks."""
        far = self.far
        if far is None:
            return

        def arrive() -> None:
            if not far.channel.is_destroyed:
                far.channel.signals.append(lambda: hear(far))
                far.channel.touch()

        self.dialog.world.clock.after(WIRE_MS, arrive)

    # -- the beginning ---------------------------------------------------------------------------

    def on_init(self) -> None:
        """The channel is there: an outbound one sends its INVITE (sofia_on_init)."""
        if self.is_caller:
            self.dialog.world.invite(self)
        self.channel.set_state("CS_ROUTING")

    def fail(self, cause: str) -> None:
        """Nobody listens there, or the host is unknown."""

        def hear() -> Body:
            self.is_over, self.ends_by = True, "recv_refuse"
            self.channel.set("sip_hangup_disposition", self.ends_by)
            self.channel.set("sip_term_status", "503")
            self.channel.set("proto_specific_hangup_cause", "sip:503")
            self.channel.hang_up(cause)
            yield from ()

        self.channel.signals.append(hear)
        self.channel.touch()

    def ring(self) -> None:
        self.send(hearing.ringing)

    def send_early_media(self) -> None:
        self.send(hearing.early)

    def accept(self) -> None:
        self.is_accepted = True
        self.send(hearing.answered)
        self.sound()

    def refuse(self, status: int) -> None:
        """A final answer that is no 200; the channel ends with the cause that belongs to it."""
        self.refusal = status
        self.channel.hang_up(CAUSE_OF_STATUS.get(status, "NORMAL_TEMPORARY_FAILURE"))

    def redirect(self, _to: str) -> None:
        self.refusal = 302
        self.channel.hang_up("NORMAL_CLEARING")

    # -- the end ---------------------------------------------------------------------------------

    def on_hangup(self) -> None:
        """sofia_on_hangup: BYE, CANCEL or a refusal, unless the far end was first."""
        channel = self.channel
        if self.is_over:
            channel.set("sip_hangup_disposition", self.ends_by)
            return
        self.is_over = True
        cause = channel.cause
        if channel.is_answered:
            channel.set("sip_hangup_disposition", "send_bye")
            self.send(lambda end: hearing.bye(end, cause))
        elif self.is_caller:
            channel.set("sip_hangup_disposition", "send_cancel")
            self.send(hearing.cancel)
        else:
            status = self.refusal or STATUS_OF_CAUSE.get(cause, 480)
            channel.set("sip_hangup_disposition", "send_refuse")
            self.send(lambda end: hearing.refused(end, status))

    # -- keys of a handset -----------------------------------------------------------------------

    def send_hold(self, is_on: bool) -> None:
        """A re-INVITE: sendonly, or sendrecv again."""
        self.send(hearing.hold if is_on else hearing.unhold)

    def send_refer(self, address: str, reply: Callable[[str], None]) -> None:
        """A REFER; this side hangs up once the far side has told how it went, whatever it told."""
        own = self.channel

        def report(text: str) -> None:
            own.switch.clock.after(WIRE_MS, lambda: own.hang_up("BLIND_TRANSFER"))
            # The command that sent the REFER polls for the answer (mod_sofia waits 100 ms between two looks).
            own.switch.clock.after(60.0, lambda: reply(text))

        self.send(lambda end: hearing.refer(end, address, report))

    def send_talk(self) -> None:
        """A NOTIFY that asks the phone to answer."""
        self.send(hearing.talk)

    def send_digits(self, digits: str) -> None:
        """RFC 2833: each takes its 250 ms of tone (t17: 0.28, 0.81 and 1.31 s after the key was pressed)."""
        clock = self.dialog.world.clock
        for place, digit in enumerate(digits):
            clock.after(250.0 + 520.0 * place, lambda digit=digit: self.send(lambda end: hearing.digit(end, digit)))  # type: ignore[misc]

    # -- sound -----------------------------------------------------------------------------------

    def sound(self) -> None:
        """This side is heard from now on: its packets are the far side's frames."""
        self._silent_since = None
        if self.far is not None and self.far.channel.thread is not None:
            self.far.channel.thread.frames = self.channel.switch.timing

    def fall_silent(self) -> None:
        """This side sends no audio from now on; the far side's media_timeout begins."""
        far = self.far
        if far is None or not self.channel.is_answered:
            return
        if far.channel.thread is not None:
            far.channel.thread.frames = far.channel.switch.timing
        self._silent_since = since = self.dialog.world.clock.now
        limit = far.channel.get("media_timeout")
        if not limit.isdigit() or int(limit) == 0:
            return

        def check() -> None:
            if self._silent_since == since and far.channel.is_answered and not far.channel.is_down:
                far.channel.hang_up("MEDIA_TIMEOUT")

        self.dialog.world.clock.after(float(limit), check)
