"""Is the engine of this container well? 0 when it is, 1 and a sentence when not: Docker asks every 20 seconds.

The engine writes down each heartbeat of its switches (one in 20 seconds). So a fresh one in the database says that its
process lives, that its switch speaks to it and that its transactions are carried out. Nothing else is looked at, and
nothing is changed. The database is the one of FREESWITCH_CC_DATABASE_URL; libpq takes the password from PGPASSWORD.
"""

import os
import sys

import psycopg2

# Two heartbeats may be missed: a loaded machine is not a dead engine.
STALE_S = 60
ANSWER_S = 10
STALE = """
    SELECT s.name, extract(epoch FROM now() - h.heartbeat_at)::int
      FROM switch s LEFT JOIN switch_heartbeat h USING (switch_id)
     WHERE s.is_active AND (h.heartbeat_at IS NULL OR h.heartbeat_at < now() - make_interval(secs => %s))
     ORDER BY s.name
"""
SWITCHES = "SELECT count(*) FROM switch WHERE is_active"


def problem(url: str) -> str:
    """What is wrong, in a sentence; empty when nothing is. Raises psycopg2.Error when the database cannot be asked."""
    connection = psycopg2.connect(url, connect_timeout=ANSWER_S, options=f"-c statement_timeout={ANSWER_S}s")
    try:
        with connection.cursor() as cursor:
            cursor.execute(SWITCHES)
            if cursor.fetchone() == (0,):
                return "the center has no switch"
            cursor.execute(STALE, (STALE_S,))
            silent = [f"{name} ({'never' if age is None else f'{age} s ago'})" for name, age in cursor.fetchall()]
    finally:
        connection.close()
    return f"no heartbeat of {', '.join(silent)}" if silent else ""


def main() -> int:
    try:
        wrong = problem(os.environ["FREESWITCH_CC_DATABASE_URL"])
    except psycopg2.Error as error:
        wrong = f"the database cannot be asked: {str(error).strip() or type(error).__name__}"
    sys.stdout.write(f"{wrong or 'well'}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
