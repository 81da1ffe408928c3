-- fcc_due: every row whose time has come on the switches that we own, and every wrap-up; oldest first.
-- horizon_ms: also what comes due within it, so that the caller knows how long it may rest.
CREATE FUNCTION fcc_due(p_switch_ids uuid[], p_horizon_ms integer)
RETURNS TABLE (kind text, call_id uuid, agent_id uuid, row_id uuid, due_in_ms double precision)
LANGUAGE sql VOLATILE AS $$
    WITH t AS (SELECT clock_timestamp() AS now, clock_timestamp() + make_interval(secs => p_horizon_ms / 1000.0) AS horizon)
    SELECT d.kind, d.call_id, d.agent_id, d.row_id, extract(epoch FROM d.due_at - t.now) * 1000 AS due_in_ms
      FROM t, LATERAL (
        SELECT 'command' AS kind, l.call_id, NULL::uuid AS agent_id, l.leg_id AS row_id, l.command_due_at AS due_at
          FROM leg l WHERE l.command_due_at <= t.horizon AND l.switch_id = ANY (p_switch_ids)
        UNION ALL
        SELECT 'sound', l.call_id, NULL, l.leg_id, l.sound_due_at
          FROM leg l WHERE l.sound_due_at <= t.horizon AND l.switch_id = ANY (p_switch_ids)
        UNION ALL
        SELECT 'deadman', l.call_id, NULL, l.leg_id, l.deadman_due_at
          FROM leg l WHERE l.deadman_due_at <= t.horizon AND l.switch_id = ANY (p_switch_ids)
        UNION ALL
        SELECT 'offer', o.call_id, NULL, o.offer_id, o.expires_at
          FROM offer o JOIN call c USING (call_id)
         WHERE o.outcome IS NULL AND o.expires_at <= t.horizon AND c.switch_id = ANY (p_switch_ids)
        UNION ALL
        -- Not while an agent is rung for it: what becomes of that ring is waited for.
        SELECT 'visit', v.call_id, NULL, v.visit_id, v.overflow_at
          FROM queue_visit v JOIN call c USING (call_id)
         WHERE v.outcome IS NULL AND v.overflow_at <= t.horizon AND c.switch_id = ANY (p_switch_ids)
           AND NOT EXISTS (SELECT 1 FROM offer o WHERE o.visit_id = v.visit_id AND o.outcome IS NULL)
        UNION ALL
        -- While a number is called, the switch is looked at first.
        SELECT CASE WHEN c.phase = 'forwarding' THEN 'forward' ELSE 'step' END, c.call_id, NULL, c.call_id, c.step_due_at
          FROM call c WHERE c.step_due_at <= t.horizon AND c.switch_id = ANY (p_switch_ids)
        UNION ALL
        -- A wrap-up is the agent's own; any other passing activity is looked up through the call that caused it.
        SELECT CASE WHEN a.activity = 'wrap_up' THEN 'wrap_up' ELSE 'agent' END, a.call_id, a.agent_id, a.agent_id,
               a.due_at
          FROM agent a
         WHERE a.due_at <= t.horizon
           AND (a.activity = 'wrap_up'
                OR EXISTS (SELECT 1 FROM call c WHERE c.call_id = a.call_id AND c.switch_id = ANY (p_switch_ids)))
      ) d
     ORDER BY d.due_at
     LIMIT 5000;
$$;
