-- fcc_match: put waiting calls and ready agents together, until nothing fits. A transaction of its own,
-- one at a time: event transactions never take this lock, so the order is always matching, call, agent.
-- Best call: returned first, then priority, then the longest waiting of all its visits. Best agent: fcc_best_agent.
-- A requirement of a call that is not there any more asks nothing: nobody may wait for ever.
-- Only calls on p_switch_ids, the switches that the asking engine owns and speaks to.
-- p_offer_grace_ms: how long after ring_ms an offer may stay open before it is looked up.
-- Returns every offer that somebody must be told of: the new ones, and older ones that still have no leg because who
-- made them died, or lost the reply to his COMMIT. To be told twice is harmless.
-- Whoever decides on several calls has locked them all in the order of their ids, match() goes by the order of the
-- waiting: it waits for one call, and for one agent. The next call, or agent, that somebody else has locked ends it, and a
-- row of NULLs asks to be called again at once: nobody is passed over. So do 50 offers: nobody waits longer for the locks.
-- A row of a call alone: it, perhaps with others, waits on for an agent.
-- p_is_hasty: waits for nobody at all, and not for another match: for who has other work to do meanwhile.
--
-- Many may wait for whom nobody is ready, and must not cost a search each. v_nearest: for the calls of a queue, and for
-- those of them that ask the same, how long one must wait until a tier opens in which somebody is ready; who has
-- waited less is passed over. The first searches tell it; when some have found nobody, fcc_nearest does for all queues.
-- OFFSET 0 behind EXISTS: one look at an index for each row, whatever the statistics say; few are open, many ever were.
CREATE FUNCTION fcc_match(p_switch_ids uuid[], p_offer_grace_ms integer, p_is_hasty boolean DEFAULT false)
RETURNS TABLE (offer_id uuid, call_id uuid, agent_id uuid)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    c_few_queues CONSTANT integer := 3;
    c_most_offers CONSTANT integer := 50;
    v record;
    q record;
    a record;
    v_offer_id uuid;
    v_now timestamptz;
    v_today date;
    v_failed integer := 0;
    v_waits uuid;  -- the first who found nobody
    v_nearest jsonb := '{}';
    v_has_call boolean := p_is_hasty;   -- a lock of one, be it in vain
    v_has_agent boolean := p_is_hasty;
    v_made integer := 0;
