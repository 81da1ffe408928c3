"""fcc_save adds what is new and changes what changed: what is not there any more is decided again."""

from dataclasses import replace
from uuid import uuid4

import pytest

from freeswitch_cc.core.call import Leg
from freeswitch_cc.core.scene import Decision
from freeswitch_cc.core.words import Role, Seen, Want
from freeswitch_cc.store.postgres import LostRace
from tests.database import Database
from tests.floor import Floor
from tests.store.saving import save, view_of


@pytest.mark.parametrize("changed", ["call", "legs", "visits"])
def test_what_changed_and_is_not_there_is_decided_again(floor: Floor, changed: str) -> None:
    call_id = floor.arrive()
    view = view_of(floor.session, call_id)
    assert view.call is not None
    assert view.visit is not None
    nobody_s = str(uuid4())
    decision = {
        "call": Decision(call=replace(view.call, call_id=nobody_s)),
        "legs": Decision(legs=(view.legs[0], replace(view.legs[0], leg_id=nobody_s))),
        "visits": Decision(visits=(replace(view.visit, visit_id=nobody_s),)),
    }[changed]
    with pytest.raises(LostRace, match="not there any more"):
        save(floor.session, decision)
    floor.session.rollback()
    assert view_of(floor.session, call_id) == view


def test_a_leg_of_long_ago_that_no_view_shows_may_be_added_again(floor: Floor, db: Database) -> None:
    floor.add_agent("ann")
    call_id = floor.arrive()
    floor.match()
    floor.refuse(call_id)
    db.run("UPDATE leg SET ended_at = ended_at - interval '1 min' WHERE role = 'agent'")
    leg_id = floor.agent_leg(call_id)
    before = db.one("SELECT * FROM leg WHERE leg_id = %(id)s", id=leg_id)
    assert view_of(floor.session, call_id).leg(leg_id) is None
    gone = Leg(
        leg_id=leg_id,
        call_id=call_id,
        switch_id=floor.switch_id,
        role=Role.AGENT,
        want=Want.GONE,
        seen=Seen.GONE,
        hangup_cause="NORMAL_CLEARING",
        ended_at=before["ended_at"],
    )
    save(floor.session, Decision(legs=(gone,), new=frozenset({leg_id})))
    assert db.value("SELECT hangup_cause FROM leg WHERE leg_id = %(id)s", id=leg_id) == "NORMAL_CLEARING"
