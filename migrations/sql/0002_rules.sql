-- fcc_gather_rules: all CHECKs of a table become one, which asks a function that knows them by name. PostgreSQL reads
-- the text of every CHECK anew for each statement: of 145 us that an UPDATE of one leg took, 110 went there. A function
-- is read once by a session. Whoever breaks a rule is told its name, as before.
-- Later rules are added as CHECKs and gathered again: fcc_spread_rules makes CHECKs of them first. The rules of a table
-- stand in the comment of its function, as {name: condition}. Whoever drops a column that a rule is about must spread
-- the rules before and gather them after: PostgreSQL drops a CHECK with any of its columns, and would drop them all.
CREATE FUNCTION fcc_spread_rules(p_table regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_table    text := (SELECT relname FROM pg_class WHERE oid = p_table);
    v_function regproc := to_regproc('fcc_' || v_table || '_holds');
    v_added    text;
BEGIN
    IF v_function IS NULL THEN
        RETURN;
    END IF;
    SELECT string_agg(format('ADD CONSTRAINT %I CHECK (%s)', r.key, r.value), ', ' ORDER BY r.key) INTO v_added
      FROM jsonb_each_text(obj_description(v_function, 'pg_proc')::jsonb) r;
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I, %s', v_table, v_table || '_holds', v_added);
    EXECUTE format('DROP FUNCTION %I', 'fcc_' || v_table || '_holds');
END $$;

CREATE FUNCTION fcc_gather_rules(p_table regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_table    text := (SELECT relname FROM pg_class WHERE oid = p_table);
    v_function text := 'fcc_' || v_table || '_holds';
    v_declared text;
    v_columns  text;
    v_hold     text;
    v_broken   text;
    v_dropped  text;
    v_rules    jsonb;
BEGIN
    PERFORM fcc_spread_rules(p_table);
    -- Parameters are named as the columns, so a condition stands in the function as it stood in the table.
    SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attname),
           string_agg(format('%I', a.attname), ', ' ORDER BY a.attname)
      INTO v_declared, v_columns
      FROM pg_attribute a
     WHERE a.attrelid = p_table
       AND a.attnum IN (SELECT unnest(c.conkey) FROM pg_constraint c WHERE c.conrelid = p_table AND c.contype = 'c');
    SELECT string_agg(format('(%s) IS NOT FALSE', r.condition), E'\n       AND ' ORDER BY r.conname),
           string_agg(format('WHEN (%s) IS FALSE THEN %L', r.condition, r.conname), E'\n        ' ORDER BY r.conname),
           string_agg(format('DROP CONSTRAINT %I', r.conname), ', ' ORDER BY r.conname),
           jsonb_object_agg(r.conname, r.condition)
      INTO v_hold, v_broken, v_dropped, v_rules
      FROM (SELECT c.conname, pg_get_expr(c.conbin, c.conrelid) AS condition
              FROM pg_constraint c WHERE c.conrelid = p_table AND c.contype = 'c') r;
    EXECUTE format($make$
CREATE FUNCTION %I(%s) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $holds$
DECLARE
    v_rule text;
BEGIN
    IF %s
    THEN
        RETURN true;
    END IF;
    v_rule := CASE
        %s END;
    RAISE EXCEPTION 'new row for relation "%s" violates check constraint "%%"', v_rule
        USING ERRCODE = 'check_violation', TABLE = %L, CONSTRAINT = v_rule;
END $holds$ $make$, v_function, v_declared, v_hold, v_broken, v_table, v_table);
    EXECUTE format('COMMENT ON FUNCTION %I IS %L', v_function, v_rules::text);
    EXECUTE format('ALTER TABLE %I %s, ADD CONSTRAINT %I CHECK (%I(%s))',
                   v_table, v_dropped, v_table || '_holds', v_function, v_columns);
END $$;
