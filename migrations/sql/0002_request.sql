-- A request about a call is about the call that the agent is in when he asks; a disposition, about the one that he was
-- in last. It may be carried out later, by another engine, when he talks to somebody else.
-- The other kinds are core.control.Control; tests/store/test_requests_decided.py holds the two together.
CREATE FUNCTION fcc_name_call() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.call_id := (SELECT CASE WHEN NEW.kind = 'disposition' THEN a.last_call_id ELSE a.call_id END
                      FROM agent a WHERE a.agent_id = NEW.agent_id);
    RETURN NEW;
END $$;

CREATE TRIGGER name_call BEFORE INSERT ON request FOR EACH ROW
    WHEN (NEW.call_id IS NULL
          AND NEW.kind IN ('answer', 'reject', 'hang_up', 'hold', 'retrieve', 'mute', 'unmute', 'send_dtmf',
                           'disposition'))
    EXECUTE FUNCTION fcc_name_call();

-- Keys that were sent may be the number of a card, or a PIN: nobody needs them once the request is answered.
CREATE FUNCTION fcc_forget_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.arguments := NEW.arguments - 'digits';
    RETURN NEW;
END $$;

CREATE TRIGGER forget_keys BEFORE INSERT OR UPDATE ON request FOR EACH ROW
    WHEN (NEW.answered_at IS NOT NULL AND jsonb_typeof(NEW.arguments) = 'object' AND NEW.arguments ? 'digits')
    EXECUTE FUNCTION fcc_forget_keys();
