"""What a switch tells of agents' phones: registrations that come and go, and codes that are dialled on them."""

from uuid import uuid4

from freeswitch_cc.core.phone_events import CodeDialled, PhoneChanged
from tests.engine.conftest import MakeLine
from tests.engine.fakes import ScriptedSwitch
from tests.engine.lines import Line
from tests.floor import Floor, until

USER = "ann@center"
CONTACT = f"user/{USER}"
NEVER = 3_600_000

DOWN, READY = ("not_ready", "device_down"), ("available", None)


def tell(switch: ScriptedSwitch, subclass: str, user: str = USER, call_id: str = "call-1") -> None:
    name, host = user.split("@")
    who = {"user": name, "host": host} if subclass == "expire" else {"from-user": name, "from-host": host}
    switch.tell({"Event-Subclass": f"sofia::{subclass}", "Event-Name": "CUSTOM", "call-id": call_id, **who})


def dial(switch: ScriptedSwitch, leg_id: str, code: str = "*43", user: str = USER) -> None:
    name, host = user.split("@")
    marks = {"fcc_call": leg_id, "fcc_role": "feature", "fcc_dialled": code, "user_name": name, "domain_name": host}
    said = {"Event-Name": "CHANNEL_PARK", "Unique-ID": leg_id, "Call-Direction": "inbound"}
    switch.tell({**said, **{f"variable_{key}": value for key, value in marks.items()}})


def asked(switch: ScriptedSwitch) -> int:
    return len(switch.asked("api sofia_contact"))


def state_of(floor: Floor, agent_id: str) -> tuple[str, str | None]:
    agent = floor.agent(agent_id)
    return agent["presence"], agent["reason"]


def code(floor: Floor, agent_id: str, dialled: str, leg_id: str = "") -> CodeDialled:
    return CodeDialled(
        agent_id=agent_id,
        switch_id=floor.switch_id,
        leg_id=leg_id or str(uuid4()),
        dialled=dialled,
        phone=CONTACT,
        command_id=str(uuid4()),
    )


def quiet_line(make_line: MakeLine, floor: Floor) -> Line:
    """Its looks are far apart, and what is told of phones is carried out as a worker would."""
    line = make_line(look_around_ms=NEVER, look_again_ms=NEVER, settle_ms=50)
    line.on_event = lambda event: floor.happen(event) if isinstance(event, PhoneChanged) else None
    return line


def begin(line: Line, switch: ScriptedSwitch) -> None:
    """It has begun, and knows who is registered now: on a busy machine it is ready before it has looked."""
    line.start()
    until(lambda: len(switch.asked("api show registrations")) == 2, "it has looked twice")
    until(lambda: line.link._phones.is_idle, "nothing is left to be done")
