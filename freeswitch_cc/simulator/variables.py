"""The global variables of a switch: what fs-config/vars.xml sets, with the settings of this switch filled in.

Only X-PRE-PROCESS set, env-set and include are carried out (switch_xml.c:1574-1602); exec-set, which runs a program,
never is. `settings` stand for the environment of the switch: FREESWITCH_CC_... and their values.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

from freeswitch_cc.errors import ConfigInvalid

# What a switch knows by itself before it reads a file (switch_core.c:1932). No file is opened there.
_BUILT_IN = {
    "sounds_dir": "/usr/share/freeswitch/sounds",
    "recordings_dir": "/var/lib/freeswitch/recordings",
    "log_dir": "/var/log/freeswitch",
}
# Read by fs-config's start-up script, not by vars.xml.
_KNOWN_ELSEWHERE = frozenset({"FREESWITCH_CC_ESL_PASSWORD"})
_GLOBAL = re.compile(r"\$\$\{([^}]*)\}")


def read_variables(directory: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """All global variables. Raises ConfigInvalid: a vars.xml that cannot be read, a setting that it does not read."""
    values = {**_BUILT_IN, "conf_dir": str(directory)}
    unread = set(settings) - _KNOWN_ELSEWHERE
    for command, data in _steps(directory / "vars.xml"):
        name, _, value = fill_in(data, values).partition("=")
        if command == "set":
            values[name.rstrip(" ")] = value.lstrip(" ")
        elif command == "env-set" and value.startswith("$"):
            unread.discard(value[1:])
            if value[1:] in settings:
                values[name] = settings[value[1:]]
    if unread:
        raise ConfigInvalid([f"{name} is no setting of a switch: vars.xml does not read it" for name in sorted(unread)])
    return values


def setting_names(directory: Path) -> frozenset[str]:
    """The names of all settings that vars.xml reads."""
    return frozenset(
        data.partition("=$")[2] for command, data in _steps(directory / "vars.xml") if command == "env-set"
    )


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """`$${name}` by its value; of an unknown name nothing is left."""
    return _GLOBAL.sub(lambda found: values.get(found[1], ""), text)


def _steps(file: Path) -> Iterator[tuple[str, str]]:
    """Every X-PRE-PROCESS in its order, those of included files in their place."""
    try:
        root = ElementTree.parse(file).getroot()
    except (OSError, ElementTree.ParseError) as error:
        raise ConfigInvalid([f"{file} cannot be read as the variables of a switch: {error}"]) from None
    for element in root.iter("X-PRE-PROCESS"):
        command, data = element.get("cmd", ""), element.get("data", "")
        if command == "include":
            for included in sorted(file.parent.glob(data)):
                yield from _steps(included)
        else:
            yield command, data
