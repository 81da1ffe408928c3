"""Offers that nobody could take: what they make of the agents, whole, through the database."""

from freeswitch_cc.core import events
from tests.database import Database
from tests.floor import Floor


def test_a_paused_switch_leaves_every_agent_where_he_is(floor: Floor, db: Database) -> None:
    for number in range(3):
        floor.add_agent(f"agent{number}")
    for _ in range(4):
        floor.arrive()
    offers = 0
    while pairs := floor.match():
        for _, call_id in pairs:
            offers += 1
            leg_id = floor.agent_leg(call_id)
            command_id = str(db.value("SELECT command_id FROM leg WHERE leg_id = %(id)s", id=leg_id))
            floor.happen(
                events.CommandRefused(
                    call_id=call_id,
                    command_id=command_id,
                    kind="originate",
                    leg_ids=(leg_id,),
                    reason="DESTINATION_OUT_OF_ORDER",
                )
            )
    assert offers >= 9, "each of them was refused often enough to be taken for away"
    assert db.one("SELECT min(presence) AS presence, max(failures) AS failures, count(*) FROM agent") == {
        "presence": "available",
        "failures": 0,
        "count": 3,
    }
    withdrawn = {"outcome": "withdrawn", "cause": "DESTINATION_OUT_OF_ORDER"}
    assert db.rows("SELECT DISTINCT outcome, cause FROM offer") == [withdrawn]
    assert db.rows("SELECT DISTINCT kind FROM alarm") == [{"kind": "cannot_originate"}]


def test_when_his_phone_has_failed_last_is_kept(floor: Floor, db: Database) -> None:
    ann = floor.add_agent("ann")
    calls = [floor.arrive() for _ in range(3)]
    for _ in calls:
        floor.match()
        call_id = str(db.value("SELECT call_id FROM offer WHERE outcome IS NULL"))
        floor.refuse(call_id, "USER_NOT_REGISTERED")
    assert db.rows("SELECT DISTINCT outcome FROM offer") == [{"outcome": "unreachable"}]
    agent = floor.agent(ann)
    assert (agent["failures"], agent["presence"]) == (1, "available")
    assert agent["failed_at"] is not None
