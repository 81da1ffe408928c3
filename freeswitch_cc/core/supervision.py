"""May this supervisor force this on this agent? One rule, in one place; what forcing does stands in core.presence."""

from freeswitch_cc.core.agent_state import SYSTEM, Refusal
from freeswitch_cc.core.call import Agent

LONGEST_NAME = 80


def check_supervisor(name: str, kind: str, agent: Agent) -> None:
    """Raises Refusal when `name` may not ask for `kind` in this agent's place.

    There are no roles yet: whoever can write a request may, when he gives a name by which he is found in the log.
    """
    if not name.strip() or len(name) > LONGEST_NAME or name == SYSTEM:
        raise Refusal(
            "no_supervisor",
            f"{kind} of {agent.login} is forced by nobody: a supervisor's name is wanted, of at most {LONGEST_NAME} "
            f"characters and not {SYSTEM!r}",
        )
