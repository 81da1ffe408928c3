-- fcc_day: on which day of the center an instant is. Matching and the counting of days go by it: a time zone that this
-- PostgreSQL does not know (it came with another server, or was written past `apply`) stops neither, its days are UTC's.
CREATE FUNCTION fcc_day(p_at timestamptz) RETURNS date
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (p_at AT TIME ZONE coalesce((SELECT timezone FROM center), 'UTC'))::date;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN (p_at AT TIME ZONE 'UTC')::date;
END $$;
