-- fcc_overflow: a queue as it is now, and every queue, agent's line and voicemail box that its overflow may lead to.
-- Keys are the fields of the records in freeswitch_cc/core/lines.py. Whether a queue is open is told by core.hours.
-- p_requirement_id: what the call asks besides this queue; in another one it asks nothing. p_caller_number: whose
-- messages and calls to numbers of the last day are counted, if it is a number. p_call_id: the call itself, if it is
-- there already: it does not stand in its own way.
-- It locks nothing: that a queue has no room left for who enters it, or is called a number for by it, is found when that
-- is saved (fcc_keep_length, fcc_keep_forwarded).
CREATE FUNCTION fcc_overflow(p_queue_id uuid, p_requirement_id uuid, p_caller_number text, p_call_id uuid DEFAULT NULL)
RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_ids uuid[];
BEGIN
    WITH RECURSIVE reached AS (
        SELECT q.queue_id, q.overflow FROM queue q WHERE q.queue_id = p_queue_id
        UNION
        SELECT n.queue_id, n.overflow
          FROM reached r CROSS JOIN LATERAL jsonb_each_text(r.overflow) o
          -- The line of an agent is a queue of that name.
          JOIN queue n ON n.name = CASE WHEN o.value LIKE 'queue:%' THEN substr(o.value, 7)
                                        WHEN o.value LIKE 'agent:%' THEN o.value END
         WHERE n.is_active
    )
    SELECT array_agg(r.queue_id) INTO v_ids FROM reached r;
    RETURN jsonb_build_object(
        'timezone', coalesce((SELECT c.timezone FROM center c), 'UTC'),
        'lines', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                       'queue_id', q.queue_id, 'name', q.name, 'hours', q.hours, 'max_length', q.max_length,
                       'max_wait_ms', q.max_wait_ms, 'overflow', q.overflow, 'agent_wait_ms', q.agent_wait_ms,
                       'agent_tries', q.agent_tries, 'music', q.music, 'hold_music', q.hold_music,
                       'wrap_up', q.wrap_up, 'wrap_up_ms', q.wrap_up_ms, 'wrap_up_limit_ms', q.wrap_up_limit_ms,
                       'may_dial', q.may_dial, 'caller_ids', q.caller_ids, 'max_forwarded', q.max_forwarded,
                       'max_forwarded_per_caller', q.max_forwarded_per_caller,
                       'forwarded', CASE WHEN q.max_forwarded = 0 OR NOT n.calls_numbers THEN 0 ELSE
                           fcc_forwarded(q.queue_id, ARRAY[p_call_id]) END,
                       -- Whichever queue it was, and whether the number was reached or not.
                       'forwarded_of_caller', CASE WHEN NOT n.calls_numbers THEN 0 ELSE (
                           SELECT count(*) FROM (
                               SELECT 1 FROM call c
                                WHERE q.max_forwarded_per_caller > 0 AND p_caller_number ~ '[1-9]'
                                  AND c.caller_number BETWEEN p_caller_number AND p_caller_number
                                  AND c.caller_number <> '' AND c.started_at > clock_timestamp() - interval '24 h'
                                  AND c.call_id IS DISTINCT FROM p_call_id AND c.origin = 'inbound'
                                  AND EXISTS (SELECT 1 FROM leg l WHERE l.call_id = c.call_id
                                                 AND l.role = 'target' AND l.agent_id IS NULL)
                                LIMIT q.max_forwarded_per_caller) c) END,
                       -- IS NOT DISTINCT FROM: no index of the queue is to be walked, there are few that wait.
                       'waiting', CASE WHEN q.max_length IS NULL THEN 0 ELSE (
                           SELECT count(*) FROM queue_visit w
                            WHERE w.outcome IS NULL AND w.queue_id IS NOT DISTINCT FROM q.queue_id) END,
                       'is_staffed', fcc_is_staffed(q.queue_id,
                                                    CASE WHEN q.queue_id = p_queue_id THEN p_requirement_id END))), '[]')
              FROM queue q
             CROSS JOIN LATERAL (SELECT EXISTS (SELECT 1 FROM jsonb_each_text(q.overflow) o
                                                 WHERE o.value LIKE 'number:%') AS calls_numbers) n
             WHERE q.queue_id = ANY (v_ids)),
        'dialling', (
            SELECT to_jsonb(d) FROM dialling d
             WHERE EXISTS (SELECT 1 FROM queue q CROSS JOIN LATERAL jsonb_each_text(q.overflow) o
                            WHERE q.queue_id = ANY (v_ids) AND o.value LIKE 'number:%')),
        'boxes', (
            -- No more is counted than matters.
            SELECT coalesce(jsonb_agg(to_jsonb(b) || jsonb_build_object(
                       'messages', (SELECT count(*) FROM (
                           SELECT 1 FROM voicemail v WHERE v.box = b.name LIMIT b.max_messages) m),
                       'messages_of_caller', (SELECT count(*) FROM (
                           SELECT 1 FROM call c JOIN voicemail v USING (call_id)
                            WHERE b.max_per_caller > 0 AND p_caller_number ~ '[1-9]' AND c.caller_number <> ''
                              AND c.caller_number BETWEEN p_caller_number AND p_caller_number
                              AND c.started_at > clock_timestamp() - interval '24 h' AND v.box = b.name
                            LIMIT b.max_per_caller) m))), '[]')
              FROM voicemail_box b
             WHERE EXISTS (SELECT 1 FROM queue q CROSS JOIN LATERAL jsonb_each_text(q.overflow) o
                            WHERE q.queue_id = ANY (v_ids) AND o.value = 'voicemail:' || b.name)));
