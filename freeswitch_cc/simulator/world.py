"""Everything there is: one clock, one generator of chance, switches, and the wires between their SIP ports."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from freeswitch_cc.simulator.clock import Clock
from freeswitch_cc.simulator.conference_profiles import ConferenceProfile
from freeswitch_cc.simulator.dialplan import Dialplan
from freeswitch_cc.simulator.registrations import Book, proof_of
from freeswitch_cc.simulator.sip import WIRE_MS, End
from freeswitch_cc.simulator.switch import Switch
from freeswitch_cc.simulator.traps import Traps

_EPOCH_US = 1_795_000_000_000_000
_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class SipProfile:
    """A port that SIP is listened for on, and the context in which its calls begin.

    needs_password: whoever is not registered there is refused (407), as agents' phones are.
    """

    name: str
    port: int
    context: str
    needs_password: bool = False


_UUID_FIXED = 0xF000 << 64 | 0xC000 << 48
_UUID_VERSION_4 = 0x4000 << 64 | 0x8000 << 48


class World:
    """The same seed, the same commands at the same times: the same events.

    epoch_us: the wall clock, in microseconds since 1970, when the world's clock stands at 0.
    """

    def __init__(self, *, seed: int = 0, epoch_us: int = _EPOCH_US, traps: Traps | None = None) -> None:
        self.clock = Clock()
        self.random = Random(seed)
        self.epoch_us = epoch_us
        self.traps = traps if traps is not None else Traps()
        self._ports: dict[int, tuple[Switch, SipProfile]] = {}

    def switch(
        self,
        dialplan: Dialplan,
        profiles: Sequence[SipProfile],
        *,
        variables: Mapping[str, str] | None = None,
        users: Collection[str] = ("unreachable@robots",),
        conference_profiles: Mapping[str, ConferenceProfile] | None = None,
        gateways: Mapping[str, str] | None = None,
        book: Book | None = None,
    ) -> Switch:
        """Another switch, whose profiles are reached by all.

        variables: of the whole switch, `$${name}`. users: `user@domain` of its directory, whom no dial string reaches.
        gateways: by name, `host:port`. book: those who register.
        """
        conferences = conference_profiles or {}
        switch = Switch(self, dialplan, profiles, variables or {}, users, conferences, gateways or {}, book or Book())
        for profile in profiles:
            self._ports[profile.port] = (switch, profile)
        return switch

    def remove(self, switch: Switch) -> None:
        """It is no more, and nobody is told."""
        self._ports = {port: at for port, at in self._ports.items() if at[0] is not switch}

    def draw_uuid(self) -> str:
        """Of version 4, as uuid.UUID(int=..., version=4) writes it; a call draws some fifty of them."""
        bits = self.random.getrandbits(128) & ~_UUID_FIXED | _UUID_VERSION_4
        text = f"{bits:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def draw_word(self, length: int) -> str:
        return "".join(self.random.choices(_SIGNS, k=length))

    def invite(self, end: End) -> None:
        """Carry an INVITE to whoever listens at the port that the channel calls."""
        target = str(end.channel.private.get("sip_target", ""))
        user, _, host = target.partition("@")
        port = host.rpartition(":")[2]
        found = self._ports.get(int(port)) if port.isdigit() else None
        if found is None:
            # The machine says at once that nobody is there (ICMP), and sofia believes it.
            self.clock.after(WIRE_MS, lambda: end.fail("NORMAL_TEMPORARY_FAILURE"))
            return
        switch, profile = found
        proof = proof_of(switch, end.channel.variables) if profile.needs_password else {}
        if proof is None:
            self.clock.after(2 * WIRE_MS, lambda: end.fail("CALL_REJECTED"))
            return
        # Who is asked for a password sends his INVITE twice.
        takes_ms = WIRE_MS * (3 if profile.needs_password else 1)
        self.clock.after(takes_ms, lambda: switch.take_invite(end, profile.name, profile.context, user, proof))