BEGIN
    IF NOT p_is_hasty THEN
        PERFORM pg_advisory_xact_lock(hashtext('freeswitch_cc.match'));
    ELSIF NOT pg_try_advisory_xact_lock(hashtext('freeswitch_cc.match')) THEN
        RETURN QUERY SELECT NULL::uuid, NULL::uuid, NULL::uuid;
        RETURN;
    END IF;
    v_now := clock_timestamp();
    PERFORM set_config('fcc.matched_at', v_now::text, false);  -- for fcc_next_tier_ms

    RETURN QUERY
        SELECT o.offer_id, o.call_id, o.agent_id
          FROM offer o
         WHERE o.outcome IS NULL AND o.ringing_at IS NULL AND o.made_at < v_now - interval '1 s'
           AND EXISTS (SELECT 1 FROM call c
                        WHERE c.call_id = o.call_id AND c.switch_id = ANY (p_switch_ids) AND c.phase = 'queued' OFFSET 0)
           AND NOT EXISTS (SELECT 1 FROM leg l WHERE l.leg_id = o.leg_id OFFSET 0);

    IF NOT EXISTS (SELECT 1 FROM ready_agent) THEN
        RETURN QUERY
            SELECT NULL::uuid, w.call_id, NULL::uuid
              FROM queue_visit w
             WHERE w.outcome IS NULL
               AND NOT EXISTS (SELECT 1 FROM offer o WHERE o.visit_id = w.visit_id AND o.outcome IS NULL OFFSET 0)
             LIMIT 1;
        RETURN;
    END IF;
    v_today := fcc_day(v_now);

    FOR v IN
        SELECT w.visit_id, w.call_id, w.queue_id, w.requirement_id, w.preferred_agent_id, w.priority, w.is_returned,
               -- The clock of a switch may be ahead of ours: whoever waits has waited.
               greatest(0, floor(extract(epoch FROM v_now - w.waiting_since) * 1000))::bigint AS waited_ms,
               w.queue_id::text AS queue, w.queue_id::text || w.requirement_id::text AS asks
          FROM queue_visit w
         WHERE w.outcome IS NULL
           AND NOT EXISTS (SELECT 1 FROM offer o WHERE o.visit_id = w.visit_id AND o.outcome IS NULL OFFSET 0)
         ORDER BY w.is_returned DESC, w.priority DESC, w.waiting_since, w.visit_id
    LOOP
        IF v_made = c_most_offers THEN
            RETURN QUERY SELECT NULL::uuid, NULL::uuid, NULL::uuid;
            RETURN;
        END IF;
        v_waits := coalesce(v_waits, v.call_id);
        EXIT WHEN v_made > 0 AND NOT EXISTS (SELECT 1 FROM ready_agent);
        IF v.waited_ms < coalesce(v_nearest->>v.asks, v_nearest->>v.queue)::bigint THEN
            CONTINUE WHEN v.preferred_agent_id IS NULL;
            CONTINUE WHEN NOT EXISTS (SELECT 1 FROM ready_agent r WHERE r.agent_id = v.preferred_agent_id);
        END IF;
        SELECT x.ring_ms, x.strategy, jsonb_array_length(x.tiers) AS tiers, s.requirement_id, s.expression INTO q
          FROM call c CROSS JOIN queue x LEFT JOIN requirement s ON s.requirement_id = v.requirement_id
         WHERE c.call_id = v.call_id AND c.phase = 'queued' AND c.switch_id = ANY (p_switch_ids)
           AND x.queue_id = v.queue_id;
        CONTINUE WHEN NOT FOUND;
        LOOP
            SELECT * INTO a
              FROM fcc_best_agent(v.call_id, v.queue_id, q.requirement_id, v.preferred_agent_id, v.waited_ms,
                                  q.strategy, v_now, v_today);
            IF a.agent_id IS NULL THEN
                v_nearest := v_nearest || jsonb_build_object(coalesce(v.asks, v.queue),
                                                             coalesce(a.nearest_ms, 9223372036854775807));
                v_failed := v_failed + 1;
                IF v_failed = c_few_queues THEN
                    -- Most who are in a queue are being offered already.
                    v_nearest := fcc_nearest(ARRAY(
                        SELECT DISTINCT w.queue_id FROM queue_visit w
                         WHERE w.outcome IS NULL
                           AND NOT EXISTS (SELECT 1 FROM offer o
                                            WHERE o.visit_id = w.visit_id AND o.outcome IS NULL OFFSET 0))) || v_nearest;
                END IF;
                EXIT;
            END IF;

            -- Locked in the order of all transactions, then read again: either may have changed meanwhile.
            IF v_has_call THEN
                PERFORM 1 FROM call c WHERE c.call_id = v.call_id FOR NO KEY UPDATE SKIP LOCKED;
                IF NOT FOUND THEN
                    RETURN QUERY SELECT NULL::uuid, NULL::uuid, NULL::uuid;
                    RETURN;
                END IF;
            ELSE
                PERFORM 1 FROM call c WHERE c.call_id = v.call_id FOR NO KEY UPDATE;
                v_has_call := true;
            END IF;
            PERFORM 1 FROM call c WHERE c.call_id = v.call_id AND c.phase = 'queued';
            EXIT WHEN NOT FOUND;
            PERFORM 1 FROM queue_visit w WHERE w.visit_id = v.visit_id AND w.outcome IS NULL;
            EXIT WHEN NOT FOUND;
            IF v_has_agent THEN
                PERFORM 1 FROM agent r WHERE r.agent_id = a.agent_id FOR NO KEY UPDATE SKIP LOCKED;
                IF NOT FOUND THEN
                    RETURN QUERY SELECT NULL::uuid, NULL::uuid, NULL::uuid;
                    RETURN;
                END IF;
            ELSE
                PERFORM 1 FROM agent r WHERE r.agent_id = a.agent_id FOR NO KEY UPDATE;
                v_has_agent := true;
            END IF;
            -- This agent is gone: the call is still the first in the row, so the next best agent is his.
            PERFORM 1 FROM ready_agent r WHERE r.agent_id = a.agent_id;
            CONTINUE WHEN NOT FOUND;
            v_made := v_made + 1;

            v_offer_id := gen_random_uuid();
            INSERT INTO offer (offer_id, call_id, visit_id, agent_id, leg_id, contact, ring_ms, made_at, expires_at)
            VALUES (v_offer_id, v.call_id, v.visit_id, a.agent_id, gen_random_uuid(), a.contact, q.ring_ms,
                    clock_timestamp(),
                    clock_timestamp() + make_interval(secs => (q.ring_ms + p_offer_grace_ms) / 1000.0));
            UPDATE agent
               SET activity = 'reserved', activity_at = clock_timestamp(), call_id = v.call_id,
                   due_at = clock_timestamp() + make_interval(secs => (q.ring_ms + 2 * p_offer_grace_ms) / 1000.0)
             WHERE agent.agent_id = a.agent_id;
            IF q.strategy = 'round_robin' THEN
                UPDATE eligibility e SET offered_at = clock_timestamp()
                 WHERE e.agent_id = a.agent_id AND e.queue_id = v.queue_id;
            END IF;

            INSERT INTO match_log (offer_id, call_id, queue_id, agent_id, waited_ms, tier, eligible, ready, because,
                                   details)
            SELECT v_offer_id, v.call_id, v.queue_id, a.agent_id, v.waited_ms, a.tier + 1,
                   (SELECT count(*) FROM eligibility e
                     WHERE e.queue_id = v.queue_id AND e.after_ms <= v.waited_ms
                       AND (q.requirement_id IS NULL
                            OR EXISTS (SELECT 1 FROM qualification x
                                        WHERE x.requirement_id = q.requirement_id AND x.agent_id = e.agent_id))),
                   a.ready,
                   CASE WHEN a.is_preferred THEN 'preferred agent'
                        WHEN a.tries > 0 AND a.ready > 1 THEN
                            format('tried least (%s) of %s ready', a.tries, a.ready)
                        WHEN a.tries > 0 THEN format('the only one ready, tried %s before', a.tries)
                        WHEN a.equals = 1 THEN 'the only one ready'
                        ELSE CASE q.strategy
                                 WHEN 'least_talk' THEN
                                     format('least talk today (%s s)', coalesce(a.talk_ms, 0) / 1000)
                                 WHEN 'fewest_calls' THEN format('fewest calls today (%s)', coalesce(a.calls, 0))
                                 WHEN 'top_down' THEN 'highest in the list'
                                 WHEN 'round_robin' THEN
                                     CASE WHEN a.offered_at IS NULL THEN 'never offered one'
                                          ELSE format('offered one longest ago (%s s)', t.offered_s) END
                                 WHEN 'random' THEN 'drawn by lot'
                                 ELSE format('longest idle (%s s)', t.idle_s) END
                             || format(' of %s ready', a.equals)
                   END
                   || CASE WHEN a.tries = 0 AND a.others_were_tried AND NOT a.is_preferred THEN ' and not tried yet'
                           ELSE '' END
                   || CASE WHEN q.tiers > 1 THEN format(' in tier %s of %s', a.tier + 1, q.tiers) ELSE '' END,
                   jsonb_strip_nulls(jsonb_build_object(
                       'strategy', q.strategy, 'tiers', greatest(q.tiers, 1), 'priority', v.priority,
                       'is_returned', v.is_returned, 'requires', q.expression, 'equals', a.equals, 'tries', a.tries,
                       'is_preferred', a.is_preferred, 'is_open', a.is_open, 'idle_s', t.idle_s,
                       'talk_ms', CASE q.strategy WHEN 'least_talk' THEN coalesce(a.talk_ms, 0) END,
                       'calls', CASE q.strategy WHEN 'fewest_calls' THEN coalesce(a.calls, 0) END,
                       'position', CASE q.strategy WHEN 'top_down' THEN a.place END,
                       'offered_at', CASE q.strategy WHEN 'round_robin' THEN a.offered_at END))
              FROM (SELECT floor(extract(epoch FROM v_now - coalesce(a.idle_since, v_now)))::bigint AS idle_s,
                           floor(extract(epoch FROM v_now - a.offered_at))::bigint AS offered_s) t;

            offer_id := v_offer_id; call_id := v.call_id; agent_id := a.agent_id;
            RETURN NEXT;
            v_waits := nullif(v_waits, v.call_id);
            EXIT;
        END LOOP;
    END LOOP;
    IF v_waits IS NOT NULL THEN
        RETURN QUERY SELECT NULL::uuid, v_waits, NULL::uuid;
    END IF;
END $$;