END $$;
COMMENT ON FUNCTION fcc_overflow IS 'A queue as it is now, and everything that its overflow may lead to';

-- fcc_keep_length: so many calls are about to enter this queue. When others have taken the last place since it was looked
-- at, they are decided anew (serialization_failure). Whoever enters holds the others off until he is in it, so that at
-- max_length it is exact; these locks are taken behind those of calls and agents, in the order of the queues' ids.
CREATE FUNCTION fcc_keep_length(p_queue_id uuid, p_max_length integer, p_coming integer) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('freeswitch_cc.queue.' || p_queue_id, 0));
    -- IS NOT DISTINCT FROM: as above. What was committed until the lock was taken is seen by this statement.
    IF (SELECT count(*) FROM queue_visit w
         WHERE w.outcome IS NULL AND w.queue_id IS NOT DISTINCT FROM p_queue_id) + p_coming > p_max_length THEN
        RAISE EXCEPTION 'queue % has become full', p_queue_id USING ERRCODE = '40001';
    END IF;
END $$;

-- fcc_forwarded: for how many calls of this queue a number is called, or talks to them; not counting some of them.
CREATE FUNCTION fcc_forwarded(p_queue_id uuid, p_but_call_ids uuid[]) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM call c
     WHERE c.forward IS NOT NULL AND c.ended_at IS NULL
       AND c.forward->>'queue_id' = p_queue_id::text AND (c.call_id = ANY (p_but_call_ids)) IS NOT TRUE;
$$;

-- fcc_keep_forwarded: of these calls (jsonb, as fcc_save has them) some are about to have a number called that had none
-- so far. As fcc_keep_length: at max_forwarded it is exact. These locks come before those of the queues, in the order of
-- the queues' ids.
CREATE FUNCTION fcc_keep_forwarded(p_calls jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    q record;
BEGIN
    FOR q IN
        SELECT x.queue_id, x.max_forwarded, array_agg(r.call_id) AS call_ids
          FROM jsonb_to_recordset(p_calls) r (call_id uuid, phase text, forward jsonb)
          JOIN queue x ON x.queue_id = (r.forward->>'queue_id')::uuid
         WHERE r.phase = 'forwarding' AND x.max_forwarded > 0
         GROUP BY x.queue_id, x.max_forwarded
         ORDER BY x.queue_id
    LOOP
        CONTINUE WHEN (SELECT count(*) FROM call c
                        WHERE c.call_id = ANY (q.call_ids) AND c.forward->>'queue_id' = q.queue_id::text)
                      = cardinality(q.call_ids);
        PERFORM pg_advisory_xact_lock(hashtextextended('freeswitch_cc.forwarded.' || q.queue_id, 0));
        IF fcc_forwarded(q.queue_id, q.call_ids) + cardinality(q.call_ids) > q.max_forwarded THEN
            RAISE EXCEPTION 'queue % has as many calls at numbers as it may', q.queue_id USING ERRCODE = '40001';
        END IF;
    END LOOP;
END $$;

-- fcc_home: the visit that a call left for the line of an agent; NULL when it waits in no such line.
CREATE FUNCTION fcc_home(p_visit_id uuid) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
               'queue_id', v.queue_id, 'left_reason', v.left_reason, 'requirement_id', v.requirement_id,
               'preferred_agent_id', v.preferred_agent_id, 'music', q.music, 'hold_music', q.hold_music,
               'wrap_up', q.wrap_up, 'wrap_up_ms', q.wrap_up_ms, 'wrap_up_limit_ms', q.wrap_up_limit_ms,
               'max_wait_ms', CASE WHEN q.overflow ? 'too_long' THEN q.max_wait_ms END)
      FROM queue_visit v JOIN queue q USING (queue_id)
     WHERE v.visit_id = p_visit_id AND v.left_reason IS NOT NULL;
$$;
