"""What the text of commands depends on besides themselves. Values only."""

import re
from dataclasses import dataclass

_WORD = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """What the switch's configuration (fs-config) is called there. Times in ms; 0 leaves one out.

    media_timeout_ms, media_hold_timeout_ms: a phone that sends nothing for so long is hung up
    (switch_core_media.c:2735-2770; the older rtp_timeout_sec is deprecated there).
    """

    conference_profile: str = "fcc"
    media_timeout_ms: int = 60_000
    media_hold_timeout_ms: int = 3_600_000

    def __post_init__(self) -> None:
        if not _WORD.fullmatch(self.conference_profile):
            raise ValueError("conference_profile must be one plain word")
