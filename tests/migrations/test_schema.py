"""The migrations make what store/tables.py says, can be taken back, and name all their files."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from freeswitch_cc.store import migrate as migrations
from freeswitch_cc.store.connect import connected
from freeswitch_cc.store.tables import metadata
from tests.database import Database

SQL = migrations.migrations_directory() / "sql"
ROUTING = importlib.import_module("migrations.versions.0002_routing")
RULED = ROUTING.RULED
MADE = re.compile(r"^CREATE (FUNCTION|TRIGGER|VIEW) (\w+)", re.MULTILINE)

# What PostgreSQL itself says of a schema. Names and definitions, so that a CHECK that differs is found too.
SCHEMA = {
    "columns": """
        SELECT c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
               pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum)
          FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (c.oid, a.attnum)
         WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'alembic_version'""",
    "constraints": """
        SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'
           AND contype <> 'n'""",
    "indexes": """
        SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'""",
    "rules": """
        SELECT proname, prosrc, obj_description(oid, 'pg_proc') FROM pg_proc WHERE proname LIKE 'fcc\\_%%\\_holds'""",
    "tables": """
        SELECT relname, reloptions, obj_description(oid) FROM pg_class
         WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'""",
}
MADE_BY_SQL = """
    SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION SELECT tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'
    ORDER BY 1
"""
OURS = """
    SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
       AND relname NOT LIKE 'alembic_version%%'
    UNION SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace
       AND typname NOT LIKE '%%alembic_version'
     ORDER BY 1
"""


def schema_of(db: Database) -> dict[str, list[tuple[Any, ...]]]:
    return {part: sorted(map(str, (tuple(row.values()) for row in db.rows(sql)))) for part, sql in SCHEMA.items()}


@pytest.fixture
def bare(empty_database_url: str) -> Iterator[Database]:
    """A database that is empty when the test begins, and again when it ends."""
    database = Database(empty_database_url)
    yield database
    database.run("DROP SCHEMA public CASCADE")
    database.run("CREATE SCHEMA public")
    database.close()


def test_alembic_finds_no_difference_between_the_migrations_and_the_tables(database_url: str) -> None:
    with connected(database_url) as connection:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []


def test_every_column_constraint_and_index_is_defined_as_the_tables_say(db: Database, bare: Database) -> None:
    with connected(bare.url) as connection:
        metadata.create_all(connection)
    gather_rules(bare)
    by_migrations, by_tables = schema_of(db), schema_of(bare)
    for part in SCHEMA:
        assert by_migrations[part] == by_tables[part]
        assert by_tables[part], f"the test has found no {part} at all"


def gather_rules(db: Database) -> None:
    """As the migrations leave them: one CHECK for all of a table that is written often."""
    if not db.value("SELECT count(*) FROM pg_proc WHERE proname = 'fcc_gather_rules'"):
        db.run((SQL / "0002_rules.sql").read_text(encoding="utf-8"))
    for table in RULED:
        db.run(f"SELECT fcc_gather_rules('{table}')")


def test_gathering_the_rules_again_changes_nothing_and_takes_a_new_one_in(bare: Database) -> None:
    migrations.migrate(bare.url)
    before = schema_of(bare)
    gather_rules(bare)
    assert schema_of(bare) == before
    bare.run("ALTER TABLE leg ADD CONSTRAINT leg_is_short CHECK (ring_ms < 5)")
    gather_rules(bare)
    (told,) = [row for row in schema_of(bare)["rules"] if "fcc_leg_holds" in row]
    assert "leg_is_short" in told
    assert not any("leg_is_short" in row for row in schema_of(bare)["constraints"])


@pytest.mark.parametrize("table", RULED)
def test_a_table_that_is_written_often_has_one_check_for_all_its_rules(table: str, db: Database) -> None:
    checks = db.rows("SELECT conname FROM pg_constraint WHERE conrelid = %(t)s::regclass AND contype = 'c'", t=table)
    assert [row["conname"] for row in checks] == [f"{table}_holds"]


