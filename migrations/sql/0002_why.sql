-- fcc_why: what is known of a call, for core.why to say in sentences what it waits for. NULL: there is no such call.
-- Keys are the fields of the records in freeswitch_cc/core/why_facts.py. Reads only, and locks nothing.
-- When who did not take the call is asked again: as in fcc_best_agent, by which fcc_match goes; a test holds the two
-- together. Whether somebody commands its switch: the advisory lock of engine.ownership.
CREATE FUNCTION fcc_why(p_call_id uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_now    timestamptz := clock_timestamp();
    v_call   call;
    v_visit  queue_visit;
    v_queue  queue;
    v_asked  requirement;
    v_facts  jsonb;
    v_position integer;
    v_expected record;
BEGIN
    SELECT * INTO v_call FROM call c WHERE c.call_id = p_call_id;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT jsonb_build_object(
               'now', v_now, 'call_id', v_call.call_id, 'phase', v_call.phase, 'outcome', v_call.outcome,
               'dialled', v_call.dialled, 'started_at', v_call.started_at, 'bridged_at', v_call.bridged_at,
               'ended_at', v_call.ended_at, 'step', v_call.step, 'farewell', v_call.farewell,
               'timezone', coalesce((SELECT c.timezone FROM center c), 'UTC'),
               'called_back_at', v_call.called_back_at, 'forward', v_call.forward,
               'placed_by', (SELECT a.login FROM agent a WHERE a.agent_id = (v_call.placed->>'agent_id')::uuid),
               'held_at', (SELECT max(l.segment_at) FROM leg l WHERE l.call_id = p_call_id AND l.role IN ('customer', 'target')
                              AND l.seen <> 'gone' AND l.segment = 'held'),
               'talks_to', coalesce((SELECT jsonb_agg(a.login ORDER BY a.login) FROM leg l JOIN agent a USING (agent_id)
                                      WHERE l.call_id = p_call_id AND l.seen <> 'gone'
                                        AND l.segment IN ('talking', 'held')), '[]'),
               'switch', jsonb_build_object(
                   'name', s.name, 'is_active', s.is_active, 'heard_at', h.heartbeat_at,
                   'is_owned', EXISTS (
                       SELECT 1 FROM pg_locks k
                        WHERE k.locktype = 'advisory' AND k.granted AND k.objsubid = 1
                          AND k.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
                          AND (k.classid::bigint << 32 | k.objid::bigint)
                              = hashtextextended('freeswitch_cc.switch.' || s.switch_id, 0))))
      INTO v_facts
      FROM switch s LEFT JOIN switch_heartbeat h USING (switch_id)
     WHERE s.switch_id = v_call.switch_id;

    SELECT * INTO v_visit FROM queue_visit v WHERE v.call_id = p_call_id
     ORDER BY v.outcome IS NULL DESC, v.entered_at DESC LIMIT 1;
    IF NOT FOUND THEN
        RETURN v_facts;
    END IF;
    SELECT * INTO v_queue FROM queue q WHERE q.queue_id = v_visit.queue_id;
    SELECT * INTO v_asked FROM requirement r WHERE r.requirement_id = v_visit.requirement_id;
    v_facts := v_facts || jsonb_build_object(
        'visit', jsonb_build_object(
            'queue', v_queue.name, 'is_queue_active', v_queue.is_active, 'strategy', v_queue.strategy,
            'entered_at', v_visit.entered_at, 'waiting_since', v_visit.waiting_since, 'left_at', v_visit.left_at,
            'outcome', v_visit.outcome, 'is_returned', v_visit.is_returned, 'priority', v_visit.priority,
            'estimated_wait_ms', v_visit.estimated_wait_ms, 'requires', v_asked.expression,
            'queue_id', v_visit.queue_id, 'overflow', v_queue.overflow, 'hours', v_queue.hours, 'spent', v_visit.spent,
            'overflow_at', v_visit.overflow_at, 'max_tries', v_visit.max_tries, 'left_reason', v_visit.left_reason,
            'too_long_at', v_visit.entered_at + make_interval(secs => v_queue.max_wait_ms / 1000.0),
            'home', (SELECT q.name FROM queue_visit h JOIN queue q USING (queue_id)
                      WHERE h.visit_id = v_visit.came_from),
            'agent', (SELECT a.login FROM agent a WHERE a.agent_id = v_visit.agent_id)),
        'tried', coalesce((
            SELECT jsonb_agg(jsonb_build_object(
                       'login', a.login, 'tries', t.tries, 'outcome', t.outcome, 'ended_at', t.ended_at,
                       'retry_at', t.retry_at, 'is_ready', coalesce(s.standing = 'ready', false)) ORDER BY t.ended_at)
              FROM (SELECT o.agent_id, count(*) AS tries, max(o.ended_at) AS ended_at,
                           (array_agg(o.outcome ORDER BY o.made_at DESC))[1] AS outcome,
                           max(o.retry_at) + least(least(count(*) - 1, 11) * coalesce(max(o.pause_ms), 0), 55000)
                                             * interval '1 millisecond' AS retry_at
                      FROM offer o WHERE o.call_id = p_call_id
                     GROUP BY o.agent_id
                    HAVING bool_and(o.outcome IS NOT NULL)) t
              JOIN agent a USING (agent_id)
              LEFT JOIN agent_standing s USING (agent_id)), '[]'),
        'offer', (
            SELECT jsonb_build_object(
                       'login', a.login, 'made_at', o.made_at, 'ringing_at', o.ringing_at,
                       'is_answered', EXISTS (SELECT 1 FROM leg l WHERE l.leg_id = o.leg_id AND l.want = 'with'))
              FROM offer o JOIN agent a USING (agent_id)
             WHERE o.visit_id = v_visit.visit_id AND o.outcome IS NULL));
    IF v_visit.outcome IS NOT NULL THEN
        RETURN v_facts;
    END IF;

    -- As fcc_save counts when it comes. IS NOT DISTINCT FROM: no index of the queue is to be walked.
    SELECT count(*)::integer + 1 INTO v_position
      FROM queue_visit w
     WHERE w.outcome IS NULL AND w.queue_id IS NOT DISTINCT FROM v_visit.queue_id
       AND (NOT w.is_returned, -w.priority, w.waiting_since, w.visit_id)
         < (NOT v_visit.is_returned, -v_visit.priority, v_visit.waiting_since, v_visit.visit_id);
    SELECT * INTO v_expected FROM fcc_estimate(v_visit.queue_id, v_position, v_asked.requirement_id);
    RETURN v_facts || jsonb_build_object(
        'position', v_position,
        'expected_ms', v_expected.wait_ms, 'expected_by', v_expected.basis,
        'preferred', (
            SELECT jsonb_build_object(
                       'login', a.login, 'is_active', a.is_active,
                       'is_eligible', EXISTS (SELECT 1 FROM eligibility e WHERE e.agent_id = a.agent_id
                                                 AND e.queue_id = v_visit.queue_id)
                                      AND (v_asked.requirement_id IS NULL
                                           OR EXISTS (SELECT 1 FROM qualification x WHERE x.agent_id = a.agent_id
                                                         AND x.requirement_id = v_asked.requirement_id)),
                       'does', CASE WHEN s.standing = 'busy' THEN s.activity ELSE s.standing END,
                       'reason', s.reason, 'since', s.state_at)
              FROM agent a LEFT JOIN agent_standing s USING (agent_id)
             WHERE a.agent_id = v_visit.preferred_agent_id
               AND NOT EXISTS (SELECT 1 FROM offer o WHERE o.call_id = p_call_id AND o.agent_id = a.agent_id)),
        'tiers', (
            WITH tier AS (
                SELECT t.place::integer - 1 AS number, (t.said->>'after_ms')::integer AS after_ms,
                       t.said->>'requires' AS requires, coalesce(nullif(t.said->'agents', 'null'), '[]') AS agents
                  FROM jsonb_array_elements(v_queue.tiers) WITH ORDINALITY t (said, place)
                UNION ALL
                -- A queue that was not written by `apply`: its tiers are those that somebody is in.
                SELECT e.tier, min(e.after_ms), NULL, '[]' FROM eligibility e
                 WHERE e.queue_id = v_visit.queue_id AND e.tier >= jsonb_array_length(v_queue.tiers)
                 GROUP BY e.tier
            ), member AS (
                SELECT e.tier, s.reason, CASE WHEN s.standing = 'busy' THEN s.activity ELSE s.standing END AS does,
                       v_asked.requirement_id IS NULL
                       OR EXISTS (SELECT 1 FROM qualification x WHERE x.agent_id = e.agent_id
                                     AND x.requirement_id = v_asked.requirement_id) AS meets
                  FROM eligibility e JOIN agent_standing s USING (agent_id)
                 WHERE e.queue_id = v_visit.queue_id
            )
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                       'number', t.number + 1, 'after_ms', t.after_ms, 'requires', t.requires, 'agents', t.agents,
                       'eligible', (SELECT count(*) FROM member m WHERE m.tier = t.number),
                       'does', coalesce((SELECT jsonb_object_agg(d.does, d.count)
                                           FROM (SELECT m.does, count(*) FROM member m
                                                  WHERE m.tier = t.number AND m.meets GROUP BY m.does) d), '{}'),
                       'reasons', coalesce((SELECT jsonb_object_agg(d.reason, d.count)
                                              FROM (SELECT m.reason, count(*) FROM member m
                                                     WHERE m.tier = t.number AND m.meets AND m.does = 'not_ready'
                                                       AND m.reason IS NOT NULL
                                                     GROUP BY m.reason) d), '{}'))
                   ORDER BY t.number), '[]')
              FROM tier t));
END $$;
COMMENT ON FUNCTION fcc_why IS 'What is known of a call: what it waits for, in facts. In sentences: freeswitch-cc why';
