-- fcc_save: write what decisions changed, all of it, in the transaction that locked it.
-- p holds only what is new (new_calls, new_legs, new_visits) and what changed (calls, legs, visits, offers, agents), of
-- all the calls that were decided on; voicemails; log; alarms; answer. A row that should be changed and is not there any more: the decision was made on
-- something else, and is made again (SQLSTATE 40001). A new leg may be there: of legs long gone a view tells nothing.
-- commands_of: the switches that will be sent something, with the epoch under which we own each. An engine
-- that was taken over finds another epoch and must not command (SQLSTATE FC001).
-- answer: to a person's request, which is carried out once, whoever took it how often: when the row is answered
-- (or withdrawn) already, nothing at all is written; with commands that is told (SQLSTATE FC002).
-- asked: a request that has no row yet (a phone has asked): it is written with its answer. One that is there was asked
-- and answered before, and is told so.
CREATE FUNCTION fcc_save(p jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_count integer;
BEGIN
    IF p ? 'commands_of' THEN
        PERFORM 1 FROM switch w JOIN jsonb_to_recordset(p->'commands_of') c (switch_id uuid, epoch bigint) USING (switch_id)
          WHERE w.epoch = c.epoch
          ORDER BY w.switch_id
          FOR SHARE OF w;
        GET DIAGNOSTICS v_count = ROW_COUNT;
        IF v_count < jsonb_array_length(p->'commands_of') THEN
            RAISE EXCEPTION 'another engine owns one of the switches %', p->'commands_of' USING ERRCODE = 'FC001';
        END IF;
    END IF;

    IF p ? 'asked' THEN
        INSERT INTO request (request_id, kind, agent_id, arguments, asked_by, idempotency_key, state)
        SELECT request_id, kind, agent_id, arguments, asked_by, idempotency_key, 'taken'
          FROM jsonb_populate_record(NULL::request, p->'asked')
        ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'request % was answered before', p->'asked'->>'request_id' USING ERRCODE = 'FC002';
        END IF;
    END IF;

    IF p ? 'answer' THEN
        UPDATE request SET state = p->'answer'->>'state', reason = p->'answer'->>'reason',
                           message = p->'answer'->>'message', answered_at = clock_timestamp()
         WHERE request_id = (p->'answer'->>'request_id')::uuid AND state IN ('new', 'taken');
        IF NOT FOUND THEN
            IF p ? 'commands_of' THEN
                -- What nobody has written down must not be sent.
                RAISE EXCEPTION 'request % was answered before', p->'answer'->>'request_id' USING ERRCODE = 'FC002';
            END IF;
            RETURN;
        END IF;
        PERFORM pg_notify('fcc_request_answered', p->'answer'->>'request_id');
    END IF;

    IF p->'new_calls' @> '[{"phase": "forwarding"}]' OR p->'calls' @> '[{"phase": "forwarding"}]' THEN
        PERFORM fcc_keep_forwarded(coalesce(p->'new_calls', '[]') || coalesce(p->'calls', '[]'));
    END IF;

    IF p ? 'new_calls' THEN
        INSERT INTO call (call_id, switch_id, origin, phase, caller_number, caller_name, dialled, entry_point_id,
                          attached, started_at, bridged_at, held_by, held_at, ended_at, outcome, farewell, step,
                          step_due_at, placed, called_back_at, forward)
        SELECT r.call_id, r.switch_id, r.origin, r.phase, r.caller_number, r.caller_name, r.dialled,
               r.entry_point_id, r.attached, r.started_at, r.bridged_at, r.held_by, r.held_at, r.ended_at,
               r.outcome, r.farewell, r.step, r.step_due_at, r.placed, r.called_back_at, r.forward
          FROM jsonb_populate_recordset(NULL::call, p->'new_calls') r
        ON CONFLICT (call_id) DO UPDATE
           SET phase = excluded.phase, bridged_at = excluded.bridged_at, held_by = excluded.held_by,
               held_at = excluded.held_at, ended_at = excluded.ended_at, outcome = excluded.outcome,
               farewell = excluded.farewell, step = excluded.step, step_due_at = excluded.step_due_at,
               called_back_at = excluded.called_back_at, forward = excluded.forward;
    END IF;

    IF p ? 'calls' THEN
        UPDATE call c
           SET phase = r.phase, bridged_at = r.bridged_at, held_by = r.held_by,
               held_at = r.held_at, ended_at = r.ended_at, outcome = r.outcome,
               farewell = r.farewell, step = r.step, step_due_at = r.step_due_at,
               called_back_at = r.called_back_at, forward = r.forward
          FROM jsonb_populate_recordset(NULL::call, p->'calls') r
         WHERE c.call_id = r.call_id;
        GET DIAGNOSTICS v_count = ROW_COUNT;
        IF v_count < jsonb_array_length(p->'calls') THEN
            RAISE EXCEPTION 'one of the calls % is not there any more', p->'calls' USING ERRCODE = '40001';
        END IF;
    END IF;

    IF p ? 'new_legs' THEN
        INSERT INTO leg (leg_id, call_id, switch_id, role, agent_id, contact, ring_ms, want, want_leg_id,
                         want_conference, seen, seen_leg_id, seen_conference, seen_at, seen_seq, is_holding, command,
                         command_id, command_leg_id, command_due_at, last_command_id, sound, sound_tries,
                         sound_due_at, deadman_due_at, segment, segment_at, hangup_cause, ended_at, is_muted)
        SELECT leg_id, call_id, switch_id, role, agent_id, contact, ring_ms, want, want_leg_id,
               want_conference, seen, seen_leg_id, seen_conference, seen_at, seen_seq, is_holding, command,
               command_id, command_leg_id, command_due_at, last_command_id, sound, sound_tries,
               sound_due_at, deadman_due_at, segment, segment_at, hangup_cause, ended_at, is_muted
          FROM jsonb_populate_recordset(NULL::leg, p->'new_legs')
        ON CONFLICT (leg_id) DO UPDATE
           SET call_id = excluded.call_id, role = excluded.role, agent_id = excluded.agent_id,
               contact = excluded.contact, ring_ms = excluded.ring_ms, want = excluded.want,
               want_leg_id = excluded.want_leg_id, want_conference = excluded.want_conference,
               seen = excluded.seen, seen_leg_id = excluded.seen_leg_id,
               seen_conference = excluded.seen_conference, seen_at = excluded.seen_at, seen_seq = excluded.seen_seq,
               is_holding = excluded.is_holding, command = excluded.command, command_id = excluded.command_id,
               command_leg_id = excluded.command_leg_id, command_due_at = excluded.command_due_at,
               last_command_id = excluded.last_command_id, sound = excluded.sound,
               sound_tries = excluded.sound_tries, sound_due_at = excluded.sound_due_at,
               deadman_due_at = excluded.deadman_due_at, segment = excluded.segment,
               segment_at = excluded.segment_at, hangup_cause = excluded.hangup_cause, ended_at = excluded.ended_at,
               is_muted = excluded.is_muted;
    END IF;

    IF p ? 'legs' THEN
        UPDATE leg l
           SET call_id = r.call_id, role = r.role, agent_id = r.agent_id,
               contact = r.contact, ring_ms = r.ring_ms, want = r.want,
               want_leg_id = r.want_leg_id, want_conference = r.want_conference,
               seen = r.seen, seen_leg_id = r.seen_leg_id,
               seen_conference = r.seen_conference, seen_at = r.seen_at, seen_seq = r.seen_seq,
               is_holding = r.is_holding, command = r.command, command_id = r.command_id,
               command_leg_id = r.command_leg_id, command_due_at = r.command_due_at,
               last_command_id = r.last_command_id, sound = r.sound,
               sound_tries = r.sound_tries, sound_due_at = r.sound_due_at,
               deadman_due_at = r.deadman_due_at, segment = r.segment,
               segment_at = r.segment_at, hangup_cause = r.hangup_cause, ended_at = r.ended_at,
               is_muted = r.is_muted
          FROM jsonb_populate_recordset(NULL::leg, p->'legs') r
         WHERE l.leg_id = r.leg_id;
        GET DIAGNOSTICS v_count = ROW_COUNT;
        IF v_count < jsonb_array_length(p->'legs') THEN
            RAISE EXCEPTION 'one of the legs % is not there any more', p->'legs' USING ERRCODE = '40001';
        END IF;
    END IF;

    IF p ? 'visits' THEN
        -- The one that ends before the one that begins: one is open per call.
        UPDATE queue_visit v SET left_at = r.left_at, outcome = r.outcome, agent_id = r.agent_id,
                                 left_reason = r.left_reason, overflow_at = r.overflow_at, tries = r.tries,
                                 max_tries = r.max_tries, spent = r.spent
          FROM jsonb_populate_recordset(NULL::queue_visit, p->'visits') r
         WHERE v.visit_id = r.visit_id;
        GET DIAGNOSTICS v_count = ROW_COUNT;
        IF v_count < jsonb_array_length(p->'visits') THEN
            RAISE EXCEPTION 'one of the visits % is not there any more', p->'visits' USING ERRCODE = '40001';
        END IF;
    END IF;

    IF p ? 'new_visits' THEN
        -- Who comes back to a queue has a place in it, however full it is. Queues in the order of their ids.
        PERFORM fcc_keep_length(q.queue_id, q.max_length, c.coming)
           FROM (SELECT r.queue_id, count(*)::integer AS coming
                   FROM jsonb_populate_recordset(NULL::queue_visit, p->'new_visits') r
                  WHERE r.outcome IS NULL AND r.entry_reason <> 'returned' GROUP BY r.queue_id) c
           JOIN queue q USING (queue_id)
          WHERE q.max_length IS NOT NULL
          ORDER BY q.queue_id;
        -- A later visit of a call inherits all the waiting of the earlier ones. All its instants are by our clock
        -- (core.scene, our_at). Its place: behind all that match() would serve before it, be they there or coming with
        -- it. IS NOT DISTINCT FROM: no index of the queue is to be walked, there are few that wait and many that ever did.
        WITH fresh AS MATERIALIZED (
               SELECT r.visit_id, r.call_id, r.queue_id, r.entry_reason, r.is_returned, r.priority, r.requirement_id,
                      r.preferred_agent_id, r.entered_at, r.left_at, r.outcome, r.agent_id, r.left_reason,
                      r.overflow_at, r.spent, r.came_from, r.tries, r.max_tries,
                      r.entered_at - s.waited AS waiting_since
                 FROM jsonb_populate_recordset(NULL::queue_visit, p->'new_visits') r
                CROSS JOIN LATERAL (
                      SELECT coalesce(sum(e.left_at - e.entered_at), interval '0') AS waited
                        FROM queue_visit e WHERE e.call_id = r.call_id) s)
        INSERT INTO queue_visit (visit_id, call_id, queue_id, entry_reason, is_returned, priority, requirement_id,
                                 preferred_agent_id, position, estimated_wait_ms, entered_at, waiting_since, left_at,
                                 outcome, agent_id, left_reason, overflow_at, spent, came_from, tries, max_tries)
        SELECT r.visit_id, r.call_id, r.queue_id, r.entry_reason, r.is_returned, r.priority, r.requirement_id,
               r.preferred_agent_id, place.position,
               fcc_foretold(r.queue_id, place.position, r.requirement_id), r.entered_at, r.waiting_since,
               r.left_at, r.outcome, r.agent_id, r.left_reason, r.overflow_at, r.spent, r.came_from, r.tries,
               r.max_tries
          FROM fresh r
         CROSS JOIN LATERAL (
               SELECT count(*)::integer + 1 AS position
                 FROM (SELECT w.is_returned, w.priority, w.waiting_since, w.visit_id FROM queue_visit w
                        WHERE w.outcome IS NULL AND w.queue_id IS NOT DISTINCT FROM r.queue_id
                       UNION ALL
                       SELECT f.is_returned, f.priority, f.waiting_since, f.visit_id FROM fresh f
                        WHERE f.outcome IS NULL AND f.queue_id = r.queue_id) w
                WHERE (NOT w.is_returned, -w.priority, w.waiting_since, w.visit_id)
                    < (NOT r.is_returned, -r.priority, r.waiting_since, r.visit_id)) place;
        -- A call that comes back: who had it may have it again, but not again and again without a pause.
        UPDATE offer o SET retry_at = clock_timestamp()
          FROM jsonb_populate_recordset(NULL::queue_visit, p->'new_visits') r
         WHERE r.is_returned AND r.outcome IS NULL AND o.call_id = r.call_id AND o.outcome = 'answered'
           AND o.retry_at IS NULL;
    END IF;

    IF p ? 'offers' THEN
        UPDATE offer o
           SET ringing_at = r.ringing_at, expires_at = r.expires_at, ended_at = r.ended_at, outcome = r.outcome,
               cause = r.cause, retry_at = r.retry_at, pause_ms = r.pause_ms
          FROM jsonb_populate_recordset(NULL::offer, p->'offers') r
         WHERE o.offer_id = r.offer_id;
    END IF;

    IF p ? 'agents' THEN
        UPDATE agent a
           SET presence = r.presence, reason = r.reason, pending_presence = r.pending_presence,
               pending_reason = r.pending_reason, pending_by = r.pending_by, changed_by = r.changed_by,
               activity = r.activity, activity_at = r.activity_at, due_at = r.due_at, call_id = r.call_id,
               last_call_id = r.last_call_id, idle_since = r.idle_since, released_at = r.released_at,
               wrap_up_limit_at = r.wrap_up_limit_at, misses = r.misses, failures = r.failures,
               is_back_with_phone = r.is_back_with_phone, failed_at = r.failed_at
          FROM jsonb_populate_recordset(NULL::agent, p->'agents') r
         WHERE a.agent_id = r.agent_id;
    END IF;

    IF p ? 'dispositions' THEN
        INSERT INTO call_disposition (call_id, agent_id, code, subject, noted_at)
        SELECT call_id, agent_id, code, subject, noted_at
          FROM jsonb_populate_recordset(NULL::call_disposition, p->'dispositions')
        ON CONFLICT (call_id, agent_id) DO UPDATE
           SET code = excluded.code, subject = excluded.subject, noted_at = excluded.noted_at;
    END IF;

    IF p ? 'voicemails' THEN
        INSERT INTO voicemail (call_id, queue_id, box, path, ms, at)
        SELECT call_id, queue_id, box, path, ms, at FROM jsonb_populate_recordset(NULL::voicemail, p->'voicemails')
        ON CONFLICT (call_id) DO UPDATE SET ms = greatest(voicemail.ms, excluded.ms);
    END IF;

    IF p ? 'log' THEN
        INSERT INTO call_log (call_id, at, event, because, commands)
        SELECT call_id, at, event, because, commands FROM jsonb_populate_recordset(NULL::call_log, p->'log');
    END IF;

    IF p ? 'alarms' THEN
        INSERT INTO alarm (kind, switch_id, call_id, leg_id, details)
        SELECT kind, switch_id, call_id, leg_id, coalesce(details, '')
          FROM jsonb_populate_recordset(NULL::alarm, p->'alarms');
    END IF;
END $$;
