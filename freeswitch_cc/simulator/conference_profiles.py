"""What a conference profile says of its events: read from conference.conf.xml. Nothing is done here."""

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from freeswitch_cc.errors import ConfigInvalid


@dataclass(frozen=True, slots=True)
class ConferenceProfile:
    """is_verbose: its events carry the variables of their leg. suppressed: actions that make no event."""

    is_verbose: bool = False
    suppressed: frozenset[str] = frozenset()


def read_conference_profiles(directory: Path) -> dict[str, ConferenceProfile]:
    """By name. Raises ConfigInvalid when the file is not there, or is no XML."""
    file = directory / "autoload_configs" / "conference.conf.xml"
    try:
        root = ElementTree.parse(file).getroot()
    except (OSError, ElementTree.ParseError) as error:
        raise ConfigInvalid([f"{file} cannot be read: {error}"]) from error
    return {profile.get("name", ""): _read(profile) for profile in root.iter("profile")}


def _read(profile: ElementTree.Element) -> ConferenceProfile:
    values = {param.get("name"): param.get("value", "") for param in profile.iter("param")}
    return ConferenceProfile(
        is_verbose=values.get("verbose-events") == "true",
        suppressed=frozenset(filter(None, values.get("suppress-events", "").split(","))),
    )
