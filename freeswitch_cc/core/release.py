"""The end of a call: every leg is to go, and when nobody is left it has ended.

Shared by all features; it starts nothing.
"""

from freeswitch_cc.core.facts import DROPPED_BY_SWITCH
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.words import CallOutcome, Phase, VisitOutcome


def is_dropped(scene: Scene) -> bool:
    """Did the switch hang the customer up on its own account? He did not give up then.

    Of a number that was called such a cause says nothing before they have talked."""
    customer = scene.customer
    if scene.the_call.placed is not None and scene.the_call.bridged_at is None:
        return False
    return customer is not None and not customer.is_live and customer.hangup_cause in DROPPED_BY_SWITCH


def end(scene: Scene, outcome: CallOutcome) -> None:
    """Every leg is to go. The outcome is told once: the first one stays."""
    for leg in scene.live_legs():
        scene.want_gone(leg)
    if scene.the_call.phase not in (Phase.ENDING, Phase.ENDED):
        scene.change_call(phase=Phase.ENDING, held_by=None, held_at=None, step=None, step_due_at=None)
    outcome = CallOutcome.DROPPED_BY_SWITCH if is_dropped(scene) else outcome
    scene.change_call(outcome=scene.the_call.outcome or outcome)


def finish(scene: Scene) -> None:
    """A call that is ending has ended when its last leg is gone."""
    call = scene.the_call
    if call.phase is not Phase.ENDING or any(True for _ in scene.live_legs()):
        return
    visit = scene.open_visit
    ended_at = max([scene.at, call.started_at, *(leg.ended_at for leg in scene.legs.values() if leg.ended_at)])
    if visit is not None:
        scene.change_visit(visit, outcome=VisitOutcome.LEFT_OTHERWISE, left_at=max(scene.our_at, visit.entered_at))
    scene.change_call(phase=Phase.ENDED, ended_at=ended_at)
    scene.because("ended")
