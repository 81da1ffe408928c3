-- fcc_view_agent: lock one agent and return him, for events that belong to no call.
CREATE FUNCTION fcc_view_agent(p_agent_id uuid) RETURNS jsonb
LANGUAGE plpgsql VOLATILE AS $$
DECLARE v_agent agent;
BEGIN
    SELECT * INTO v_agent FROM agent WHERE agent_id = p_agent_id FOR NO KEY UPDATE;
    RETURN jsonb_build_object('now', clock_timestamp(),
                              'agent', CASE WHEN v_agent.agent_id IS NOT NULL THEN to_jsonb(v_agent) END);
END $$;
