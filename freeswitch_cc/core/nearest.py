"""What was probably meant by a word that nobody knows: a hint for people, in words. No rule rests on it."""

import difflib
from collections.abc import Iterable

_LONGEST = 60
_MOST_WORDS = 12


def closest(written: str, allowed: Iterable[str]) -> str | None:
    """The word that was probably meant."""
    words = {word.lower(): word for word in reversed(list(allowed))}
    close = difflib.get_close_matches(written[:_LONGEST].lower(), words, n=1, cutoff=0.6)
    return words[close[0]] if close else None


def nearest(written: str, allowed: Iterable[str]) -> str:
    """What was probably meant, or all that may stand there."""
    words = list(dict.fromkeys(allowed))
    if meant := closest(written, words):
        return f"did you mean {meant}?"
    if len(words) > _MOST_WORDS:
        return f"it may be {', '.join(words[:_MOST_WORDS])} or one of {len(words) - _MOST_WORDS} more"
    return f"it may be {', '.join(words)}" if words else "there is none"
