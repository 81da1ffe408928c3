-- fcc_is_staffed: is somebody logged in who may take calls of this queue, in any tier, and meets what the call asks?
-- A requirement that is not there any more asks nothing. Whose phone has been gone for a minute is as good as not there:
-- no call reaches him. For a minute: a phone that is started anew, or moved, registers again, and nobody is sent away.
CREATE FUNCTION fcc_is_staffed(p_queue_id uuid, p_requirement_id uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM eligibility e JOIN agent a USING (agent_id)
         WHERE e.queue_id = p_queue_id AND a.is_active AND a.presence <> 'offline'
           AND NOT (a.presence = 'not_ready' AND a.reason = 'device_down'
                    AND a.presence_at < clock_timestamp() - interval '1 min')
           AND (p_requirement_id IS NULL
                OR EXISTS (SELECT 1 FROM qualification x
                            WHERE x.requirement_id = p_requirement_id AND x.agent_id = e.agent_id)
                OR NOT EXISTS (SELECT 1 FROM requirement r WHERE r.requirement_id = p_requirement_id)));
$$;
COMMENT ON FUNCTION fcc_is_staffed IS 'Is somebody logged in, with a phone, who may take such a call of this queue?';

-- fcc_note_deserted: visits whose queue has nobody logged in any more become due: nobody tells a call that an agent has
-- logged out. How many. Each looks for itself what becomes of it (core.overflow). SKIP LOCKED: there is a next time.
-- p_again_ms: what is due within that is left alone: it may have been looked at, and its way out been shut.
CREATE FUNCTION fcc_note_deserted(p_again_ms integer) RETURNS integer
LANGUAGE sql VOLATILE AS $$
    WITH deserted AS (
        SELECT w.visit_id
          FROM queue_visit w JOIN queue q USING (queue_id)
         WHERE w.outcome IS NULL AND (w.overflow_at IS NULL OR w.overflow_at > clock_timestamp() + make_interval(secs => p_again_ms / 1000.0))
           AND (w.came_from IS NOT NULL
                OR (q.overflow ? 'nobody' AND NOT w.spent ? (w.queue_id || ':nobody')))
           AND NOT EXISTS (SELECT 1 FROM offer o WHERE o.visit_id = w.visit_id AND o.outcome IS NULL)
           AND NOT fcc_is_staffed(w.queue_id, w.requirement_id)
           FOR UPDATE OF w SKIP LOCKED
    ), noted AS (
        UPDATE queue_visit v SET overflow_at = clock_timestamp() FROM deserted d WHERE v.visit_id = d.visit_id RETURNING 1
    )
    SELECT count(*)::integer FROM noted;
$$;
