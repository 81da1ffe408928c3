"""Legs that no record holds as alive: found on the switch, or showing up when nobody waits for them any more.

Nothing is wanted of them, so core.moves does not see them: one is parked, for its PARK tells everything about it, or
killed, or somebody is told of it. Nothing is written down here.
"""

from freeswitch_cc.core.commands import Kill, Park
from freeswitch_cc.core.events import LegFound, LegParked, LegRinging
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.words import Role


def find_again(scene: Scene, event: LegFound) -> None:
    """Park a leg that nobody wrote down: its PARK then tells everything about it. One that is written down is known."""
    known = scene.legs.get(event.leg_id)
    if known is not None and known.is_live:
        return
    if known is not None and known.role is Role.CUSTOMER:
        # His call is over here and he is alive there: the switch's own rescue has him, somebody must be told.
        scene.alarm("alive_after_the_end", known)
        # Nobody called us there, we called him, and for him there is nothing to come but costs.
        if scene.the_call.placed is not None:
            scene.commands.append(Kill(**scene.about(known)))
        return
    scene.because("found on the switch, written down nowhere")
    scene.commands.append(
        Park(
            command_id=scene.ids.draw(),
            switch_id=event.switch_id,
            call_id=event.call_id,
            leg_id=event.leg_id,
        )
    )


def turn_away(scene: Scene, event: LegParked | LegRinging) -> None:
    """A leg of ours that shows up after its end was written down, or that we never wrote down: it is nobody's."""
    if isinstance(event, LegParked) and event.is_inbound:
        return
    known = scene.legs.get(event.leg_id)
    if known is not None and (known.ended_at is None or known.ended_at > event.at):
        return
    scene.because("a leg that nobody waits for showed up")
    scene.commands.append(
        Kill(
            command_id=scene.ids.draw(),
            switch_id=scene.the_call.switch_id,
            call_id=event.call_id,
            leg_id=event.leg_id,
        )
    )
