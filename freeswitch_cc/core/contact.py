"""What a contact (a dial string of our own tables) may look like: the switch is never dialled with anything else.

Pure text rules, used when configuration is read and again when an originate is rendered. No dialling here.
"""

import re

_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})"
_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}"
_USER = r"[+]?[A-Za-z0-9_][A-Za-z0-9_.*#+-]{0,63}"

_SHAPES = (
    re.compile(rf"user/{_USER}@{_HOST}"),
    re.compile(rf"sofia/gateway/{_NAME}/[+]?[0-9*#]{{1,32}}"),
    re.compile(rf"sofia/(?!gateway/){_NAME}/{_USER}@{_HOST}(?::[0-9]{{1,5}})?"),
)
_OUTSIDE = "sofia/gateway/"
_SHUTS_THE_DOOR = "mod_event_socket"


def check_contact(text: str) -> str | None:
    """What is wrong with a contact, as a sentence, or None when it may be dialled.

    Allowed: `user/<id>@<domain>`, `sofia/<profile>/<user>@<host>[:port]`, `sofia/gateway/<gateway>/<digits>`.
    Everything else means something in a dial string (`, | : { [ ' ${`, blanks), or might
    (switch_ivr_originate.c:2141). A command that holds `mod_event_socket` beside `unload` or `reload`
    becomes that command, wherever the two words stand (mod_event_socket.c:1737).
    """
    if not any(shape.fullmatch(text) for shape in _SHAPES):
        return (
            f"contact {text[:80]!r} is none of user/<id>@<domain>, sofia/<profile>/<user>@<host>[:port], "
            "sofia/gateway/<gateway>/<digits>"
        )
    if _SHUTS_THE_DOOR in text.lower():
        return f"contact {text[:80]!r} holds {_SHUTS_THE_DOOR}, which the switch takes for a command of its own"
    return None


def is_outside(contact: str) -> bool:
    """Does a call to it go by a gateway, and so cost money, whosever phone it is?"""
    return contact.startswith(_OUTSIDE)
