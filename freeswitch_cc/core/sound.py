"""Which music may be played to who waits, and what may be announced: the rules of the center file and of what is sent
to the switch. Pure.

Music must never end: nobody starts it again, and a customer in silence hangs up. So it is a stream of the switch's own,
or a tone that repeats for ever. Nothing that the switch expands or splits at (blanks, quotes, $, {, }, |, !) may stand
in it. An announcement is the other way round: it must end, or its caller would never get further.
"""

import re

LONGEST = 320
# Made by the switch itself, so that it plays where no sound file is installed.
DEFAULT_MUSIC = (
    "tone_stream://v=-26;%(1400,200,262,330,392);%(1400,200,220,262,330);"
    "%(1400,200,175,220,262);%(1400,1800,196,247,294);loops=-1"
)

DONE_TONE = "tone_stream://v=-16;%(100,40,523);%(100,40,659);%(200,50,784)"
REFUSED_TONE = "tone_stream://v=-16;%(100,40,784);%(100,40,659);%(300,50,392)"
"""What a phone that dialled a feature code hears: three tones that rise, or fall. They end, unlike music, and soon: a
phone with one line takes no call before."""

_STREAM = re.compile(r"local_stream://[A-Za-z0-9_-]{1,64}")
_TONES = re.compile(r"tone_stream://(?:%\(|[()0-9,;=a-zA-Z.*#-])+")
# %(ms of tone, ms of silence, Hz, ...), or the tones of keys, 12# or 1(500,100): each may have a time of its own
# (libteletone_generate.c, teletone_run). What has none, or only such as last no time, is silence.
_TONE = re.compile(r"%\([1-9][0-9]*,[0-9]+,[1-9]|[/;](?:[0-9A-D*#](?:\([1-9][0-9]*,[0-9]+\))?)+;")
_FOR_EVER = ";loops=-1"


def check_sound(text: str) -> str | None:
    """None when it may be played, else a sentence that says why not and what would be right."""
    if len(text) > LONGEST:
        return f"it is longer than {LONGEST} characters"
    if text.startswith("tone_stream://"):
        return _check_tones(text)
    if text.startswith("local_stream://"):
        if _STREAM.fullmatch(text):
            return None
        return "a local_stream is named by letters, digits, dashes and underscores: local_stream://moh"
    if "://" not in text and text.strip():
        return (
            "a file ends, and then he who waits hears nothing: make its directory a local_stream of the switch"
            " (local_stream.conf.xml) and write local_stream://<name>"
        )
    return "it must be local_stream://<name> or tone_stream://<tones>;loops=-1"


def _check_tones(text: str) -> str | None:
    if not _TONES.fullmatch(text):
        return "a tone_stream is made of letters, digits and %(),;=.*#- only, without blanks"
    lower = text.lower()
    if "path=" in lower:
        return "a tone_stream that is read from a file may end: write the tones themselves"
    # The switch takes the first one that it finds.
    if lower.count("loops=") != 1 or not text.endswith(_FOR_EVER):
        return f"music must never end: a tone_stream ends with {_FOR_EVER}, and says it once"
    if not _TONE.search(text):
        return "it is silence, without a tone: %(2000,4000,440,480) is 2 s of two tones, and 4 s of nothing"
    return None


# What may be a file: an absolute path on the switch's machine, of plain signs.
_FILE = re.compile(r"(?:/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}){1,12}\.wav")
_DIRECTORY = re.compile(r"(?:/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}){1,12}")
_FORBIDDEN = "mod_event_socket"
_MOST_LOOPS = 20
_LOOPS = re.compile(r"loops=(?:[1-9]|1[0-9]|20)(?:;|$)")
LONGEST_ANNOUNCEMENT = 250


def check_announcement(text: str) -> str | None:
    """None when it may be announced: a WAV file of the switch, or tones that end; else a sentence."""
    if len(text) > LONGEST_ANNOUNCEMENT:
        return f"it is longer than {LONGEST_ANNOUNCEMENT} characters"
    if text.startswith("tone_stream://"):
        if not _TONES.fullmatch(text) or "path=" in text.lower():
            return "a tone_stream is made of letters, digits and %(),;=.*#- only, without blanks"
        lower = text.lower()
        if lower.count("loops=") > 1 or (_LOOPS.search(lower) is None and "loops=" in lower) or ";l=" in lower:
            return f"an announcement must end: loops= stands in it once at most, from 1 to {_MOST_LOOPS}"
        return None if _TONE.search(text) else "it is silence, without a tone"
    if text.startswith("local_stream://"):
        return "a local_stream never ends: write the path of a file, or tones"
    if _FILE.fullmatch(text) and _FORBIDDEN not in text.lower():
        return None
    return (
        "it must be the absolute path of a .wav file on the switch's machine, without blanks, or tone_stream://<tones>"
    )


def check_recording(text: str) -> str | None:
    """None when a message may be recorded there: the path of a WAV file; else a sentence."""
    if _FILE.fullmatch(text) and _FORBIDDEN not in text.lower():
        return None
    return "it must be the absolute path of a .wav file, without blanks"


def check_directory(text: str) -> str | None:
    """None when messages may be recorded there; else a sentence."""
    if _DIRECTORY.fullmatch(text) and _FORBIDDEN not in text.lower():
        return None
    return "it must be an absolute path of letters, digits, dots, dashes and underscores: /var/lib/fcc/voicemail"
