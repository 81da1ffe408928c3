-- fcc_view_agent: lock one agent and return all that a decision may look at, for events that belong to no call.
-- Keys of view are the fields of AgentView in freeswitch_cc/core/agent_view.py.
-- p_looks_at: 'reasons' for what he may be not ready for, 'dispositions' for the codes in use and for the call that one
-- is about: p_call_id, or else the one that he was in last; 'phone' for whether his is registered anywhere; 'codes' for
-- what a phone may dial, also when there is no such agent. Anything else: only the agent.
CREATE FUNCTION fcc_view_agent(p_agent_id uuid, p_looks_at text, p_call_id uuid) RETURNS jsonb
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_agent agent;
    v_view  jsonb := '{}';
BEGIN
    SELECT * INTO v_agent FROM agent WHERE agent_id = p_agent_id FOR NO KEY UPDATE;

    IF p_looks_at = 'reasons' THEN
        v_view := jsonb_build_object('reasons', coalesce(
            (SELECT jsonb_agg(r.name ORDER BY r.name) FROM not_ready_reason r WHERE NOT r.is_system AND r.is_active), '[]'));
    ELSIF p_looks_at = 'dispositions' THEN
        SELECT jsonb_build_object(
                   'call_id', c.call_id,
                   -- Whatever way he came into it, a bridge with his leg was seen.
                   'is_his_call', c.call_id IS NOT DISTINCT FROM v_agent.last_call_id
                       OR EXISTS (SELECT 1 FROM segment s
                                   WHERE s.call_id = c.call_id AND s.agent_id = p_agent_id
                                     AND s.kind IN ('talking', 'held')))
          INTO v_view
          FROM call c WHERE c.call_id = coalesce(p_call_id, v_agent.last_call_id);
        v_view := coalesce(v_view, '{}') || jsonb_build_object('codes', coalesce(
            (SELECT jsonb_agg(d.code ORDER BY d.code) FROM disposition d WHERE d.is_active), '[]'));
    ELSIF p_looks_at = 'phone' THEN
        SELECT jsonb_build_object('is_phone_registered', bool_or(r.is_registered),
                                  'registered_since', max(r.changed_at) FILTER (WHERE r.is_registered))
          INTO v_view
          FROM registration r JOIN switch s USING (switch_id)
         WHERE r.contact = v_agent.contact AND s.is_active;
    ELSIF p_looks_at = 'codes' THEN
        SELECT jsonb_build_object('feature_codes', c.feature_codes, 'reason_numbers', coalesce(
                   (SELECT jsonb_object_agg(r.number::text, r.name ORDER BY r.number) FROM not_ready_reason r
                     WHERE r.number IS NOT NULL AND NOT r.is_system AND r.is_active), '{}'))
          INTO v_view FROM center c;
        v_view := v_view || jsonb_build_object('reasons', coalesce(
            (SELECT jsonb_agg(r.name ORDER BY r.name) FROM not_ready_reason r WHERE NOT r.is_system AND r.is_active), '[]'));
    END IF;

    RETURN jsonb_build_object('now', clock_timestamp(), 'view', v_view || jsonb_build_object(
        'agent', CASE WHEN v_agent.agent_id IS NOT NULL THEN to_jsonb(v_agent) END));
END $$;
