-- fcc_view_dial: all that a decision on a call that an agent asks for may look at, with the agents in it locked.
-- Keys are the fields of the records in freeswitch_cc/core/call.py and core/dialling.py.
-- p_call_id: the id that the call will have. If it is there already, it was asked for twice: only it is returned.
-- p_agent_id: who asks. p_login: the agent who is to be called, if it is one.
-- Both are locked in the order of their ids, as by every transaction; match() finds them reserved afterwards.
CREATE FUNCTION fcc_view_dial(p_call_id uuid, p_agent_id uuid, p_login text) RETURNS jsonb
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_call    call;
    v_ids     uuid[];
    v_target  uuid;
BEGIN
    SELECT * INTO v_call FROM call WHERE call_id = p_call_id FOR NO KEY UPDATE;
    IF FOUND THEN
        RETURN jsonb_build_object('now', clock_timestamp(), 'view', jsonb_build_object('call', to_jsonb(v_call)));
    END IF;
    SELECT a.agent_id INTO v_target FROM agent a WHERE a.login = p_login;
    v_ids := array_remove(ARRAY[p_agent_id, v_target], NULL);
    PERFORM 1 FROM agent WHERE agent_id = ANY (v_ids) ORDER BY agent_id FOR NO KEY UPDATE;

    RETURN jsonb_build_object('now', clock_timestamp(), 'view', jsonb_build_object(
        'agents', coalesce((SELECT jsonb_agg(to_jsonb(a) ORDER BY a.agent_id) FROM agent a
                             WHERE a.agent_id = ANY (v_ids)), '[]'),
        'dialling', (
              WITH party AS (
                  SELECT a.agent_id, to_jsonb(a) || jsonb_build_object('has_open_offer', EXISTS (
                             SELECT 1 FROM offer o WHERE o.agent_id = a.agent_id AND o.outcome IS NULL)) AS said
                    FROM agent a WHERE a.agent_id = ANY (v_ids)
              )
            SELECT to_jsonb(d) || jsonb_build_object(
                       'agent', (SELECT p.said FROM party p WHERE p.agent_id = p_agent_id),
                       'target', (SELECT p.said FROM party p WHERE p.agent_id = v_target))
              FROM dialling d)));
END $$;
