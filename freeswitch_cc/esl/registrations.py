"""What the switch says of registered phones: its events, its list, its answer about one. Pure.

A phone is known by the contact that an agent has: `user/1001@domain`. What becomes of it stands in engine.phones.
"""

import msgspec
from msgspec import field

from freeswitch_cc.core.contact import check_contact
from freeswitch_cc.core.phone_events import PhoneRegistered, PhoneUnregistered
from freeswitch_cc.esl.fields import clean, decoder_of

_REGISTER = "sofia::register"
EVENTS = (_REGISTER, "sofia::unregister", "sofia::expire")
SUBCLASSES = tuple(f'"{name}"'.encode() for name in EVENTS)
LIST = "show registrations as json"
"""All of them at once: 250 bytes each, 10 ms for 1,000, where to ask about each takes 1.7 s."""

_PREFIX = "user/"
_NOBODY_THERE = "error/"


class _Said(msgspec.Struct, gc=False):
    """expire says user and host, the two others from-user and from-host (sofia_reg.c:726, 2059, 2213)."""

    subclass: str = field(name="Event-Subclass", default="")
    from_user: str = field(name="from-user", default="")
    from_host: str = field(name="from-host", default="")
    user: str = ""
    host: str = ""
    call_id: str = field(name="call-id", default="")


class _Row(msgspec.Struct, gc=False):
    """token: the Call-ID (sofia_reg.c:2029)."""

    reg_user: str = ""
    realm: str = ""
    token: str = ""


class _Rows(msgspec.Struct, gc=False):
    rows: list[_Row] = msgspec.field(default_factory=list)


_decode = decoder_of(_Said)
_decode_rows = msgspec.json.Decoder(_Rows).decode


def contact_of(user: str, domain: str) -> str | None:
    """The contact of a user of a domain, or None when it is none that anybody may be rung by."""
    contact = f"{_PREFIX}{user}@{domain}"
    return contact if check_contact(contact) is None else None


def registration(raw: bytes) -> PhoneRegistered | PhoneUnregistered | None:
    """One event of EVENTS; None for a phone that no agent can have."""
    said = _decode(raw)
    if said.subclass not in EVENTS:
        return None
    contact = contact_of(said.from_user or said.user, said.from_host or said.host)
    if contact is None:
        return None
    if said.subclass == _REGISTER:
        return PhoneRegistered(contact=contact, call_id=_word(said.call_id))
    return PhoneUnregistered(contact=contact)


def phones_in(listed: str) -> dict[str, set[str]]:
    """The contact of every phone in the answer to LIST, and the Call-IDs of its registrations. Raises ValueError.

    It is a moment behind what is true. Nobody is registered: the reply has no `rows` at all.
    """
    phones: dict[str, set[str]] = {}
    for row in _decode_rows(listed.encode("utf-8", "replace")).rows:
        contact = contact_of(row.reg_user, row.realm)
        if contact is not None:
            phones.setdefault(contact, set()).add(_word(row.token))
    return phones


def _word(call_id: str) -> str:
    """A Call-ID as one word, whatever a phone has made of it."""
    return "".join(clean(call_id).split()) or "none"


def question(contact: str) -> str:
    """Is this phone registered, at any profile? The text of an api command; `is_there` reads the answer."""
    if check_contact(contact) is not None or not contact.startswith(_PREFIX):
        raise ValueError(f"{contact[:80]!r} is no contact of a phone that registers")
    return f"sofia_contact */{contact.removeprefix(_PREFIX)}"


def is_there(answer: str) -> bool:
    """`error/user_not_registered`, or where it can be rung (mod_sofia.c, sofia_contact_function)."""
    answer = answer.strip()
    return answer != "" and not answer.startswith(_NOBODY_THERE)
