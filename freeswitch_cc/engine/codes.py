"""Feature codes that are dialled at one switch: whose phone it was is looked up, and its agent is told.

What a code does core decides (core.feature_codes).
"""

import logging
import time
from collections.abc import Callable

from freeswitch_cc.core.phone_events import NOBODY, CodeDialled, FeatureDialled
from freeswitch_cc.engine.dispatcher import Work
from freeswitch_cc.engine.roots import new_root
from freeswitch_cc.store.db import Session

log = logging.getLogger(__name__)

WHOSE = "SELECT agent_id::text FROM agent WHERE contact = %s AND is_active"

FRESH_S = 5.0
"""A code that could not be looked at for so long is dropped: who dialled it has heard nothing, and has hung up."""


def take_code(
    session: Session, switch_id: str, fact: FeatureDialled, heard_at: float, deliver: Callable[[Work], None]
) -> None:
    """To the agent whose phone it is; to nobody when it is no agent's, or more than one's. heard_at: monotonic."""
    if time.monotonic() - heard_at > FRESH_S:
        log.warning("leg=%s %s of %s came too late", fact.leg_id, fact.dialled, fact.phone)
        return
    agents = [agent_id for (agent_id,) in session.rows(WHOSE, fact.phone)]
    deliver(
        CodeDialled(
            agent_id=agents[0] if len(agents) == 1 else NOBODY,
            switch_id=switch_id,
            leg_id=fact.leg_id,
            dialled=fact.dialled,
            phone=fact.phone,
            command_id=str(new_root()),
        )
    )
