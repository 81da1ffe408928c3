"""What a switch has against what is written down: after every (re)connect, and once in a while as a net.

It asks and tells, and decides nothing: calls that are to be looked up, calls whose switch has restarted, legs that
nobody wrote down. All of it goes the one path.
"""

import logging
import time
from collections.abc import Callable

from freeswitch_cc.core.events import LegFound, SwitchRestarted
from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.engine.dispatcher import Work
from freeswitch_cc.errors import CommandFailed
from freeswitch_cc.esl.fields import uuid_or_none
from freeswitch_cc.esl.marks import FEATURE_ROLE, ORPHAN_CONTEXT
from freeswitch_cc.esl.pool import Pool
from freeswitch_cc.store.db import Session

log = logging.getLogger(__name__)

KNOWN = "SELECT core_id::text, heartbeat_at FROM switch_heartbeat WHERE switch_id = %s"
NOTE_SIGN = """
    INSERT INTO switch_heartbeat (switch_id, core_id, heartbeat_at) VALUES (%s, %s, now())
    ON CONFLICT (switch_id) DO UPDATE SET core_id = excluded.core_id, heartbeat_at = excluded.heartbeat_at
"""
OPEN_CALLS = """
    SELECT c.call_id::text, array_remove(array_agg(l.leg_id::text), NULL)
      FROM call c LEFT JOIN leg l ON l.call_id = c.call_id AND l.seen NOT IN ('gone', 'unborn')
     WHERE c.switch_id = %s AND c.ended_at IS NULL GROUP BY c.call_id
"""
# What core.strangers raises of a customer who is there though his call is over: nothing else is done about him.
IS_LEFT_ALONE = "SELECT 1 FROM alarm WHERE kind = 'alive_after_the_end' AND leg_id = %s LIMIT 1"
NO_DEADMAN = "INSERT INTO alarm (kind, switch_id, details) VALUES ('no_deadman_context', %s, %s)"
LIVE_LEGS = "SELECT leg_id::text, call_id::text FROM leg WHERE switch_id = %s AND seen NOT IN ('gone', 'unborn')"

# Nobody knows what became of what was in flight when the line was lost: sent, refused, or never begun.
NOTHING_IS_KNOWN = """
    UPDATE leg SET command_due_at = clock_timestamp()
     WHERE switch_id = %s AND command_due_at > clock_timestamp() AND seen <> 'unborn'
"""


