-- ready_agent: who can take a call this moment. The one definition: fcc_match offers to nobody else, and what is said
-- of availability counts these and no others.
-- An agent with an open offer gets no other, whatever his row says: a leftover stops him alone, and nobody else.
-- OFFSET 0: one look at an index for each agent. As a join, with statistics of a quiet hour, all open offers were gone
-- through for each of them.
CREATE VIEW ready_agent AS
    SELECT a.agent_id, a.login, a.contact, a.idle_since
      FROM agent a
     WHERE a.presence = 'available' AND a.activity = 'idle' AND a.is_active
       AND NOT EXISTS (SELECT 1 FROM offer o WHERE o.agent_id = a.agent_id AND o.outcome IS NULL OFFSET 0);
COMMENT ON VIEW ready_agent IS 'Who can take a call this moment: available, idle, and with no open offer';
