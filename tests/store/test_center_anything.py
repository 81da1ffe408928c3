"""Whatever a center was before and is now: the tables say what the file says, and it was foretold."""

from collections.abc import Iterator
from dataclasses import asdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, NullPool, create_engine, make_url

from freeswitch_cc.center import (
    AgentSettings,
    CallerSettings,
    Center,
    EntryPointSettings,
    QueueSettings,
    ReasonSettings,
    TierSettings,
)
from freeswitch_cc.core.words import Strategy
from freeswitch_cc.store.center import difference
from freeswitch_cc.store.wanted import eligibility_of, qualifications_of
from tests.database import Database
from tests.store.test_center import applied

LOGINS = ("ann", "ben", "cy", "dee")
SKILLS = ("a", "b")
GROUPS = ("x", "y")

asked = st.sampled_from(("a", "a >= 5", "b or group:x", "not group:y", "a and not b"))
some_logins = st.lists(st.sampled_from(LOGINS), unique=True).map(tuple)


@st.composite
def centers(draw: st.DrawFn) -> Center:
    logins = draw(st.sets(st.sampled_from(LOGINS)))

    def named() -> tuple[str, ...]:
        return tuple(login for login in draw(some_logins) if login in logins)

    def tiers() -> tuple[TierSettings, ...]:
        return tuple(
            TierSettings(after_ms=after_ms, requires=draw(st.none() | asked), agents=named())
            for after_ms in sorted(draw(st.sets(st.sampled_from((10, 20, 30)))))
        )

    queues = tuple(
        QueueSettings(
            name=name,
            agents=named(),
            requires=draw(st.none() | asked),
            tiers=tiers(),
            strategy=draw(st.sampled_from((Strategy.LONGEST_IDLE, Strategy.TOP_DOWN))),
        )
        for name in draw(st.lists(st.sampled_from(("q1", "q2")), unique=True))
    )
    return Center(
        timezone=draw(st.sampled_from(("UTC", "Asia/Tokyo"))),
        skills=SKILLS,
        groups=GROUPS,
        reasons=draw(st.none() | st.just((ReasonSettings(name="break"),))),
        agents=tuple(
            AgentSettings(
                login=login,
                name=login,
                contact=f"user/{login}@example.test",
                skills=draw(st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 10))),
                groups=tuple(draw(st.sets(st.sampled_from(GROUPS)))),
            )
            for login in draw(st.permutations(sorted(logins)))
        ),
        queues=queues,
        entry_points=tuple(
            EntryPointSettings(number=f"7{n}", queue=queue.name, requires=draw(st.none() | asked))
            for n, queue in enumerate(queues)
        ),
        known_callers=tuple(CallerSettings(number=login, agent=login) for login in named()),
    )


@pytest.fixture(scope="module")
def store(database_url: str) -> Iterator[Engine]:
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg2"), poolclass=NullPool)
    yield engine
    engine.dispose()


# Each center is applied to what the one before it left behind, so that every example is a change of its own.
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(centers())
def test_the_tables_say_what_the_file_says_and_what_was_foretold(store: Engine, db: Database, center: Center) -> None:
    with store.begin() as connection:
        foretold = difference(connection, center)
    assert applied(store, center) == foretold
    assert not applied(store, center).changes

    eligible = db.rows(
        "SELECT q.name, login, tier, after_ms, position FROM eligibility"
        " JOIN agent USING (agent_id) JOIN queue q USING (queue_id)"
    )
    assert {(row.pop("name"), row.pop("login")): row for row in eligible} == {
        pair: asdict(place) for pair, place in eligibility_of(center).items()
    }
    qualified = db.rows(
        "SELECT expression, array_remove(array_agg(login ORDER BY login), NULL) AS logins FROM requirement"
        " LEFT JOIN qualification USING (requirement_id) LEFT JOIN agent USING (agent_id) GROUP BY 1"
    )
    assert {row["expression"]: row["logins"] for row in qualified} == qualifications_of(center)
    levels = db.rows(
        "SELECT login, s.name, level FROM agent_skill JOIN agent USING (agent_id) JOIN skill s USING (skill_id)"
    )
    assert {(row["login"], row["name"], row["level"]) for row in levels} == {
        (agent.login, name, level) for agent in center.agents for name, level in agent.skills.items()
    }
    members = db.rows(
        "SELECT login, g.name FROM group_member JOIN agent USING (agent_id) JOIN agent_group g USING (group_id)"
    )
    assert {(row["login"], row["name"]) for row in members} == {
        (agent.login, name) for agent in center.agents for name in agent.groups
    }
