-- The database guards its own rules, whoever writes.

-- A leg belongs to one call for ever. A command in flight cannot vanish or be replaced: it is ended by name
-- (last_command_id), or a kill takes its place. `settle` is nobody's command: the switch moves the leg by itself.
CREATE FUNCTION fcc_guard_leg() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.call_id <> OLD.call_id THEN
        RAISE EXCEPTION 'leg % belongs to call %, not %', OLD.leg_id, OLD.call_id, NEW.call_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'one_owner_per_leg';
    END IF;
    IF OLD.command_id IS NOT NULL AND OLD.command <> 'settle'
       AND NEW.command_id IS DISTINCT FROM OLD.command_id
       AND NEW.last_command_id IS DISTINCT FROM OLD.command_id
       AND NEW.command IS DISTINCT FROM 'kill' THEN
        RAISE EXCEPTION 'leg % has % % in flight', OLD.leg_id, OLD.command, OLD.command_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'one_command_per_leg';
    END IF;
    IF OLD.seen = 'gone' AND NEW.seen <> 'gone' THEN
        RAISE EXCEPTION 'leg % is gone and does not come back', OLD.leg_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'gone_is_for_ever';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard_leg BEFORE UPDATE ON leg FOR EACH ROW EXECUTE FUNCTION fcc_guard_leg();

-- Segments: what a leg was doing, without gap or overlap. An interval is written when it closes.
CREATE FUNCTION fcc_log_segment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO segment (leg_id, call_id, agent_id, kind, started_at, ended_at)
    VALUES (OLD.leg_id, OLD.call_id, OLD.agent_id, OLD.segment, OLD.segment_at,
            greatest(coalesce(NEW.segment_at, OLD.segment_at), OLD.segment_at));
    NEW.segment_at := greatest(NEW.segment_at, OLD.segment_at);
    RETURN NEW;
END $$;

CREATE TRIGGER log_segment BEFORE UPDATE OF segment ON leg FOR EACH ROW
    WHEN (OLD.segment IS NOT NULL AND OLD.segment IS DISTINCT FROM NEW.segment)
    EXECUTE FUNCTION fcc_log_segment();

-- The history of an agent: a row for every state that ended. state_at is the start of the open one.
CREATE FUNCTION fcc_log_agent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.state_at := greatest(clock_timestamp(), OLD.state_at);
    INSERT INTO agent_state_log (agent_id, presence, reason, activity, call_id, started_at, ended_at)
    VALUES (OLD.agent_id, OLD.presence, OLD.reason, OLD.activity, OLD.call_id, OLD.state_at, NEW.state_at);
    RETURN NEW;
END $$;

CREATE TRIGGER log_agent BEFORE UPDATE ON agent FOR EACH ROW
    WHEN ((OLD.presence, OLD.reason, OLD.activity, OLD.call_id)
          IS DISTINCT FROM (NEW.presence, NEW.reason, NEW.activity, NEW.call_id))
    EXECUTE FUNCTION fcc_log_agent();

-- People's requests wake the engine.
CREATE FUNCTION fcc_announce_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('fcc_request', NEW.request_id::text);
    RETURN NULL;
END $$;

CREATE TRIGGER announce_request AFTER INSERT ON request FOR EACH ROW EXECUTE FUNCTION fcc_announce_request();
