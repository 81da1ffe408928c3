"""The words of a channel: states, call states, causes and their SIP statuses, the order in which states stand.

Only values. Source: switch_types.h, switch_channel.c, mod_sofia's sofia_glue.c (sip status <-> cause).
"""

NUMBERS = {
    "CS_NEW": 0,
    "CS_INIT": 1,
    "CS_ROUTING": 2,
    "CS_SOFT_EXECUTE": 3,
    "CS_EXECUTE": 4,
    "CS_EXCHANGE_MEDIA": 5,
    "CS_PARK": 6,
    "CS_CONSUME_MEDIA": 7,
    "CS_HIBERNATE": 8,
    "CS_RESET": 9,
    "CS_HANGUP": 10,
    "CS_REPORTING": 11,
    "CS_DESTROY": 12,
}
ROUTING, HANGUP = NUMBERS["CS_ROUTING"], NUMBERS["CS_HANGUP"]
# Where mod_sofia clears CF_LEG_HOLDING (mod_sofia.c:153 and after): park and bridge lead through them.
FORGETS_HOLD = frozenset({"CS_ROUTING", "CS_RESET", "CS_HIBERNATE", "CS_EXECUTE"})

# The number of a cause in Q.850, which a BYE carries in its Reason.
Q850 = {
    "NONE": 0,
    "UNALLOCATED_NUMBER": 1,
    "NO_ROUTE_DESTINATION": 3,
    "NORMAL_CLEARING": 16,
    "USER_BUSY": 17,
    "NO_USER_RESPONSE": 18,
    "NO_ANSWER": 19,
    "SUBSCRIBER_ABSENT": 20,
    "CALL_REJECTED": 21,
    "DESTINATION_OUT_OF_ORDER": 27,
    "INVALID_NUMBER_FORMAT": 28,
    "NORMAL_UNSPECIFIED": 31,
    "NORMAL_TEMPORARY_FAILURE": 41,
    "RECOVERY_ON_TIMER_EXPIRE": 102,
    "INCOMPATIBLE_DESTINATION": 88,
    "MANDATORY_IE_MISSING": 96,
    "REQUESTED_CHAN_UNAVAIL": 44,
    "SERVICE_UNAVAILABLE": 63,
    "CHAN_NOT_IMPLEMENTED": 66,
    "EXCHANGE_ROUTING_ERROR": 25,
    "ORIGINATOR_CANCEL": 487,
    "LOSE_RACE": 502,
    "MANAGER_REQUEST": 503,
    "BLIND_TRANSFER": 600,
    "ATTENDED_TRANSFER": 601,
    "ALLOTTED_TIMEOUT": 602,
    "MEDIA_TIMEOUT": 604,
    "PICKED_OFF": 605,
    "SYSTEM_SHUTDOWN": 500,
}
CAUSES = frozenset(Q850)

# What a phone answers -> the cause of the leg that called it (sofia_glue_sip_cause_to_freeswitch, sofia_glue.c).
CAUSE_OF_STATUS = {
    400: "NORMAL_TEMPORARY_FAILURE",
    401: "CALL_REJECTED",
    402: "CALL_REJECTED",
    403: "CALL_REJECTED",
    404: "UNALLOCATED_NUMBER",
    405: "SERVICE_UNAVAILABLE",
    406: "SERVICE_UNAVAILABLE",
    407: "CALL_REJECTED",
    408: "RECOVERY_ON_TIMER_EXPIRE",
    410: "NUMBER_CHANGED",
    413: "INTERWORKING",
    414: "INTERWORKING",
    415: "SERVICE_UNAVAILABLE",
    416: "INTERWORKING",
    420: "INTERWORKING",
    421: "INTERWORKING",
    423: "INTERWORKING",
    480: "NO_USER_RESPONSE",
    481: "NORMAL_TEMPORARY_FAILURE",
    482: "EXCHANGE_ROUTING_ERROR",
    483: "EXCHANGE_ROUTING_ERROR",
    484: "INVALID_NUMBER_FORMAT",
    485: "NO_ROUTE_DESTINATION",
    486: "USER_BUSY",
    487: "ORIGINATOR_CANCEL",
    488: "INCOMPATIBLE_DESTINATION",
    500: "NORMAL_TEMPORARY_FAILURE",
    501: "SERVICE_UNAVAILABLE",
    502: "NETWORK_OUT_OF_ORDER",
    503: "NORMAL_TEMPORARY_FAILURE",
    504: "RECOVERY_ON_TIMER_EXPIRE",
    505: "INTERWORKING",
    513: "INTERWORKING",
    600: "USER_BUSY",
    603: "CALL_REJECTED",
    604: "NO_ROUTE_DESTINATION",
    606: "INCOMPATIBLE_DESTINATION",
}

# A leg that was called and ends unanswered -> what it answers (hangup_cause_to_sip, mod_sofia.c).
STATUS_OF_CAUSE = {
    "NO_ROUTE_DESTINATION": 404,
    "UNALLOCATED_NUMBER": 404,
    "USER_BUSY": 486,
    "NO_USER_RESPONSE": 408,
    "NO_ANSWER": 480,
    "SUBSCRIBER_ABSENT": 480,
    "CALL_REJECTED": 603,
    "ORIGINATOR_CANCEL": 487,
    "DESTINATION_OUT_OF_ORDER": 502,
    "INVALID_NUMBER_FORMAT": 484,
    "NORMAL_TEMPORARY_FAILURE": 503,
    "INCOMPATIBLE_DESTINATION": 488,
}


def cause_named(text: str) -> str:
    """The cause of that name, in any case of letters; any other word is NORMAL_CLEARING (switch_channel_str2cause)."""
    name = text.strip().upper()
    return name if name in CAUSES else "NORMAL_CLEARING"


def is_true(text: object) -> bool:
    """switch_true: yes, on, true, t, enabled, active, allow, or a number that is not 0."""
    if not isinstance(text, str) or not text:
        return False
    word = text.lower()
    if word in {"yes", "on", "true", "t", "enabled", "active", "allow"}:
        return True
    return word.lstrip("-").isdigit() and int(word) != 0
