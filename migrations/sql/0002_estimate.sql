-- fcc_estimate: in how many ms the call at this place of the queue will be answered; NULL: nothing to go by. basis says
-- by what: ready, answers or handling.
-- p_position: 1 is who goes next. p_requirement_id: what the call itself asks of an agent.
-- Who is being offered to somebody waits for an agent no more: the others move up by as many places.
-- 0: as many are ready at once as calls go before it, and one more.
-- Else place x smoothed interval. An interval is how long the queue took to answer the next of those who waited: from
-- the answer before, or from when somebody waited at all if that was later (a queue that is empty is not slow), to his
-- own. Of the last 50 answered within 30 minutes the last 20 that found nobody ready (whoever did, says nothing of how
-- often an agent becomes free), weighted by 0.8 for each younger one. When somebody waits three times as long as
-- that already without an answer, the open interval counts as the youngest.
-- Fallback with fewer than 3 intervals: place x handling time / agents who are available, idle or not, in the lowest
-- tier that has any. Handling time: of the last 20 answered of the queue within a day, what agent_state_log says of
-- talk, hold and wrap-up of that agent and call; the median, for wrap-ups are forgotten.
-- Nobody who is available is eligible and meets what it asks: NULL.
CREATE FUNCTION fcc_estimate(
    p_queue_id uuid, p_position integer, p_requirement_id uuid, OUT wait_ms bigint, OUT basis text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
    v_place integer := p_position;
    v_requirement_id uuid;
    v_is_few boolean;
    v_ready integer;
    v_intervals integer;
    v_smoothed double precision;
    v_last_at timestamptz;
    v_open double precision;
    v_handling double precision;
    v_agents integer;
BEGIN
    IF p_position IS NULL OR p_position < 1 THEN
        RETURN;
    END IF;
    IF p_requirement_id IS NOT NULL THEN
        SELECT r.requirement_id INTO v_requirement_id FROM requirement r WHERE r.requirement_id = p_requirement_id;
    END IF;
    -- Are a few ready, they are asked one by one; of many the first who are found in the queue are enough. OFFSET 0: by
    -- the index of who is in front, whatever the statistics say.
    v_is_few := NOT EXISTS (SELECT 1 FROM ready_agent OFFSET 12);
    SELECT count(*) INTO v_ready
      FROM (SELECT 1
              FROM (SELECT r.agent_id
                      FROM ready_agent r
                     CROSS JOIN LATERAL (SELECT 1 FROM eligibility e
                                          WHERE e.agent_id = r.agent_id AND e.queue_id = p_queue_id AND e.after_ms = 0
                                         OFFSET 0) e
                     WHERE v_is_few
                    UNION ALL
                    SELECT e.agent_id
                      FROM eligibility e
                     CROSS JOIN LATERAL (SELECT 1 FROM ready_agent r WHERE r.agent_id = e.agent_id OFFSET 0) r
                     WHERE NOT v_is_few AND e.queue_id = p_queue_id AND e.after_ms = 0) a
             WHERE v_requirement_id IS NULL
                OR EXISTS (SELECT 1 FROM qualification x
                            WHERE x.requirement_id = v_requirement_id AND x.agent_id = a.agent_id)
             LIMIT p_position) r;
    IF v_ready < p_position AND p_position > 1 THEN
        -- From the offers to their visits, whatever the statistics say: few offers are open, and many visits ever were.
        SELECT greatest(1, p_position - count(*)) INTO v_place
          FROM offer o
         WHERE o.outcome IS NULL
           AND p_queue_id = (SELECT w.queue_id FROM queue_visit w WHERE w.visit_id = o.visit_id);
    END IF;
    IF v_ready >= v_place THEN
        wait_ms := 0;
        basis := 'ready';
        RETURN;
    END IF;

    SELECT count(*), sum(i.took * i.weight) / sum(i.weight), max(i.left_at)
      INTO v_intervals, v_smoothed, v_last_at
      FROM (SELECT w.left_at, 0.8 ^ (row_number() OVER youngest - 1) AS weight,
                   extract(epoch FROM w.left_at - greatest(lead(w.left_at) OVER youngest,
                                                           min(w.entered_at) OVER youngest)) * 1000 AS took,
                   lead(w.left_at) OVER youngest IS NOT NULL AS has_one_before
              FROM (SELECT l.entered_at, l.left_at
                      FROM (SELECT v.entered_at, v.left_at, v.estimated_wait_ms
                              FROM queue_visit v
                             WHERE v.queue_id = p_queue_id AND v.outcome = 'answered'
                               AND v.left_at > v_now - interval '30 min'
                             ORDER BY v.left_at DESC
                             LIMIT 50) l
                     WHERE l.estimated_wait_ms IS DISTINCT FROM 0
                     ORDER BY l.left_at DESC
                     LIMIT 20) w
            WINDOW youngest AS (ORDER BY w.left_at DESC ROWS UNBOUNDED PRECEDING)) i
     WHERE i.has_one_before;

    IF v_intervals >= 3 THEN
        IF NOT EXISTS (SELECT 1 FROM eligibility e JOIN agent a USING (agent_id)
                        WHERE e.queue_id = p_queue_id AND a.is_active AND a.presence = 'available'
                          AND (v_requirement_id IS NULL
                               OR EXISTS (SELECT 1 FROM qualification x
                                           WHERE x.requirement_id = v_requirement_id
                                             AND x.agent_id = e.agent_id))) THEN
            RETURN;
        END IF;
        IF v_place > 1 AND extract(epoch FROM v_now - v_last_at) * 1000 > 3 * v_smoothed THEN
            SELECT extract(epoch FROM v_now - greatest(min(w.entered_at), v_last_at)) * 1000 INTO v_open
              FROM queue_visit w
             WHERE w.outcome IS NULL AND w.queue_id IS NOT DISTINCT FROM p_queue_id
            HAVING count(*) > 0;
            IF v_open > 3 * v_smoothed THEN
                v_smoothed := v_smoothed + 0.2 * (v_open - v_smoothed);
            END IF;
        END IF;
        wait_ms := round(v_place * v_smoothed);
        basis := 'answers';
        RETURN;
    END IF;

    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY h.took) INTO v_handling
      FROM (SELECT v.agent_id, v.call_id, v.left_at
              FROM queue_visit v
             WHERE v.queue_id = p_queue_id AND v.outcome = 'answered' AND v.left_at > v_now - interval '24 h'
             ORDER BY v.left_at DESC
             LIMIT 20) w
     CROSS JOIN LATERAL (
           -- left_at is the switch's clock, the log has ours: it is looked for a minute around. A talk is few rows.
           SELECT extract(epoch FROM sum(l.ended_at - l.started_at)) * 1000 AS took
             FROM (SELECT s.call_id, s.activity, s.started_at, s.ended_at
                     FROM agent_state_log s
                    WHERE s.agent_id = w.agent_id AND s.started_at >= w.left_at - interval '1 min'
                    ORDER BY s.started_at
                    LIMIT 24) l
            WHERE l.call_id = w.call_id AND l.activity NOT IN ('idle', 'reserved', 'ringing')) h;
    IF v_handling IS NULL THEN
        RETURN;
    END IF;
    SELECT count(*) INTO v_agents
      FROM eligibility e JOIN agent a USING (agent_id)
     WHERE e.queue_id = p_queue_id AND a.is_active AND a.presence = 'available'
       AND (v_requirement_id IS NULL
            OR EXISTS (SELECT 1 FROM qualification x
                        WHERE x.requirement_id = v_requirement_id AND x.agent_id = e.agent_id))
     GROUP BY e.after_ms ORDER BY e.after_ms LIMIT 1;
    wait_ms := round(v_place * v_handling / nullif(v_agents, 0));
    basis := 'handling';
