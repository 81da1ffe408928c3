-- fcc_next_tier_ms: in how many ms the next tier opens for a call that waits; NULL: for none, or nobody is ready,
-- and then it does not matter. Less than nothing: it has opened since this session matched last (fcc_match notes when).
-- Time opens tiers without any event: so long a matcher may rest. A call that is being offered does not wait for one:
-- when its offer ends there is a match anyway. Another engine's call is not looked away from: it costs more than a match
-- in vain.
CREATE FUNCTION fcc_next_tier_ms() RETURNS double precision
LANGUAGE plpgsql VOLATILE SET enable_hashjoin = on AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
    v_matched_at timestamptz := coalesce(nullif(current_setting('fcc.matched_at', true), '')::timestamptz, v_now);
BEGIN
    IF NOT EXISTS (SELECT 1 FROM ready_agent) THEN
        RETURN NULL;
    END IF;
    RETURN (
        WITH tier AS MATERIALIZED (
            SELECT q.queue_id, make_interval(secs => (t->>'after_ms')::integer / 1000.0) AS after
              FROM queue q CROSS JOIN LATERAL jsonb_array_elements(q.tiers) t
             WHERE jsonb_array_length(q.tiers) > 1
        ), waiting AS MATERIALIZED (
            SELECT w.queue_id, w.waiting_since FROM queue_visit w
             WHERE w.outcome IS NULL
               AND NOT EXISTS (SELECT 1 FROM offer o WHERE o.visit_id = w.visit_id AND o.outcome IS NULL OFFSET 0)
        )
        SELECT extract(epoch FROM min(w.waiting_since + t.after) - v_now) * 1000
          FROM waiting w JOIN tier t USING (queue_id)
         WHERE w.waiting_since + t.after > v_matched_at);
END $$;
