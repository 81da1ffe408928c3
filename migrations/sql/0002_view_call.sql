-- fcc_view_call: lock a call, then its agents in id order, and return all that a decision may look at.
-- The hot path's only read. Keys are the fields of the records in freeswitch_cc/core/call.py.
-- Every statement of the function sees what was committed before it, so what is read after a lock is fresh.
-- p_dialled, p_caller_number, p_switch_id: of a call that is not known yet, by which its entry is found, and whose
-- clock tells when it came. skew_ms: how far that clock is off; less than a moment is left to the network.
CREATE FUNCTION fcc_view_call(p_call_id uuid, p_dialled text, p_caller_number text, p_switch_id uuid DEFAULT NULL)
RETURNS json
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_call     call;
    v_visit    record;
    v_agents   json;
    v_entry    json;
    v_overflow jsonb;
BEGIN
    SELECT * INTO v_call FROM call WHERE call_id = p_call_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        -- An unknown call: what its dialled number leads to; '*' is the center's catch-all. And who calls: a caller
        -- whom we know may have an agent of his own; else, if the queue wants it, who talked to this number last.
        SELECT json_build_object(
                   'entry_point_id', e.entry_point_id, 'queue_id', q.queue_id,
                   'music', q.music, 'hold_music', q.hold_music, 'wrap_up', q.wrap_up, 'wrap_up_ms', q.wrap_up_ms,
                   'wrap_up_limit_ms', q.wrap_up_limit_ms,
                   'max_wait_ms', CASE WHEN q.overflow ? 'too_long' THEN q.max_wait_ms END,
                   'is_limited', q.hours IS NOT NULL OR q.max_length IS NOT NULL OR q.overflow ? 'nobody',
                   'queue_priority', q.priority, 'entry_priority', e.priority, 'priority_by', q.priority_by,
                   'attached', e.attached,
                   'requirement_id', (SELECT r.requirement_id FROM requirement r WHERE r.expression = e.requires),
                   'caller_name', coalesce(k.name, ''), 'importance', coalesce(k.importance, 0),
                   'preferred_agent_id', coalesce(k.agent_id, l.agent_id),
                   'preferred_by', CASE WHEN k.agent_id IS NOT NULL THEN 'known_caller'
                                        WHEN l.agent_id IS NOT NULL THEN 'last_agent' ELSE '' END)
          INTO v_entry
          FROM entry_point e JOIN queue q USING (queue_id)
          LEFT JOIN known_caller k ON k.number = p_caller_number
          LEFT JOIN LATERAL (
                -- Of his last calls only: a number that calls all day must not cost more. 'anonymous' and 0000000000
                -- are nobody's number. BETWEEN, and the number in the order; IS TRUE: whatever the statistics say, no
                -- index is walked but that of the numbers, and of these few calls that of their visits.
                SELECT v.agent_id
                  FROM (SELECT c.call_id, c.started_at FROM call c
                         WHERE q.is_last_agent_first AND k.agent_id IS NULL AND p_caller_number ~ '[1-9]'
                           AND c.caller_number BETWEEN p_caller_number AND p_caller_number AND c.caller_number <> ''
                           AND c.started_at > clock_timestamp() - interval '30 days'
                         ORDER BY c.caller_number DESC, c.started_at DESC LIMIT 20) c
                 CROSS JOIN LATERAL (SELECT w.agent_id FROM queue_visit w
                                      WHERE w.call_id = c.call_id AND (w.outcome = 'answered') IS TRUE
                                      ORDER BY w.left_at DESC LIMIT 1) v
                 ORDER BY c.started_at DESC LIMIT 1) l ON true
         WHERE e.number IN (p_dialled, '*') AND e.is_active AND q.is_active
         ORDER BY e.number = '*'
         LIMIT 1;
        v_overflow := CASE WHEN (v_entry->>'is_limited')::boolean
                           THEN fcc_overflow((v_entry->>'queue_id')::uuid, (v_entry->>'requirement_id')::uuid,
                                             p_caller_number) END;
        RETURN json_build_object('now', clock_timestamp(), 'view', json_build_object(
            'entry', v_entry,
            'overflow', v_overflow,
            'skew_ms', coalesce((SELECT h.skew_ms FROM switch_heartbeat h
                                  WHERE h.switch_id = p_switch_id AND abs(h.skew_ms) > 2000), 0)));
    END IF;

    SELECT v.*, q.music, q.hold_music, q.wrap_up, q.wrap_up_ms, q.wrap_up_limit_ms,
           CASE WHEN q.overflow ? 'too_long' THEN q.max_wait_ms END AS max_wait_ms,
           CASE WHEN v.came_from IS NOT NULL THEN fcc_home(v.came_from) END AS home
      INTO v_visit
      FROM queue_visit v JOIN queue q USING (queue_id)
     WHERE v.call_id = p_call_id
     ORDER BY v.outcome IS NULL DESC, v.entered_at DESC
     LIMIT 1;

    -- Only when its visit is due: all the queues that it may overflow to.
    IF v_visit.outcome IS NULL AND v_visit.overflow_at <= clock_timestamp() THEN
        v_overflow := fcc_overflow(v_visit.queue_id, v_visit.requirement_id, v_call.caller_number, p_call_id);
    END IF;

    -- And while a number is called for it, or talks to it: where it goes on from there.
    IF v_call.phase IN ('forwarding', 'talking') AND v_call.forward IS NOT NULL THEN
        v_overflow := fcc_overflow((v_call.forward->>'queue_id')::uuid, NULL, v_call.caller_number, p_call_id);
    END IF;

    -- The agents in question: with an open offer of this call, with a leg in it, or in its wrap-up. Who was waited for
    -- is read as he is now: that is what FOR NO KEY UPDATE returns.
    SELECT json_agg(row_to_json(a)) INTO v_agents
      FROM (SELECT * FROM agent
             WHERE agent_id = ANY (ARRAY(
                       SELECT o.agent_id FROM offer o WHERE o.call_id = p_call_id AND o.outcome IS NULL
                       UNION ALL SELECT l.agent_id FROM leg l
                                  WHERE l.call_id = p_call_id AND l.seen <> 'gone' AND l.agent_id IS NOT NULL
                       UNION ALL SELECT b.agent_id FROM agent b WHERE b.call_id = p_call_id))
             ORDER BY agent_id
               FOR NO KEY UPDATE) a;

    RETURN json_build_object('now', clock_timestamp(), 'view', json_build_object(
        'call', row_to_json(v_call),
        -- Of the legs that are gone only the customer's is looked at again, and those of which a late event may still
        -- tell: a long wait leaves many behind.
        'legs', coalesce((SELECT json_agg(row_to_json(l) ORDER BY l.leg_id) FROM leg l
                           WHERE l.call_id = p_call_id AND (l.seen <> 'gone' OR l.role = 'customer'
                                OR l.ended_at > clock_timestamp() - interval '10 s')), '[]'),
        'visit', CASE WHEN v_visit.visit_id IS NOT NULL THEN row_to_json(v_visit) END,
        'overflow', v_overflow,
        'skew_ms', coalesce((SELECT h.skew_ms FROM switch_heartbeat h
                              WHERE h.switch_id = v_call.switch_id AND abs(h.skew_ms) > 2000), 0),
        'offers', coalesce((SELECT json_agg(row_to_json(o) ORDER BY o.made_at) FROM offer o
                             WHERE o.call_id = p_call_id AND o.outcome IS NULL), '[]'),
        'agents', coalesce(v_agents, '[]')));
END $$;
