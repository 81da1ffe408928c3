-- fcc_note_skew: how far the clock of a switch is from ours, by its heartbeats. One that waited in a line on its way looks
-- as if the switch were behind: of two in a row the smaller counts. The limits are those of a column. A heartbeat at our own now() is not the switch's: the
-- engine wrote down that it saw it.
CREATE FUNCTION fcc_note_skew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.heartbeat_at = now() THEN
        RETURN NEW;
    END IF;
    NEW.lag_ms := greatest(-2000000000, least(2000000000,
                           extract(epoch FROM clock_timestamp() - NEW.heartbeat_at) * 1000));
    NEW.skew_ms := CASE WHEN TG_OP = 'UPDATE' THEN least(NEW.lag_ms, OLD.lag_ms) ELSE NEW.lag_ms END;
    RETURN NEW;
END $$;

CREATE TRIGGER note_skew BEFORE INSERT OR UPDATE OF heartbeat_at ON switch_heartbeat FOR EACH ROW
    EXECUTE FUNCTION fcc_note_skew();
