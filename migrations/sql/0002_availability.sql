-- agent_standing: every agent of the center in one word. Each is in one standing only, so they add up.
-- busy: reserved, ringing, talking or holding; also who is idle with an open offer, a leftover that stops him.
CREATE VIEW agent_standing AS
    SELECT a.agent_id, a.login, a.reason, a.activity, a.state_at, a.idle_since,
           CASE WHEN r.agent_id IS NOT NULL THEN 'ready'
                WHEN a.activity = 'wrap_up' THEN 'wrap_up'
                WHEN a.activity <> 'idle' THEN 'busy'
                WHEN a.presence = 'offline' THEN 'offline'
                WHEN a.presence = 'not_ready' THEN 'not_ready'
                ELSE 'busy' END AS standing
      FROM agent a LEFT JOIN ready_agent r USING (agent_id)
     WHERE a.is_active;
COMMENT ON VIEW agent_standing IS 'Every agent in one word: ready, busy, wrap_up, not_ready, offline';
COMMENT ON COLUMN agent_standing.reason IS 'why he is not ready';
COMMENT ON COLUMN agent_standing.activity IS 'what exactly he does, as the system sees it';
COMMENT ON COLUMN agent_standing.state_at IS 'since when';
COMMENT ON COLUMN agent_standing.standing IS
    'ready: may be offered a call this moment; busy: reserved, ringing, talking or holding';

-- availability: how many could take a call now, and how many wait for it: of every queue, group and skill, and of all.
-- A new call of a queue would be offered to one of as many as are ready: proved against fcc_match by a test.
-- A group and a skill have no calls of their own: those count that wait in queues which their members serve.
CREATE VIEW availability AS
    WITH waiting AS (
        SELECT v.queue_id, count(*) AS waiting, min(v.waiting_since) AS oldest_at
          FROM queue_visit v WHERE v.outcome IS NULL GROUP BY v.queue_id
    ), line AS (
        SELECT q.queue_id, q.name, coalesce(w.waiting, 0) AS waiting, w.oldest_at,
               fcc_estimated_wait(q.queue_id, coalesce(w.waiting, 0)::integer + 1) AS estimated_wait_ms
          FROM queue q LEFT JOIN waiting w USING (queue_id)
         WHERE q.is_active OR w.waiting > 0
    ), member AS NOT MATERIALIZED (  -- of the kind that is asked for, and no other
        SELECT 'queue' AS kind, l.queue_id AS id, e.agent_id, e.after_ms
          FROM line l JOIN eligibility e USING (queue_id)
        UNION ALL SELECT 'group', m.group_id, m.agent_id, 0 FROM group_member m
        UNION ALL SELECT 'skill', s.skill_id, s.agent_id, 0 FROM agent_skill s
        UNION ALL SELECT 'all', '00000000-0000-0000-0000-000000000000', e.agent_id, min(e.after_ms)
                    FROM line l JOIN eligibility e USING (queue_id) GROUP BY e.agent_id
    ), serves AS (
        SELECT DISTINCT m.kind, m.id, e.queue_id
          FROM member m JOIN eligibility e USING (agent_id)
         WHERE m.kind IN ('group', 'skill')
        UNION ALL SELECT 'queue', l.queue_id, l.queue_id FROM line l
        UNION ALL SELECT 'all', '00000000-0000-0000-0000-000000000000', l.queue_id FROM line l
    ), named AS (
        SELECT 'queue' AS kind, l.queue_id AS id, l.name FROM line l
        UNION ALL SELECT 'group', g.group_id, g.name FROM agent_group g
        UNION ALL SELECT 'skill', s.skill_id, s.name FROM skill s
        UNION ALL SELECT 'all', '00000000-0000-0000-0000-000000000000', 'all'
    ), counted AS (
        SELECT m.kind, m.id, count(*) AS eligible,
               count(*) FILTER (WHERE a.standing = 'ready' AND m.after_ms = 0) AS ready,
               count(*) FILTER (WHERE a.standing = 'ready' AND m.after_ms > 0) AS in_reserve,
               count(*) FILTER (WHERE a.standing = 'busy') AS busy,
               count(*) FILTER (WHERE a.standing = 'wrap_up') AS wrap_up,
               count(*) FILTER (WHERE a.standing = 'not_ready') AS not_ready,
               count(*) FILTER (WHERE a.standing = 'offline') AS offline,
               min(a.idle_since) FILTER (WHERE a.standing = 'ready') AS idle_since
          FROM member m JOIN agent_standing a USING (agent_id)
         GROUP BY m.kind, m.id
    ), demand AS (
        SELECT s.kind, s.id, sum(l.waiting)::bigint AS waiting, min(l.oldest_at) AS oldest_at,
               CASE WHEN s.kind <> 'all' THEN max(l.estimated_wait_ms) END AS estimated_wait_ms
          FROM serves s JOIN line l USING (queue_id)
         GROUP BY s.kind, s.id
    )
    SELECT n.kind, n.name, coalesce(c.eligible, 0) AS eligible, coalesce(c.ready, 0) AS ready,
           coalesce(c.in_reserve, 0) AS in_reserve, coalesce(c.busy, 0) AS busy, coalesce(c.wrap_up, 0) AS wrap_up,
           coalesce(c.not_ready, 0) AS not_ready, coalesce(c.offline, 0) AS offline,
           CASE WHEN c.idle_since IS NOT NULL
                THEN floor(extract(epoch FROM t.now - least(c.idle_since, t.now)) * 1000)::bigint END AS longest_idle_ms,
           coalesce(d.waiting, 0) AS waiting,
           CASE WHEN d.oldest_at IS NOT NULL
                THEN floor(extract(epoch FROM t.now - least(d.oldest_at, t.now)) * 1000)::bigint END AS oldest_wait_ms,
           d.estimated_wait_ms
      FROM named n
      LEFT JOIN counted c ON c.kind = n.kind AND c.id = n.id
      LEFT JOIN demand d ON d.kind = n.kind AND d.id = n.id
     CROSS JOIN (SELECT clock_timestamp() AS now) t;
COMMENT ON VIEW availability IS
    'How many could take a call now, and how many wait for it: of every queue, group and skill, and of all';
COMMENT ON COLUMN availability.kind IS 'queue, group, skill, or all: the whole center';
COMMENT ON COLUMN availability.name IS 'of the queue, the group or the skill';
COMMENT ON COLUMN availability.eligible IS
    'agents who may take its calls, in all tiers; of a group its members, of a skill who has it, of all who serves a queue;'
    ' the next six add up to it';
COMMENT ON COLUMN availability.ready IS 'a new call would be offered to one of them at once';
COMMENT ON COLUMN availability.in_reserve IS 'ready too, in tiers of the queue that open as a call waits';
COMMENT ON COLUMN availability.busy IS 'reserved, ringing, talking or holding';
COMMENT ON COLUMN availability.wrap_up IS 'at work on a call that is over';
COMMENT ON COLUMN availability.not_ready IS 'logged in, take no calls for some reason';
COMMENT ON COLUMN availability.offline IS 'not logged in';
COMMENT ON COLUMN availability.longest_idle_ms IS 'of who is ready or in reserve; NULL: nobody is';
COMMENT ON COLUMN availability.waiting IS
    'calls in the queue, also those that are being offered; of a group and a skill: in the queues that its members serve';
COMMENT ON COLUMN availability.oldest_wait_ms IS 'of these calls, all their waiting together; NULL: nobody waits';
COMMENT ON COLUMN availability.estimated_wait_ms IS
    'foretold to a call that would come now; of a group and a skill the longest of these queues; NULL: nothing to go by';