END $$;
COMMENT ON FUNCTION fcc_estimate IS 'As fcc_estimated_wait, and by what: ready, answers, handling';

-- One expression: it costs nothing beside the other.
CREATE FUNCTION fcc_estimated_wait(p_queue_id uuid, p_position integer, p_requirement_id uuid DEFAULT NULL)
RETURNS bigint
LANGUAGE sql STABLE AS $$ SELECT (fcc_estimate(p_queue_id, p_position, p_requirement_id)).wait_ms $$;
COMMENT ON FUNCTION fcc_estimated_wait IS
    'In how many ms the call at this place of the queue will be answered; NULL: nothing to go by';

-- fcc_foretold: the same for who writes down what happened. A figure for people is not worth a call: NULL if it fails.
CREATE FUNCTION fcc_foretold(p_queue_id uuid, p_position integer, p_requirement_id uuid) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN fcc_estimated_wait(p_queue_id, p_position, p_requirement_id);
EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'no wait could be estimated: %', SQLERRM;
    RETURN NULL;
END $$;

-- queue_visit_wait: what was foretold to whom, and how wrong it was.
CREATE VIEW queue_visit_wait AS
    SELECT v.visit_id, v.call_id, v.queue_id, q.name AS queue, v.entered_at, v.left_at, v.outcome, v.position,
           v.estimated_wait_ms,
           floor(extract(epoch FROM greatest(coalesce(v.left_at, clock_timestamp()), v.entered_at) - v.entered_at)
                 * 1000)::bigint AS waited_ms,
           CASE WHEN v.outcome = 'answered'
                THEN v.estimated_wait_ms - floor(extract(epoch FROM v.left_at - v.entered_at) * 1000)::bigint
            END AS error_ms
      FROM queue_visit v JOIN queue q USING (queue_id)
     WHERE v.entry_reason <> 'passed';
COMMENT ON VIEW queue_visit_wait IS 'What wait was foretold to each call that came, and how wrong it was';
COMMENT ON COLUMN queue_visit_wait.position IS 'its place in the queue when it came; 1 goes next';
COMMENT ON COLUMN queue_visit_wait.estimated_wait_ms IS 'foretold when it came; NULL: there was nothing to go by';
COMMENT ON COLUMN queue_visit_wait.waited_ms IS 'in this visit, until it left or until now';
COMMENT ON COLUMN queue_visit_wait.error_ms IS
    'foretold less waited: above 0 he was answered sooner; NULL unless he was answered and something was foretold';
