"""How a call that an agent asks for begins: it is allowed or refused, and the agents in it are reserved.

In the transaction of the request itself, so that nobody is offered anything meanwhile. What becomes of it: core.direct.
"""

from freeswitch_cc.core.agent_state import Refusal, check_in_time, enter
from freeswitch_cc.core.call import Call, Leg
from freeswitch_cc.core.dialling import Dialling, Party, Placed
from freeswitch_cc.core.events import DialAsked
from freeswitch_cc.core.policy import (
    Target,
    caller_id_of,
    check_called,
    check_caller,
    check_number,
    parse_target,
)
from freeswitch_cc.core.said_to_people import Answer
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.words import Activity, Origin, Phase, Role


def place(scene: Scene, asked: DialAsked) -> bool:
    """Begin the call, or refuse it; the answer is the scene's. Was it begun?"""
    if scene.call is not None:
        return False  # taken twice: the first one began it, and answered
    dialling = scene.view.dialling or Dialling()
    try:
        check_in_time(asked.asked_at, scene.now, scene.timeouts.request_ms)
        target = parse_target(asked.to)
        caller = check_caller(scene.agents.get(asked.agent_id), dialling.agent)
        if target.kind == "number":
            placed = _to_number(dialling, caller, target, asked.caller_id)
        else:
            placed = _to_agent(scene, dialling, caller, target, asked.caller_id)
    except Refusal as refusal:
        scene.answer = Answer(
            request_id=asked.request_id, state="refused", reason=refusal.reason, message=refusal.message
        )
        scene.because(refusal.message)
        return False
    _begin(scene, asked, target, caller, placed)
    message = f"{caller.login}'s phone rings first, then {target.value} is called"
    scene.answer = Answer(request_id=asked.request_id, state="done", message=message)
    scene.because(f"asked for a call to {target}: {message}")
    return True


def _to_number(dialling: Dialling, caller: Party, target: Target, caller_id: str) -> Placed:
    return Placed(
        agent_id=caller.agent_id,
        contact=caller.contact,
        ring_ms=dialling.agent_ring_ms,
        to_contact=check_number(dialling, caller, target.value),
        to_ring_ms=dialling.ring_ms,
        caller_number=caller_id_of(caller, caller_id),
        limit_ms=dialling.max_call_ms,
        hold_music=dialling.hold_music,
    )


def _to_agent(scene: Scene, dialling: Dialling, caller: Party, target: Target, caller_id: str) -> Placed:
    if caller_id:
        raise Refusal("bad_arguments", "a caller ID goes with a number: an agent is shown who calls him")
    known = scene.agents.get(dialling.target.agent_id) if dialling.target is not None else None
    called = check_called(known, dialling.target, caller, target.value)
    return Placed(
        agent_id=caller.agent_id,
        contact=caller.contact,
        ring_ms=dialling.agent_ring_ms,
        to_contact=called.contact,
        to_ring_ms=dialling.agent_ring_ms,
        to_agent_id=called.agent_id,
        caller_name=caller.name,
        hold_music=dialling.hold_music,
    )


def _begin(scene: Scene, asked: DialAsked, target: Target, caller: Party, placed: Placed) -> None:
    scene.call = Call(
        call_id=asked.call_id,
        switch_id=asked.switch_id,
        phase=Phase.DIALING,
        started_at=scene.now,
        origin=Origin.INTERNAL if placed.to_agent_id is not None else Origin.OUTBOUND,
        caller_number=placed.caller_number,
        caller_name=caller.name,
        dialled=str(target),
        placed=placed,
    )
    leg_id = scene.ids.draw()
    scene.legs[leg_id] = Leg(
        leg_id=leg_id,
        call_id=asked.call_id,
        switch_id=asked.switch_id,
        role=Role.AGENT,
        agent_id=placed.agent_id,
        contact=placed.contact,
        ring_ms=placed.ring_ms,
        segment_at=scene.now,
    )
    due_at = scene.after(placed.ring_ms + 2 * scene.timeouts.offer_grace_ms)
    for agent_id in filter(None, (placed.agent_id, placed.to_agent_id)):
        agent = enter(scene.agents[agent_id], Activity.RESERVED, scene.now)
        scene.agents[agent_id] = agent
        scene.change_agent(agent_id, call_id=asked.call_id, due_at=due_at)
