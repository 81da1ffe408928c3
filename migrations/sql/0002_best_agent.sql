-- fcc_best_agent: who is offered this call now, if anybody is. Always one row; agent_id is NULL when nobody is.
-- Who may be: who is ready (ready_agent), in a tier of the queue that has opened by the time the call has waited, and
-- meets what the call itself asks (p_requirement_id; NULL asks nothing).
-- Who is best: the preferred agent before all, though his tier is closed, if he was never asked for this call. Then who was not tried yet for this call, then who was tried least; of these the lowest tier, in it the
-- strategy of the queue, among equals the longest idle.
-- Who did not take a call is rung for it again after a pause that grows with his tries, by 55 s at most.
-- nearest_ms: how long a call must wait until a tier opens in which somebody is ready who meets the same; NULL: there
-- is none. Told only when nobody is found: else the tiers that are closed are not looked at.
-- ready: how many could take this call at once in the tiers that are open; equals: how many of them are in his tier
-- and were tried as often as he; others_were_tried: some were tried more often.
-- Hash joins: a queue may have many agents, and many of them may be ready. OFFSET 0: the day of each of them is read
-- only if it counts.
CREATE FUNCTION fcc_best_agent(
    p_call_id uuid, p_queue_id uuid, p_requirement_id uuid, p_preferred_agent_id uuid, p_waited_ms bigint,
    p_strategy text, p_now timestamptz, p_today date,
    OUT nearest_ms integer, OUT ready integer, OUT equals integer, OUT others_were_tried boolean, OUT agent_id uuid,
    OUT contact text, OUT idle_since timestamptz, OUT tier integer, OUT place integer, OUT offered_at timestamptz,
    OUT is_open boolean, OUT tries integer, OUT is_preferred boolean, OUT talk_ms bigint, OUT calls integer)
LANGUAGE plpgsql VOLATILE SET enable_hashjoin = on AS $$
#variable_conflict use_column
BEGIN
    WITH tried AS MATERIALIZED (
        SELECT t.agent_id, count(*)::integer AS tries,
               max(t.retry_at) + least(least(count(*) - 1, 11) * coalesce(max(t.pause_ms), 0), 55000)
                                 * interval '1 millisecond' AS retry_at
          FROM offer t WHERE t.call_id = p_call_id GROUP BY t.agent_id
    ), able AS MATERIALIZED (
        SELECT r.agent_id, r.contact, r.idle_since, e.tier, e.after_ms, e.position, e.offered_at,
               e.after_ms <= p_waited_ms AND coalesce(t.retry_at <= p_now, true) AS is_open,
               coalesce(t.tries, 0) AS tries,
               r.agent_id = p_preferred_agent_id AND t.tries IS NULL AS is_preferred
          FROM eligibility e JOIN ready_agent r USING (agent_id) LEFT JOIN tried t USING (agent_id)
         WHERE e.queue_id = p_queue_id AND (e.after_ms <= p_waited_ms OR e.agent_id = p_preferred_agent_id)
           AND (p_requirement_id IS NULL
                OR EXISTS (SELECT 1 FROM qualification x
                            WHERE x.requirement_id = p_requirement_id AND x.agent_id = e.agent_id))
    ), best AS MATERIALIZED (
        SELECT a.*, d.talk_ms, d.calls
          FROM able a
          LEFT JOIN LATERAL (SELECT y.talk_ms, y.calls FROM agent_day y
                              WHERE p_strategy IN ('least_talk', 'fewest_calls')
                                AND y.agent_id = a.agent_id AND y.day = p_today OFFSET 0) d ON true
         WHERE a.is_open OR a.is_preferred
         ORDER BY a.is_preferred IS TRUE DESC, a.tries, a.tier,
                  CASE p_strategy WHEN 'least_talk' THEN coalesce(d.talk_ms, 0)
                                  WHEN 'fewest_calls' THEN coalesce(d.calls, 0)
                                  WHEN 'top_down' THEN a.position
                                  WHEN 'round_robin' THEN coalesce(extract(epoch FROM a.offered_at), 0)
                                  WHEN 'random' THEN random()
                                  ELSE 0 END,
                  a.idle_since, a.agent_id
         LIMIT 1
    )
    SELECT n.ready, n.equals, n.others_were_tried, b.agent_id, b.contact, b.idle_since, b.tier,
           b.position, b.offered_at, b.is_open, b.tries, b.is_preferred IS TRUE, b.talk_ms, b.calls
      INTO ready, equals, others_were_tried, agent_id, contact, idle_since, tier,
           place, offered_at, is_open, tries, is_preferred, talk_ms, calls
      FROM (SELECT count(*) FILTER (WHERE a.is_open) AS ready,
                   count(*) FILTER (WHERE a.is_open AND a.tries = b.tries AND a.tier = b.tier) AS equals,
                   coalesce(bool_or(a.is_open AND a.tries > b.tries), false) AS others_were_tried
              FROM able a LEFT JOIN best b ON true) n
      LEFT JOIN best b ON true;

    IF agent_id IS NULL THEN
        SELECT e.after_ms INTO nearest_ms
          FROM eligibility e JOIN ready_agent r USING (agent_id)
         WHERE e.queue_id = p_queue_id
           AND (p_requirement_id IS NULL
                OR EXISTS (SELECT 1 FROM qualification x
                            WHERE x.requirement_id = p_requirement_id AND x.agent_id = e.agent_id))
         ORDER BY e.after_ms LIMIT 1;
    END IF;
END $$;
