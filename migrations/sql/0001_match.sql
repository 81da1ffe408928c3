-- fcc_match: put waiting calls and ready agents together, until nothing fits. A transaction of its own,
-- one at a time: event transactions never take this lock, so the order is always matching, call, agent.
-- Best call: returned first, then priority, then the longest waiting of all its visits.
-- Best agent: among those not tried yet for this call the longest idle; else the one tried least, then longest idle.
-- Who did not take a call is rung for it again after a pause that grows with his tries, by 55 s at most.
-- An agent with an open offer gets no other, whatever his row says: a leftover stops him alone, and nobody else.
-- Only calls on p_switch_ids, the switches that the asking engine owns and speaks to.
-- p_offer_grace_ms: how long after ring_ms an offer may stay open before it is looked up.
-- Returns every offer that somebody must be told of: the new ones, and older ones that still have no leg because who
-- made them died, or lost the reply to his COMMIT. To be told twice is harmless.
CREATE FUNCTION fcc_match(p_switch_ids uuid[], p_offer_grace_ms integer)
RETURNS TABLE (offer_id uuid, call_id uuid, agent_id uuid)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    v record;
    a record;
    v_offer_id uuid;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('freeswitch_cc.match'));

    RETURN QUERY
        SELECT o.offer_id, o.call_id, o.agent_id
          FROM offer o JOIN call c USING (call_id)
         WHERE o.outcome IS NULL AND o.made_at < clock_timestamp() - interval '1 s'
           AND c.switch_id = ANY (p_switch_ids) AND c.phase = 'queued'
           AND NOT EXISTS (SELECT 1 FROM leg l WHERE l.leg_id = o.leg_id);

    FOR v IN
        SELECT w.visit_id, w.call_id, w.queue_id, q.ring_ms
          FROM queue_visit w JOIN queue q USING (queue_id) JOIN call c USING (call_id)
         WHERE w.outcome IS NULL AND c.phase = 'queued' AND c.switch_id = ANY (p_switch_ids)
           AND NOT EXISTS (SELECT 1 FROM offer o WHERE o.visit_id = w.visit_id AND o.outcome IS NULL)
         ORDER BY w.is_returned DESC, w.priority DESC, w.waiting_since, w.visit_id
    LOOP
        EXIT WHEN NOT EXISTS (SELECT 1 FROM agent r
                               WHERE r.presence = 'available' AND r.activity = 'idle' AND r.is_active);
        LOOP
            SELECT r.agent_id, r.contact INTO a
              FROM agent r
             WHERE r.presence = 'available' AND r.activity = 'idle' AND r.is_active
               AND (SELECT true FROM eligibility e WHERE e.agent_id = r.agent_id AND e.queue_id = v.queue_id)
               AND NOT EXISTS (SELECT 1 FROM offer t WHERE t.call_id = v.call_id AND t.agent_id = r.agent_id)
               AND NOT EXISTS (SELECT 1 FROM offer t WHERE t.agent_id = r.agent_id AND t.outcome IS NULL)
             ORDER BY r.idle_since, r.agent_id
             LIMIT 1;
            IF NOT FOUND THEN
                SELECT r.agent_id, r.contact INTO a
                  FROM (SELECT t.agent_id, count(*) AS tries,
                               max(t.retry_at) + least(least(count(*) - 1, 11) * max(t.retry_at - t.ended_at),
                                                       interval '55 s') AS retry_at
                          FROM offer t WHERE t.call_id = v.call_id GROUP BY t.agent_id) t
                  JOIN agent r USING (agent_id)
                 WHERE r.presence = 'available' AND r.activity = 'idle' AND r.is_active
                   AND (t.retry_at IS NULL OR t.retry_at <= clock_timestamp())
                   AND NOT EXISTS (SELECT 1 FROM offer t WHERE t.agent_id = r.agent_id AND t.outcome IS NULL)
                   AND (SELECT true FROM eligibility e WHERE e.agent_id = r.agent_id AND e.queue_id = v.queue_id)
                 ORDER BY t.tries, r.idle_since, r.agent_id
                 LIMIT 1;
                EXIT WHEN NOT FOUND;
            END IF;

            -- Locked in the order of all transactions, then read again: either may have changed meanwhile.
            PERFORM 1 FROM call c WHERE c.call_id = v.call_id AND c.phase = 'queued' FOR NO KEY UPDATE;
            EXIT WHEN NOT FOUND;
            PERFORM 1 FROM queue_visit w WHERE w.visit_id = v.visit_id AND w.outcome IS NULL;
            EXIT WHEN NOT FOUND;
            PERFORM 1 FROM agent r WHERE r.agent_id = a.agent_id AND r.presence = 'available'
                AND r.activity = 'idle' AND r.is_active FOR NO KEY UPDATE;
            -- This agent is gone: the call is still the first in the row, so the next best agent is his.
            CONTINUE WHEN NOT FOUND;

            v_offer_id := gen_random_uuid();
            INSERT INTO offer (offer_id, call_id, visit_id, agent_id, leg_id, contact, ring_ms, made_at, expires_at)
            VALUES (v_offer_id, v.call_id, v.visit_id, a.agent_id, gen_random_uuid(), a.contact, v.ring_ms,
                    clock_timestamp(),
                    clock_timestamp() + make_interval(secs => (v.ring_ms + p_offer_grace_ms) / 1000.0));
            UPDATE agent
               SET activity = 'reserved', activity_at = clock_timestamp(), call_id = v.call_id,
                   due_at = clock_timestamp() + make_interval(secs => (v.ring_ms + 2 * p_offer_grace_ms) / 1000.0)
             WHERE agent.agent_id = a.agent_id;
            offer_id := v_offer_id; call_id := v.call_id; agent_id := a.agent_id;
            RETURN NEXT;
            EXIT;
        END LOOP;
    END LOOP;
END $$;