def test_down_to_base_leaves_nothing_of_ours(bare: Database) -> None:
    migrations.migrate(bare.url)
    assert {"call", "fcc_save"} <= {row["name"] for row in bare.rows(OURS)}
    migrations.unmigrate(bare.url)
    assert bare.rows(OURS) == []


def test_up_again_after_down_makes_the_same_schema(db: Database, bare: Database) -> None:
    migrations.migrate(bare.url)
    migrations.unmigrate(bare.url)
    migrations.migrate(bare.url)
    assert schema_of(bare) == schema_of(db)
    assert bare.rows(OURS) == db.rows(OURS)


def test_a_revision_that_is_taken_back_leaves_what_the_one_before_it_made(bare: Database) -> None:
    migrations.migrate(bare.url, "0001")
    before = schema_of(bare), bare.rows(MADE_BY_SQL)
    migrations.migrate(bare.url)
    assert bare.rows(MADE_BY_SQL) != before[1]
    migrations.unmigrate(bare.url, "0001")
    assert schema_of(bare) == before[0]
    assert bare.rows(MADE_BY_SQL) == before[1]


def test_a_downgrade_takes_the_data_with_it(bare: Database) -> None:
    migrations.migrate(bare.url)
    bare.run("INSERT INTO agent (login, name, contact) VALUES ('alice', 'Alice', 'user/alice')")
    bare.run("UPDATE agent SET presence = 'available'")
    migrations.unmigrate(bare.url)
    migrations.migrate(bare.url)
    assert bare.rows("SELECT * FROM agent") == []


def test_a_revision_that_was_used_and_is_taken_back_keeps_its_rows_in_the_words_of_before(
    bare: Database,
) -> None:
    migrations.migrate(bare.url)
    bare.run("INSERT INTO switch (name, host, port, password_env) VALUES ('one', 'localhost', 8021, 'PASSWORD')")
    bare.run("INSERT INTO queue (name, music) VALUES ('sales', 'local_stream://moh')")
    for outcome in ("announced", "voicemail", "turned_away", "no_answer", "agent_lost", "completed"):
        bare.run(
            "INSERT INTO call (call_id, switch_id, phase, started_at, ended_at, outcome)"
            " SELECT gen_random_uuid(), switch_id, 'ended', now(), now(), %(o)s FROM switch",
            o=outcome,
        )
    # One leaves a message at this moment.
    bare.run(
        "INSERT INTO call (call_id, switch_id, phase, step, step_due_at, started_at)"
        " SELECT gen_random_uuid(), switch_id, 'leaving', 'recording', now(), now() FROM switch"
    )
    bare.run(
        "INSERT INTO leg (leg_id, call_id, switch_id, role, want, seen, sound, segment, segment_at)"
        " SELECT call_id, call_id, switch_id, 'customer', 'parked', 'parked', 'over', 'leaving', now()"
        " FROM call WHERE phase = 'leaving'"
    )
    bare.run(
        "INSERT INTO segment (leg_id, call_id, kind, started_at, ended_at)"
        " SELECT leg_id, call_id, 'leaving', now(), now() FROM leg"
    )
    bare.run(
        "INSERT INTO queue_visit (visit_id, call_id, queue_id, entry_reason, entered_at, waiting_since, outcome,"
        " left_at) SELECT gen_random_uuid(), call_id, queue_id, reason, now(), now(), 'left_otherwise', now()"
        " FROM leg, queue, unnest(ARRAY['inbound', 'passed', 'overflow']) reason"
    )
    migrations.unmigrate(bare.url, "0001")
    outcomes = bare.rows("SELECT outcome, count(*) AS n FROM call WHERE outcome IS NOT NULL GROUP BY 1 ORDER BY 1")
    assert [tuple(row.values()) for row in outcomes] == [("abandoned", 1), ("completed", 5)]
    assert bare.one("SELECT phase, sound, segment FROM call JOIN leg USING (call_id)") == {
        "phase": "ending",
        "sound": "silent",
        "segment": "queued",
    }
    assert bare.value("SELECT count(*) FROM segment WHERE kind = 'queued'") == 1
    assert bare.value("SELECT count(*) FROM queue_visit WHERE entry_reason = 'inbound'") == 3
    migrations.migrate(bare.url)
    assert bare.value("SELECT count(*) FROM call") == 7


