"""Commands as tests write them, and the text that they become."""

from freeswitch_cc.core.commands import Command, Originate
from freeswitch_cc.esl.render import render
from freeswitch_cc.esl.render_settings import RenderSettings

ID = "00000000-0000-4000-8000-000000000001"
CALL = "0b2f2c1e-6a52-4a3b-9f0e-5a3c1f6d7e80"
A = "11111111-1111-4111-8111-111111111111"
C = "22222222-2222-4222-8222-222222222222"
SETTINGS = RenderSettings()
BASE = {"command_id": ID, "switch_id": "sw1", "call_id": CALL}


def originate(**more: object) -> Originate:
    values: dict[str, object] = {"leg_id": A, "role": "agent", "contact": "user/1001@center", "ring_ms": 15_000}
    return Originate(**(BASE | values | more))  # type: ignore[arg-type]


def text_of(command: Command) -> str:
    return render(command, SETTINGS).data.decode()
