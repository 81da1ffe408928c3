"""fcc_match on centers that nobody thought of, held against a model in plain Python (tests/store/match_model.py).

Nobody waits beside a ready agent who may have him, nobody overtakes his equal, nobody has two offers, and every offer
is the one that the model makes, with the model's counts in its log.
"""

from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from itertools import combinations

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from freeswitch_cc.store.db import Session
from tests.database import Database
from tests.store import match_model as model
from tests.store.match_center import SWITCHES, Writer, draw_center
from tests.store.match_model import Center

OFFERS = """
    SELECT o.call_id, o.agent_id, m.tier, m.eligible, m.ready, m.because
      FROM match_log m JOIN offer o USING (offer_id) ORDER BY m.log_id
"""


@pytest.fixture(scope="module")
def session(database_url: str) -> Iterator[Session]:
    session = Session(database_url)
    yield session
    session.close()


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**63))
def test_every_match_is_the_one_that_the_rules_make(db: Database, session: Session, seed: int) -> None:
    center = draw_center(seed)
    Writer(db, center).write()
    told = session.match([SWITCHES[0]], 3000).offers
    rows = db.rows(OFFERS)
    assert (
        len(told)
        == len(rows)
        == db.value("SELECT count(*) FROM offer WHERE outcome IS NULL")
        - sum(agent.left_open for agent in center.agents)
    ), "one row of the log for each offer"
    calls = {call.call_id: number for number, call in enumerate(center.calls)}
    agents = {agent.agent_id: number for number, agent in enumerate(center.agents)}
    pairs = [(calls[row["call_id"]], agents[row["agent_id"]]) for row in rows]
    event(f"{len(pairs)} offers")

    assert_nobody_has_two(pairs)
    assert_nobody_waits_beside_a_ready_agent(center, pairs)
    assert_nobody_overtakes_his_equal(center, pairs)

    taken = dict(pairs)
    expected = model.match(deepcopy(center), drawn=lambda call: taken[call])
    assert [(made.call, made.agent) for made in expected] == pairs
    for made, row in zip(expected, rows, strict=True):
        assert made.agent in made.best
        counts = (row["tier"] - 1, row["eligible"], row["ready"])
        assert counts == (made.tier, made.eligible, made.ready), row["because"]
    assert session.match([SWITCHES[0]], 3000).offers == [], "nothing fits any more"


def assert_nobody_has_two(pairs: list[tuple[int, int]]) -> None:
    for side in zip(*pairs, strict=True):
        assert max(Counter(side).values()) == 1


def assert_nobody_waits_beside_a_ready_agent(center: Center, pairs: list[tuple[int, int]]) -> None:
    served, taken = {call for call, _ in pairs}, {agent for _, agent in pairs}
    left = [number for number, agent in enumerate(center.agents) if agent.is_ready and number not in taken]
    for number, call in enumerate(center.calls):
        if call.is_ours and number not in served:
            assert [agent for agent in left if model.may_have(center, call, agent)] == [], f"call {number} waits"
        assert call.is_ours or number not in served, "it is not ours to offer"


def assert_nobody_overtakes_his_equal(center: Center, pairs: list[tuple[int, int]]) -> None:
    """Equals: of one queue, worth the same, asking the same, and nobody is preferred by them or was tried for them."""
    turn = {call: number for number, (call, _) in enumerate(pairs)}
    plain = [
        number
        for number, call in enumerate(center.calls)
        if call.is_ours and not call.is_returned and call.preferred is None and not call.tries
    ]
    for one, other in combinations(plain, 2):
        earlier, later = sorted((one, other), key=lambda number: -center.calls[number].waited_s)
        first, second = center.calls[earlier], center.calls[later]
        is_equal = (first.queue, first.priority, first.asks, first.is_forgotten) == (
            second.queue,
            second.priority,
            second.asks,
            second.is_forgotten,
        )
        if is_equal and first.waited_s > second.waited_s and later in turn:
            assert earlier in turn, f"call {later} was served, and {earlier} waits on"
            assert turn[earlier] < turn[later]
