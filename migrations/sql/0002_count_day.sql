-- fcc_count_day: what each agent did on each day, for the strategies fewest_calls and least_talk, whoever writes.
-- A talk lasts from the moment that he talks until he does so no more; what he holds within it counts. It is a call of
-- the day on which it began, its length belongs to the day on which it ended. A day begins at the center's midnight.
-- A call that he has placed himself, or a colleague, is talk and no call that he has taken.
CREATE FUNCTION fcc_count_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.activity IN ('talking', 'holding') THEN
        NEW.talking_since := NEW.activity_at;
        INSERT INTO agent_day (agent_id, day, calls)
        VALUES (NEW.agent_id, fcc_day(NEW.activity_at),
                coalesce((SELECT c.origin = 'inbound' FROM call c WHERE c.call_id = NEW.call_id), true)::integer)
        ON CONFLICT (agent_id, day) DO UPDATE SET calls = agent_day.calls + excluded.calls;
    ELSE
        NEW.talking_since := NULL;
        INSERT INTO agent_day (agent_id, day, talk_ms)
        VALUES (NEW.agent_id, fcc_day(NEW.activity_at),
                greatest(0, extract(epoch FROM NEW.activity_at - coalesce(OLD.talking_since, OLD.activity_at)) * 1000))
        ON CONFLICT (agent_id, day) DO UPDATE SET talk_ms = agent_day.talk_ms + excluded.talk_ms;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER count_day BEFORE UPDATE OF activity ON agent FOR EACH ROW
    WHEN ((OLD.activity IN ('talking', 'holding')) <> (NEW.activity IN ('talking', 'holding')))
    EXECUTE FUNCTION fcc_count_day();
