-- fcc_nearest: of each queue how long a call of it must wait until a tier opens in which somebody is ready, as an
-- object queue_id -> ms; more than anybody can wait if nobody is. For fcc_match, when calls of many queues wait.
-- A few who are ready are looked at one by one, with their queues; of many the first one that is found tells for a
-- queue, tier by tier. OFFSET 0: by the index of the agents, whatever the statistics say.
CREATE FUNCTION fcc_nearest(p_queue_ids uuid[]) RETURNS jsonb
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c_few    CONSTANT integer := 50;
    v_agents uuid[] := ARRAY(SELECT r.agent_id FROM ready_agent r LIMIT c_few + 1);
BEGIN
    RETURN (
        SELECT jsonb_object_agg(q.queue_id, coalesce(n.after_ms, 9223372036854775807))
          FROM unnest(p_queue_ids) q (queue_id)
          LEFT JOIN (SELECT e.queue_id, min(e.after_ms) AS after_ms
                       FROM unnest(v_agents) r (agent_id),
                            LATERAL (SELECT x.queue_id, x.after_ms FROM eligibility x
                                      WHERE x.agent_id = r.agent_id AND x.queue_id = ANY (p_queue_ids) OFFSET 0) e
                      WHERE cardinality(v_agents) <= c_few
                      GROUP BY e.queue_id
                     UNION ALL
                     SELECT k.queue_id, e.after_ms
                       FROM unnest(p_queue_ids) k (queue_id),
                            LATERAL (SELECT x.after_ms FROM eligibility x JOIN ready_agent r USING (agent_id)
                                      WHERE x.queue_id = k.queue_id ORDER BY x.after_ms LIMIT 1) e
                      WHERE cardinality(v_agents) > c_few) n ON n.queue_id = q.queue_id);
END $$;
