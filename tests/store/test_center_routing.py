"""Skills, groups, tiers, requirements and known callers of a center file in the tables."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, NullPool, create_engine, make_url

from freeswitch_cc.center import (
    AgentSettings,
    CallerSettings,
    Center,
    DispositionSettings,
    EntryPointSettings,
    PriorityBySettings,
    QueueSettings,
    SwitchSettings,
    TierSettings,
)
from tests.database import Database
from tests.store.test_center import applied, counted, someone_called, told

ALICE = AgentSettings(
    login="alice",
    name="Alice",
    contact="user/alice@example.test",
    wrap_up="timed",
    wrap_up_ms=5_000,
    wrap_up_limit_ms=9_000,
    skills={"french": 7},
    groups=("gold",),
    auto_answer=True,
)
BOB = AgentSettings(login="bob", name="Bob", contact="user/bob@example.test", skills={"french": 3})
CAROL = AgentSettings(login="carol", name="Carol", contact="user/carol@example.test", groups=("silver", "gold"))
SALES = QueueSettings(
    name="sales",
    requires="french >= 5",
    tiers=(TierSettings(after_ms=20_000, requires="french"), TierSettings(after_ms=60_000, agents=("carol",))),
    priority_by=(PriorityBySettings(key="vip", value=True, add=10),),
    last_agent_first=True,
    wrap_up="timed",
    wrap_up_ms=5_000,
    wrap_up_limit_ms=6_000,
)
CENTER = Center(
    timezone="Europe/Helsinki",
    skills=("french", "billing"),
    groups=("gold", "silver"),
    dispositions=(DispositionSettings(code="sold", name="Sold"),),
    switches=(SwitchSettings(name="main", host="127.0.0.1", password_env="SECRET"),),
    agents=(ALICE, BOB, CAROL),
    queues=(SALES,),
    entry_points=(
        EntryPointSettings(number="7001", queue="sales", priority=5, requires="group:gold or french>=9"),
        EntryPointSettings(number="7002", queue="sales"),
    ),
    known_callers=(CallerSettings(number="+358401234567", name="Big", importance=50, agent="alice"),),
)
CONFIGURED = (
    *("center", "switch", "skill", "agent_group", "not_ready_reason", "disposition", "agent", "agent_skill"),
    *("group_member", "queue", "entry_point", "known_caller", "eligibility", "requirement", "qualification"),
)


@pytest.fixture(scope="module")
def store(database_url: str) -> Iterator[Engine]:
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg2"), poolclass=NullPool)
    yield engine
    engine.dispose()


def rows_of(db: Database) -> list[object]:
    return [db.rows(f"SELECT xmin::text, ctid::text, t.* FROM {table} t ORDER BY ctid") for table in CONFIGURED]


def eligible(db: Database) -> dict[str, tuple[int, int, int]]:
    rows = db.rows("SELECT login, tier, after_ms, position FROM eligibility JOIN agent USING (agent_id)")
    return {row["login"]: (row["tier"], row["after_ms"], row["position"]) for row in rows}


def qualified(db: Database) -> dict[str, list[str]]:
    rows = db.rows(
        "SELECT expression, array_remove(array_agg(login ORDER BY login), NULL) AS logins FROM requirement"
        " LEFT JOIN qualification USING (requirement_id) LEFT JOIN agent USING (agent_id) GROUP BY 1"
    )
    return {row["expression"]: row["logins"] for row in rows}


def test_everything_that_a_file_says_is_in_the_tables(store: Engine, db: Database) -> None:
    assert told(applied(store, CENTER)) == [
        "changed center center timezone: UTC -> Europe/Helsinki",
        "added switch main",
        "added skill french",
        "added skill billing",
        "added group gold",
        "added group silver",
        "added disposition sold",
        "added agent alice",
        "added agent bob",
        "added agent carol",
        "added queue sales",
        "added entry_point 7001",
        "added entry_point 7002",
        "added known_caller +358401234567",
        "added eligibility alice in sales",
        "added eligibility bob in sales",
        "added eligibility carol in sales",
        "added qualification alice for group:gold or french >= 9",
        "added qualification carol for group:gold or french >= 9",
    ]
    assert db.value("SELECT timezone FROM center") == "Europe/Helsinki"
    assert db.one("SELECT is_auto_answer, wrap_up_limit_ms FROM agent WHERE login = 'alice'") == {
        "is_auto_answer": True,
        "wrap_up_limit_ms": 9_000,
    }
    levels = "SELECT login, name, level FROM agent_skill JOIN agent USING (agent_id) JOIN skill s USING (skill_id)"
    assert [tuple(row.values()) for row in db.rows(f"{levels.replace(' name', ' s.name')} ORDER BY login")] == [
        ("alice", "french", 7),
        ("bob", "french", 3),
    ]
    members = "SELECT login, g.name FROM group_member JOIN agent USING (agent_id) JOIN agent_group g USING (group_id)"
    assert [tuple(row.values()) for row in db.rows(f"{members} ORDER BY 1, 2")] == [
        ("alice", "gold"),
        ("carol", "gold"),
        ("carol", "silver"),
    ]
    assert db.one("SELECT strategy, is_last_agent_first, wrap_up_limit_ms, priority_by, tiers FROM queue") == {
        "strategy": "longest_idle",
        "is_last_agent_first": True,
        "wrap_up_limit_ms": 6_000,
        "priority_by": [{"key": "vip", "value": True, "add": 10}],
        "tiers": [
            {"after_ms": 0, "requires": "french >= 5", "agents": []},
            {"after_ms": 20_000, "requires": "french", "agents": []},
            {"after_ms": 60_000, "requires": None, "agents": ["carol"]},
        ],
    }
    assert db.one("SELECT priority, requires FROM entry_point WHERE number = '7001'") == {
        "priority": 5,
        "requires": "group:gold or french >= 9",
    }
    assert db.one("SELECT k.name, importance, login FROM known_caller k JOIN agent USING (agent_id)") == {
        "name": "Big",
        "importance": 50,
        "login": "alice",
    }
    assert eligible(db) == {"alice": (0, 0, 0), "bob": (1, 20_000, 0), "carol": (2, 60_000, 0)}
    assert qualified(db) == {"group:gold or french >= 9": ["alice", "carol"]}


def test_the_same_file_again_touches_no_row(store: Engine, db: Database) -> None:
    applied(store, CENTER)
    before = rows_of(db)
    again = applied(store, CENTER)
    assert again.changes == ()
    assert rows_of(db) == before
    assert counted(again) == {
        "switch": 1,
        "skill": 2,
        "group": 2,
        "disposition": 1,
        "agent": 3,
        "queue": 1,
        "entry_point": 2,
        "known_caller": 1,
        "eligibility": 3,
        "qualification": 2,
    }


def test_skills_and_groups_are_told_as_values_of_the_agent_and_so_is_what_follows_from_them(
    store: Engine, db: Database
) -> None:
    applied(store, CENTER)
    bob = replace(BOB, skills={"french": 5, "billing": 1}, groups=("gold",))
    carol = replace(CAROL, groups=("gold", "silver"))  # in another order: no change
    assert told(applied(store, replace(CENTER, agents=(replace(ALICE, groups=()), bob, carol)))) == [
        "changed agent alice groups: ['gold'] -> []",
        "changed agent bob skills: {'french': 3} -> {'french': 5, 'billing': 1} groups: [] -> ['gold']",
        "changed eligibility bob in sales tier: 1 -> 0 after_ms: 20000 -> 0",
        "added qualification bob for group:gold or french >= 9",
        "removed qualification alice for group:gold or french >= 9",
    ]
    assert eligible(db)["bob"] == (0, 0, 0)
    assert qualified(db) == {"group:gold or french >= 9": ["bob", "carol"]}


def test_an_agent_whose_skills_alone_differ_stays_as_he_is_otherwise(store: Engine, db: Database) -> None:
    applied(store, CENTER)
    db.run("UPDATE agent SET presence = 'available', idle_since = now() WHERE login = 'bob'")
    before = db.one("SELECT * FROM agent WHERE login = 'bob'")
    applied(store, replace(CENTER, agents=(ALICE, replace(BOB, skills={}), CAROL)))
    assert db.one("SELECT * FROM agent WHERE login = 'bob'") == before
    assert db.value("SELECT count(*) FROM agent_skill") == 1


def test_who_moves_between_tiers_keeps_when_he_was_last_offered_a_call(store: Engine, db: Database) -> None:
    applied(store, CENTER)
    db.run("UPDATE eligibility SET offered_at = '2026-01-02T03:04:05Z'")
    before = db.rows("SELECT agent_id, offered_at FROM eligibility ORDER BY agent_id")
    queue = replace(SALES, requires=None, agents=("carol", "bob", "alice"), strategy="top_down")
    told_ = told(applied(store, replace(CENTER, queues=(queue,))))
    assert "changed eligibility carol in sales tier: 2 -> 0 after_ms: 60000 -> 0" in told_
    assert "changed eligibility alice in sales position: 0 -> 2" in told_
    assert eligible(db) == {"carol": (0, 0, 0), "bob": (0, 0, 1), "alice": (0, 0, 2)}
    assert db.rows("SELECT agent_id, offered_at FROM eligibility ORDER BY agent_id") == before


def test_tiers_and_rules_are_told_as_values_of_the_queue(store: Engine) -> None:
    applied(store, CENTER)
    queue = replace(SALES, tiers=(), priority_by=(), strategy="random", last_agent_first=False)
    changes = applied(store, replace(CENTER, queues=(queue,)))
    (change,) = [change for change in changes.changes if change.what == "queue"]
    first = {"after_ms": 0, "requires": "french >= 5", "agents": ()}
    assert {item.field: item.new for item in change.fields} == {
        "tiers": [first],
        "strategy": "random",
        "priority_by": [],
        "last_agent_first": False,
    }
    assert {"removed eligibility bob in sales", "removed eligibility carol in sales"} < set(told(changes))


def test_a_queue_that_was_a_list_of_agents_before_is_unchanged_by_the_new_columns(store: Engine, db: Database) -> None:
    plain = Center(agents=(BOB,), skills=("french",), queues=(QueueSettings(name="sales", agents=("bob",)),))
    applied(store, plain)
    # As the migration leaves a row that was there: every new column at its default.
    assert db.one("SELECT tiers, priority_by, strategy FROM queue") == {
        "tiers": [],
        "priority_by": [],
        "strategy": "longest_idle",
    }


def test_a_requirement_that_no_number_names_any_more_is_deleted(store: Engine, db: Database) -> None:
    applied(store, CENTER)
    first, second = CENTER.entry_points
    changes = applied(store, replace(CENTER, entry_points=(replace(first, requires="french"), second)))
    assert told(changes) == [
        "changed entry_point 7001 requires: group:gold or french >= 9 -> french",
        "added qualification alice for french",
        "added qualification bob for french",
    ]
    assert qualified(db) == {"french": ["alice", "bob"]}
    applied(store, replace(CENTER, entry_points=(replace(first, requires=None), second)))
    assert qualified(db) == {}


def test_a_requirement_that_nobody_meets_is_there_all_the_same(store: Engine, db: Database) -> None:
    first, second = CENTER.entry_points
    center = replace(CENTER, entry_points=(replace(first, requires="billing"), second))
    applied(store, center)
    assert qualified(db) == {"billing": []}
    assert not applied(store, center).changes


def test_the_same_requirement_in_other_words_is_no_change(store: Engine, db: Database) -> None:
    applied(store, CENTER)
    before = rows_of(db)
    first, second = CENTER.entry_points
    points = (replace(first, requires="((group:gold) or (french >= 09))"), second)
    assert not applied(store, replace(CENTER, entry_points=points)).changes
    assert rows_of(db) == before


def test_what_the_file_does_not_name_any_more_goes_and_what_calls_refer_to_is_switched_off(
    store: Engine, db: Database
) -> None:
    applied(store, CENTER)
    someone_called(db)
    db.run(
        "INSERT INTO call_disposition (call_id, agent_id, code, noted_at)"
        " SELECT call.call_id, agent.agent_id, 'sold', now() FROM call, agent WHERE login = 'carol'"
    )
    # Who noted something has a history of his own.
    db.run("DELETE FROM agent_state_log")
    assert sorted(told(applied(store, Center()))) == [
        "changed center center timezone: Europe/Helsinki -> UTC",
        "removed agent alice",
        "removed entry_point 7002",
        "removed group gold",
        "removed group silver",
        "removed known_caller +358401234567",
        "removed skill billing",
        "removed skill french",
        "switched_off agent bob",
        "switched_off agent carol",
        "switched_off disposition sold",
        "switched_off entry_point 7001",
        "switched_off queue sales",
        "switched_off switch main",
    ]
    assert not applied(store, Center()).changes
    assert qualified(db) == {}
    applied(store, CENTER)
    assert eligible(db) == {"alice": (0, 0, 0), "bob": (1, 20_000, 0), "carol": (2, 60_000, 0)}
    assert db.value("SELECT is_active FROM disposition") is True


def test_a_known_caller_changes_and_loses_his_agent(store: Engine, db: Database) -> None:
    applied(store, CENTER)
    caller = CallerSettings(number="+358401234567", name="Bigger")
    changes = applied(store, replace(CENTER, known_callers=(caller, CallerSettings(number="0800", agent="bob"))))
    assert told(changes) == [
        "changed known_caller +358401234567 name: Big -> Bigger importance: 50 -> 0 agent: alice -> None",
        "added known_caller 0800",
    ]
    again = applied(store, replace(CENTER, known_callers=(replace(caller, agent="carol"),)))
    assert told(again) == [
        "changed known_caller +358401234567 agent: None -> carol",
        "removed known_caller 0800",
    ]