class LookAround:
    """Of one switch; used by one greenlet. rest_s: how soon it wants to look again."""

    def __init__(
        self,
        switch_id: str,
        session: Session,
        pool: Pool,
        timeouts: Timeouts,
        *,
        deliver: Callable[[Work], None],
        verify: Callable[[str], None],
    ) -> None:
        self._seldom_s = timeouts.look_around_ms / 1000
        self._soon_s = timeouts.look_again_ms / 1000
        # What is done about a leg that was told of may be refused, or its PARK lost: then it is told of again. Not
        # before its park is over, whatever became of it: two commands on one leg hang a customer up (E9).
        self._told_for_s = 2 * max(timeouts.look_again_ms, timeouts.park_ms) / 1000
        self.rest_s = self._seldom_s
        self._switch_id = switch_id
        self._session = session
        self._pool = pool
        self._deliver = deliver
        self._verify = verify
        self._suspects: set[str] = set()
        self._foreign: set[str] = set()
        self._told: dict[str, float] = {}  # and until when each is left alone
        self._has_deadman = True

    def come_back(self, core_id: str) -> None:
        """The subscription stands: what we hear from now on is newer than what we look up now.

        Once more soon: who came a moment before us is not in the list yet, and we have heard no event of him.
        """
        self.rest_s = self._soon_s  # also when this fails
        self._foreign.clear()
        known = self._session.rows(KNOWN, self._switch_id)
        self._session.run(NOTHING_IS_KNOWN, self._switch_id)
        calls = self._session.rows(OPEN_CALLS, self._switch_id)
        has_restarted = bool(known) and known[0][0] != core_id
        for call_id, legs in calls:
            # Who has called since the restart is alive; what is gone is asked of the switch, not of its late list.
            if has_restarted and all(self._pool.dump(leg_id).seen == "gone" for leg_id in legs):
                log.warning("call=%s is over: its switch has restarted", call_id)
                self._deliver(SwitchRestarted(call_id=call_id, at=known[0][1]))
            else:
                self._verify(call_id)
        self._session.run(NOTE_SIGN, self._switch_id, core_id)
        self._look_for_deadman()
        self.look()
        self.rest_s = self._soon_s

    def look(self) -> None:
        """A net under events that were lost, or came before us.

        Only what differs twice is acted on, and then not again for a while: the switch's list is a moment behind its
        channels, and an event that is on its way must not meet a command of ours (two commands on one leg hang a
        customer up, E9).
        """
        # The switch is asked first: a leg that we have just asked for was written down before it was born.
        found = set(self._pool.list_legs())
        written: dict[str, str] = dict(self._session.rows(LIVE_LEGS, self._switch_id))
        self._foreign &= found
        now = time.monotonic()
        self._told = {leg_id: until for leg_id, until in self._told.items() if leg_id in found and until > now}
        unwritten, absent = found - written.keys() - self._foreign - self._told.keys(), written.keys() - found
        for leg_id in unwritten & self._suspects:
            self.tell(leg_id)
        for call_id in {written[leg_id] for leg_id in absent & self._suspects}:
            self._verify(call_id)
        self._suspects = (unwritten - self._foreign - self._told.keys()) | absent
        self.rest_s = self._soon_s if self._suspects or self._told else self._seldom_s

    def _look_for_deadman(self) -> None:
        """Has the switch the context that every PushDeadman names? Else its rescue hangs up whom it should save.

        The answer is the context as XML, or `can't find anything` (mod_commands.c, xml_locate).
        """
        try:
            is_there = "<context" in self._pool.api(f"xml_locate dialplan context name {ORPHAN_CONTEXT}")
        except CommandFailed as error:
            log.warning("nobody knows whether the switch has the dialplan context %s: %s", ORPHAN_CONTEXT, error)
            return
        if not is_there and self._has_deadman:
            sentence = (
                f"the dialplan has no context {ORPHAN_CONTEXT}, where callers go if no engine is there: see fs-config"
            )
            log.error("switch %s: %s", self._switch_id, sentence)
            self._session.run(NO_DEADMAN, self._switch_id, sentence)
        self._has_deadman = is_there

    def look_at(self, leg_id: str) -> None:
        """A leg whose event could not be read: read it again from the switch."""
        rows = self._session.rows("SELECT call_id::text FROM leg WHERE leg_id = %s", leg_id)
        if rows:
            self._verify(rows[0][0])
        elif leg_id not in self._told:
            self.tell(leg_id)

    def tell(self, leg_id: str) -> None:
        """A leg that is not written down as alive. Other people's legs carry no fcc_call and are left alone."""
        try:
            call_id = uuid_or_none(self._pool.api(f"uuid_getvar {leg_id} fcc_call").strip().lower())
        except CommandFailed:
            return  # it is gone
        if call_id is None or self._is_feature(leg_id) or self._session.rows(IS_LEFT_ALONE, leg_id):
            self._foreign.add(leg_id)
            return
        self._told[leg_id] = time.monotonic() + self._told_for_s
        self.rest_s = self._soon_s
        log.info("call=%s leg=%s found on the switch", call_id, leg_id)
        self._deliver(LegFound(call_id=call_id, leg_id=leg_id, switch_id=self._switch_id))

    def _is_feature(self, leg_id: str) -> bool:
        """A phone that dialled a feature code: it ends by itself. Parked anew it would be carried out again."""
        try:
            return self._pool.api(f"uuid_getvar {leg_id} fcc_role").strip() == FEATURE_ROLE
        except CommandFailed:
            return True  # it is gone
