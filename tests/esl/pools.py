"""A pool on a scripted switch, and a command for it."""

from freeswitch_cc.core.commands import Park
from freeswitch_cc.esl.pool import Pool
from tests.esl.server import PASSWORD

A = "11111111-1111-4111-8111-111111111111"
C = "22222222-2222-4222-8222-222222222222"
CALL = "0b2f2c1e-6a52-4a3b-9f0e-5a3c1f6d7e80"
BASE = {"switch_id": "sw1", "call_id": CALL}


def command_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def park(number: int = 1, leg: str = A) -> Park:
    return Park(command_id=command_id(number), leg_id=leg, **BASE)


def pool_at(port: int, size: int = 2, timeout_s: float = 2.0, line_s: float | None = None) -> Pool:
    return Pool("sw1", "127.0.0.1", port, PASSWORD, size=size, timeout_s=timeout_s, line_s=line_s)
