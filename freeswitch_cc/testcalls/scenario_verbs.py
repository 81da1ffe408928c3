"""The words of a scenario's steps: which verbs there are, what may stand beside each, which states may be waited for.

Words only; testcalls.scenario_steps makes steps of them.
"""

from freeswitch_cc.core.asked import ARGUMENTS, DIAL
from freeswitch_cc.core.control import Control

CALLER_STATES = (
    *("queued", "offered", "ringing", "talking", "held", "ended"),
    *("announcing", "greeting", "beeping", "recording"),
    *("dialing", "called_back", "forwarding"),
)
AGENT_STATES = (
    *("offline", "available", "not_ready", "ready", "quiet", "answered"),
    *("idle", "reserved", "ringing", "talking", "holding", "wrap_up"),
)
NOBODY = "nobody"
"""Who dials on a phone that is no agent's."""

# The verbs that ask the engine for something. What a supervisor may force may have `by`. What is asked about a call has
# one verb, for `hold` and `hang_up` are what people do with their phones. A call that is asked for has a name.
ASKS = ("ready", "asks", *(kind for kind in ARGUMENTS if kind not in {*Control, DIAL}))

# Verb: what may stand beside it. after_ms may stand beside every verb.
VERBS: dict[str, tuple[str, ...]] = {
    "ready": (),
    "login": ("by", "refused"),
    "available": ("by", "refused"),
    "not_ready": ("reason", "by", "refused"),
    "logout": ("by", "refused"),
    "end_wrap_up": ("by", "refused"),
    "extend_wrap_up": ("by_ms", "refused"),
    "disposition": ("code", "subject", "of", "refused"),
    "asks": ("for", "digits", "of", "refused"),
    "dials": ("to", "caller_id", "as", "refused"),
    "call": ("number", "name", "encoding", "from", "silent"),
    "hang_up": (),
    "hold": (),
    "unhold": (),
    "press": ("keys",),
    "refer": ("to",),
    "wait": ("is", "with", "outcome", "reason", "within_ms"),
    "hears": ("what", "keys", "within_ms"),
    "why": ("says", "within_ms"),
    "expect": ("sql", "rows", "within_ms"),
    "engine": (),
    "switch": (),
    "phone": ("is",),
    "dials_code": ("code", "tone", "within_ms"),
    "number_of": ("as", "within_ms"),
    "tell": (),
    "together": (),
}
STEP_KEYS = tuple(dict.fromkeys((*VERBS, "after_ms", *(key for keys in VERBS.values() for key in keys))))
