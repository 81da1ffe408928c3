-- fcc_view_calls: lock calls, then the agents in question, each in the order of their ids, and return all that decisions
-- on them may look at. The hot path's only read, for as many calls as are decided on in one transaction.
-- Keys are the fields of the records in freeswitch_cc/core/call.py; whose each is tells its call_id.
-- Every statement of the function sees what was committed before it, so what is read after a lock is fresh.
-- p_agent_ids: agents who are decided on by themselves, locked with the others.
-- p_arrived: of calls that may be new: [{call_id, dialled, caller_number, switch_id}], by which entries are found, and
-- whose clock tells when they came. p_is_hasty: whom somebody else has locked is left out (View.is_whole tells): for who
-- holds locks already, in another order. skews: by switch, how far its clock is off; less than a moment is left to the network.
CREATE FUNCTION fcc_view_calls(p_call_ids uuid[], p_agent_ids uuid[], p_arrived jsonb, p_is_hasty boolean)
RETURNS json
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_known     uuid[];
    v_calls     json;
    v_visits    json;
    v_agents    json;
    v_entries   jsonb;
    v_overflows jsonb;
    v_is_due    boolean;
    v_forwards  boolean;
BEGIN
    IF p_is_hasty THEN
        SELECT json_agg(row_to_json(c)), array_agg(c.call_id),
               bool_or(c.phase IN ('forwarding', 'talking') AND c.forward IS NOT NULL)
          INTO v_calls, v_known, v_forwards
          FROM (SELECT * FROM call
                 WHERE call_id = ANY (p_call_ids) ORDER BY call_id FOR NO KEY UPDATE SKIP LOCKED) c;
    ELSE
        SELECT json_agg(row_to_json(c)), array_agg(c.call_id),
               bool_or(c.phase IN ('forwarding', 'talking') AND c.forward IS NOT NULL)
          INTO v_calls, v_known, v_forwards
          FROM (SELECT * FROM call WHERE call_id = ANY (p_call_ids) ORDER BY call_id FOR NO KEY UPDATE) c;
    END IF;

    IF p_arrived IS NOT NULL THEN
        -- Of an unknown call: what its dialled number leads to; '*' is the center's catch-all. And who calls: a caller
        -- whom we know may have an agent of his own; else, if the queue wants it, who talked to this number last.
        SELECT jsonb_object_agg(r.call_id, found.entry),
               jsonb_object_agg(r.call_id, fcc_overflow((found.entry->>'queue_id')::uuid,
                                                        (found.entry->>'requirement_id')::uuid, r.caller_number))
                   FILTER (WHERE (found.entry->>'is_limited')::boolean)
          INTO v_entries, v_overflows
          FROM jsonb_to_recordset(p_arrived) r (call_id uuid, dialled text, caller_number text)
         CROSS JOIN LATERAL (
        SELECT jsonb_build_object(
                   'entry_point_id', e.entry_point_id, 'queue_id', q.queue_id,
                   'music', q.music, 'hold_music', q.hold_music, 'wrap_up', q.wrap_up, 'wrap_up_ms', q.wrap_up_ms,
                   'wrap_up_limit_ms', q.wrap_up_limit_ms,
                   'max_wait_ms', CASE WHEN q.overflow ? 'too_long' THEN q.max_wait_ms END,
                   'is_limited', q.hours IS NOT NULL OR q.max_length IS NOT NULL OR q.overflow ? 'nobody',
                   'queue_priority', q.priority, 'entry_priority', e.priority, 'priority_by', q.priority_by,
                   'attached', e.attached,
                   'requirement_id', (SELECT x.requirement_id FROM requirement x WHERE x.expression = e.requires),
                   'caller_name', coalesce(k.name, ''), 'importance', coalesce(k.importance, 0),
                   'preferred_agent_id', coalesce(k.agent_id, l.agent_id),
                   'preferred_by', CASE WHEN k.agent_id IS NOT NULL THEN 'known_caller'
                                        WHEN l.agent_id IS NOT NULL THEN 'last_agent' ELSE '' END) AS entry
          FROM entry_point e JOIN queue q USING (queue_id)
          LEFT JOIN known_caller k ON k.number = r.caller_number
          LEFT JOIN LATERAL (
                -- Of his last calls only: a number that calls all day must not cost more. 'anonymous' and 0000000000
                -- are nobody's number. BETWEEN, and the number in the order; IS TRUE: whatever the statistics say, no
                -- index is walked but that of the numbers, and of these few calls that of their visits.
                SELECT v.agent_id
                  FROM (SELECT c.call_id, c.started_at FROM call c
                         WHERE q.is_last_agent_first AND k.agent_id IS NULL AND r.caller_number ~ '[1-9]'
                           AND c.caller_number BETWEEN r.caller_number AND r.caller_number AND c.caller_number <> ''
                           AND c.started_at > clock_timestamp() - interval '30 days'
                         ORDER BY c.caller_number DESC, c.started_at DESC LIMIT 20) c
                 CROSS JOIN LATERAL (SELECT w.agent_id FROM queue_visit w
                                      WHERE w.call_id = c.call_id AND (w.outcome = 'answered') IS TRUE
                                      ORDER BY w.left_at DESC LIMIT 1) v
                 ORDER BY c.started_at DESC LIMIT 1) l ON true
         WHERE e.number IN (r.dialled, '*') AND e.is_active AND q.is_active
         ORDER BY e.number = '*'
         LIMIT 1) found
         WHERE r.call_id <> ALL (coalesce(v_known, '{}'));
    END IF;

    IF v_known IS NOT NULL THEN
        SELECT json_agg(row_to_json(v)), bool_or(v.outcome IS NULL AND v.overflow_at <= clock_timestamp())
          INTO v_visits, v_is_due
          FROM unnest(v_known) k (call_id)
         CROSS JOIN LATERAL (
               SELECT v.*, q.music, q.hold_music, q.wrap_up, q.wrap_up_ms, q.wrap_up_limit_ms,
                      CASE WHEN q.overflow ? 'too_long' THEN q.max_wait_ms END AS max_wait_ms,
                      CASE WHEN v.came_from IS NOT NULL THEN fcc_home(v.came_from) END AS home
                 FROM queue_visit v JOIN queue q USING (queue_id)
                WHERE v.call_id = k.call_id
                ORDER BY v.outcome IS NULL DESC, v.entered_at DESC
                LIMIT 1) v;

        -- Only when its visit is due: all the queues that it may overflow to. And while a number is called for it, or
        -- talks to it: where it goes on from there.
        IF v_is_due OR v_forwards THEN
            SELECT coalesce(v_overflows, '{}') || coalesce(jsonb_object_agg(o.call_id, o.overflow), '{}')
              INTO v_overflows
              FROM (SELECT c.call_id, fcc_overflow((c.forward->>'queue_id')::uuid, NULL, c.caller_number,
                                             c.call_id) AS overflow
                      FROM call c
                     WHERE c.call_id = ANY (v_known) AND c.phase IN ('forwarding', 'talking')
                       AND c.forward IS NOT NULL
                    UNION ALL
                    SELECT c.call_id, fcc_overflow(v.queue_id, v.requirement_id, c.caller_number, c.call_id)
                      FROM queue_visit v JOIN call c USING (call_id)
                     WHERE v.call_id = ANY (v_known) AND v.outcome IS NULL AND v.overflow_at <= clock_timestamp()
                       AND NOT (c.phase IN ('forwarding', 'talking') AND c.forward IS NOT NULL)) o;
        END IF;
    END IF;

    -- The agents in question: with an open offer of a call, with a leg in it, or in its wrap-up. Who was waited for
    -- is read as he is now: that is what FOR NO KEY UPDATE returns. IS TRUE: by the index of the call's offers, not by
    -- those of all that are open, whatever the statistics say.
    p_agent_ids := p_agent_ids || ARRAY(
                       SELECT o.agent_id FROM offer o WHERE o.call_id = ANY (v_known) AND (o.outcome IS NULL) IS TRUE
                       UNION ALL SELECT l.agent_id FROM leg l
                                  WHERE l.call_id = ANY (v_known) AND l.seen <> 'gone' AND l.agent_id IS NOT NULL
                       UNION ALL SELECT b.agent_id FROM agent b WHERE b.call_id = ANY (v_known));
    IF p_is_hasty THEN
        SELECT json_agg(row_to_json(a)) INTO v_agents
          FROM (SELECT * FROM agent WHERE agent_id = ANY (p_agent_ids)
                 ORDER BY agent_id FOR NO KEY UPDATE SKIP LOCKED) a;
    ELSE
        SELECT json_agg(row_to_json(a)) INTO v_agents
          FROM (SELECT * FROM agent WHERE agent_id = ANY (p_agent_ids) ORDER BY agent_id FOR NO KEY UPDATE) a;
    END IF;

    RETURN json_build_object(
        'now', clock_timestamp(),
        'calls', coalesce(v_calls, '[]'),
        -- Of the legs that are gone only the customer's is looked at again, and those of which a late event may still
        -- tell: a long wait leaves many behind.
        'legs', coalesce((SELECT json_agg(row_to_json(l) ORDER BY l.leg_id) FROM leg l
                           WHERE l.call_id = ANY (v_known) AND (l.seen <> 'gone' OR l.role = 'customer'
                                OR l.ended_at > clock_timestamp() - interval '10 s')), '[]'),
        'visits', coalesce(v_visits, '[]'),
        'offers', coalesce((SELECT json_agg(row_to_json(o) ORDER BY o.made_at) FROM offer o
                             WHERE o.call_id = ANY (v_known) AND (o.outcome IS NULL) IS TRUE), '[]'),
        'agents', coalesce(v_agents, '[]'),
        'entries', coalesce(v_entries, '{}'),
        'overflows', coalesce(v_overflows, '{}'),
        'skews', coalesce((SELECT json_object_agg(h.switch_id, h.skew_ms) FROM switch_heartbeat h
                            WHERE abs(h.skew_ms) > 2000), '{}'));
END $$;
