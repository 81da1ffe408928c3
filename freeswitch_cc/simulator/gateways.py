"""The gateways of a switch: the name of each, and where it sends its calls. Reads fs-config/sip_profiles.

Only what such a file says of one that registers nowhere: a name and a proxy.
"""

from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

from freeswitch_cc.errors import ConfigInvalid
from freeswitch_cc.simulator.variables import fill_in

PROFILE = "external"
"""Of all of them: sip_profiles/external.xml includes them."""


def read_gateways(directory: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """By name: `host:port`. Raises ConfigInvalid that names the file."""
    found: dict[str, str] = {}
    for file in sorted((directory / "sip_profiles").glob("*.xml")):
        try:
            root = ElementTree.parse(file).getroot()
        except ElementTree.ParseError as error:
            raise ConfigInvalid([f"{file} is no XML: {error}"]) from error
        for gateway in root.iter("gateway"):
            for param in gateway.iter("param"):
                if param.get("name") == "proxy":
                    found[gateway.get("name", "")] = fill_in(param.get("value", ""), variables)
    return found
