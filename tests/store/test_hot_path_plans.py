"""What every call asks goes by the right index, also while the statistics say that nothing is there: plans are kept."""

import pytest

from tests.floor import Floor

ASKED = {
    "one_open_offer_per_agent": "SELECT 1 FROM ready_agent WHERE agent_id = gen_random_uuid()",
    "one_open_offer_per_visit": """
        SELECT 1 FROM queue_visit w WHERE w.call_id = gen_random_uuid()
           AND NOT EXISTS (SELECT 1 FROM offer o WHERE o.visit_id = w.visit_id AND o.outcome IS NULL OFFSET 0)""",
    "offer_due": "SELECT 1 FROM offer WHERE outcome IS NULL AND expires_at < clock_timestamp()",
}


@pytest.mark.parametrize("index", ASKED)
def test_open_offers_are_looked_up_by_what_is_asked_of_them(floor: Floor, index: str) -> None:
    """Fifty ring at any moment: to go through all of them for each of five hundred agents cost half of a match."""
    plan = "\n".join(row[0] for row in floor.session.rows("EXPLAIN " + ASKED[index]))
    assert [name for name in ASKED if name in plan] == [index], plan