def sql_files() -> list[Path]:
    return sorted(SQL.iterdir())


@pytest.mark.parametrize("path", sql_files(), ids=lambda path: path.name)
def test_a_file_of_sql_is_named_by_a_revision_that_uses_it(path: Path) -> None:
    named = re.fullmatch(r"(\d{4})_([a-z][a-z_]*)\.sql", path.name)
    assert named, "NNNN_name.sql"
    script = ScriptDirectory(str(migrations.migrations_directory())).get_revision(named[1])
    module = importlib.import_module(f"migrations.versions.{Path(script.path).stem}")
    assert named[2] in module.FILES


@pytest.mark.parametrize("path", sql_files(), ids=lambda path: path.name)
def test_what_a_file_of_sql_makes_is_there(path: Path, db: Database) -> None:
    made = MADE.findall(path.read_text(encoding="utf-8"))
    assert made, "a file that makes nothing"
    made = [(kind, name) for kind, name in made if name not in ROUTING.DROPPED]
    for kind, name in made:
        catalog, column = {
            "FUNCTION": ("pg_proc", "proname"),
            "TRIGGER": ("pg_trigger", "tgname"),
            "VIEW": ("pg_views", "viewname"),
        }[kind]
        assert db.value(f"SELECT count(*) FROM {catalog} WHERE {column} = %(name)s", name=name) == 1


def test_a_percent_sign_in_a_function_comes_through_the_migration_as_one(db: Database) -> None:
    assert "%%" not in db.value("SELECT prosrc FROM pg_proc WHERE proname = 'fcc_guard_leg'")


@pytest.mark.parametrize(
    "call",
    [
        "fcc_view_calls('{}', '{}', NULL, false)",
        "fcc_view_agent(gen_random_uuid(), 'reasons', NULL)",
        "fcc_save('{}')",
        "fcc_match('{}', 3000)",
        "fcc_best_agent(gen_random_uuid(), gen_random_uuid(), NULL, NULL, 0, 'random', now(), current_date)",
        "fcc_nearest('{}')",
        "fcc_next_tier_ms()",
        "fcc_due('{}', 1000)",
        "fcc_estimated_wait(gen_random_uuid(), 1)",
        "fcc_estimate(gen_random_uuid(), 1, NULL)",
        "fcc_foretold(gen_random_uuid(), 1, NULL)",
        "fcc_day(now())",
        "fcc_why(gen_random_uuid())",
        "fcc_overflow(gen_random_uuid(), NULL, '')",
        "fcc_keep_length(gen_random_uuid(), 1, 1)",
        "fcc_forwarded(gen_random_uuid(), '{}')",
        "fcc_keep_forwarded('[]')",
        "fcc_home(gen_random_uuid())",
        "fcc_is_staffed(gen_random_uuid(), gen_random_uuid())",
        "fcc_note_deserted(5000)",
    ],
)
def test_every_function_of_the_hot_path_can_be_called_on_an_empty_database(call: str, db: Database) -> None:
    assert len(db.rows(f"SELECT {call}")) <= 1


def test_no_function_is_left_without_a_test_that_calls_it(db: Database) -> None:
    functions = db.rows(
        "SELECT proname FROM pg_proc WHERE proname LIKE 'fcc\\_%%' AND prorettype <> 'trigger'::regtype"
    )
    assert {row["proname"] for row in functions} == {
        "fcc_view_calls",
        "fcc_view_agent",
        "fcc_estimate",
        "fcc_foretold",
        "fcc_day",
        "fcc_view_dial",
        "fcc_save",
        "fcc_match",
        "fcc_best_agent",
        "fcc_nearest",
        "fcc_next_tier_ms",
        "fcc_due",
        "fcc_estimated_wait",
        "fcc_why",
        "fcc_overflow",
        "fcc_keep_length",
        "fcc_forwarded",
        "fcc_keep_forwarded",
        "fcc_home",
        "fcc_is_staffed",
        "fcc_note_deserted",
        "fcc_gather_rules",
        "fcc_spread_rules",
        *(f"fcc_{table}_holds" for table in RULED),
    }
