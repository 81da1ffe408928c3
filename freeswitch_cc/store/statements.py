"""What the hot path asks of PostgreSQL: the statements that every connection prepares, and those that go out as one.

Text only; the functions: migrations/sql/. Who sends it: store.db.
"""

PREPARED = (
    "PREPARE view_calls(uuid[], uuid[], jsonb) AS SELECT fcc_view_calls($1, $2, $3, false)::text",
    "PREPARE view_agent(uuid, text, uuid) AS SELECT fcc_view_agent($1, $2, $3)::text",
    "PREPARE view_dial(uuid, uuid, text) AS SELECT fcc_view_dial($1, $2, $3)::text",
    "PREPARE save(jsonb) AS SELECT fcc_save($1)",
    "PREPARE match(uuid[], integer) AS SELECT offer_id::text, call_id::text FROM fcc_match($1, $2)",
    # VOLATILE: what the one has written the other sees.
    "PREPARE match_and_view(uuid[], integer, boolean) AS"
    " WITH made AS MATERIALIZED (SELECT offer_id, call_id FROM fcc_match($1, $2, $3))"
    " SELECT (SELECT array_agg(m.offer_id::text) FROM made m), (SELECT array_agg(m.call_id::text) FROM made m),"
    " (SELECT fcc_view_calls(array_agg(m.call_id), '{}', NULL, true)::text FROM made m WHERE m.offer_id IS NOT NULL"
    " HAVING count(*) > 0)",
    "PREPARE note_deserted(integer) AS SELECT fcc_note_deserted($1)",
    "PREPARE next_tier AS SELECT fcc_next_tier_ms()",
    "PREPARE due(uuid[], integer) AS"
    " SELECT kind, call_id::text, agent_id::text, row_id::text, due_in_ms FROM fcc_due($1, $2)",
)


MATCH_AND_VIEW = (
    "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '2s'; EXECUTE match_and_view(%s::uuid[], %s, %s)"
)
# Behind a save, whose commands wait for it: of what else it may be kept waiting, a row of eligibility or a visit.
MATCH_IN_HASTE = MATCH_AND_VIEW.replace("BEGIN; ", "BEGIN; SET LOCAL lock_timeout = '20ms'; ", 1)
# By its number, which is undone with what it belongs to: when what follows fails, whether that was saved.
SAVED = "SELECT set_config('fcc.saved', %s, false); COMMIT; "
SAVED_LAST = "SELECT current_setting('fcc.saved', true)"
