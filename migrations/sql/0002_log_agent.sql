-- The history of an agent: a row for every state that ended. state_at is the start of the open one, presence_at that of
-- his presence and its reason. changed_by stands with the state that it was the beginning of.
CREATE FUNCTION fcc_log_agent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.state_at := greatest(clock_timestamp(), OLD.state_at);
    IF (NEW.presence, NEW.reason) IS DISTINCT FROM (OLD.presence, OLD.reason) THEN
        NEW.presence_at := NEW.state_at;
    END IF;
    IF NEW.activity = 'reserved' THEN
        NEW.changed_by := NULL;  -- a call's doing: fcc_match names nobody
    END IF;
    INSERT INTO agent_state_log (agent_id, presence, reason, activity, call_id, changed_by, started_at, ended_at)
    VALUES (OLD.agent_id, OLD.presence, OLD.reason, OLD.activity, OLD.call_id, OLD.changed_by,
            OLD.state_at, NEW.state_at);
    RETURN NEW;
END $$;

CREATE TRIGGER log_agent BEFORE UPDATE ON agent FOR EACH ROW
    WHEN ((OLD.presence, OLD.reason, OLD.activity, OLD.call_id)
          IS DISTINCT FROM (NEW.presence, NEW.reason, NEW.activity, NEW.call_id))
    EXECUTE FUNCTION fcc_log_agent();

-- Of those who are there already: so long they have been what they are, and were last in the call that they are in.
UPDATE agent SET last_call_id = call_id, presence_at = state_at;
