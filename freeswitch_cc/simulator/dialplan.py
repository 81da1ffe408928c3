"""The XML dialplan: contexts, extensions, conditions, actions; as much of mod_dialplan_xml as fs-config uses.

Conditions on destination_number or on ${variables}, all of which must hold; `continue`; `$1`; `$${global}`.
Reads the files; what an action does stands in apps.py.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from freeswitch_cc.errors import ConfigInvalid

_GLOBAL = re.compile(r"\$\$\{([^}]*)\}")
_GROUP = re.compile(r"\$(\d)")


@dataclass(frozen=True, slots=True)
class _Condition:
    field: str
    expression: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Extension:
    name: str
    goes_on: bool
    conditions: tuple[_Condition, ...]
    actions: tuple[tuple[str, str], ...]


class Dialplan:
    """Which applications a number runs, by context."""

    def __init__(self, contexts: Mapping[str, tuple[_Extension, ...]]) -> None:
        self._contexts = contexts

    @property
    def contexts(self) -> frozenset[str]:
        return frozenset(self._contexts)

    def actions(
        self, context: str, number: str, expand: Callable[[str], str]
    ) -> tuple[list[tuple[str, str]], list[str]]:
        """(application, data) pairs, and what the last expression caught. Empty when nothing matches.

        expand: fills `${variables}` in. Inline data keep theirs: they are filled in when the application runs.
        """
        found: list[tuple[str, str]] = []
        caught: list[str] = []
        for extension in self._contexts.get(context, ()):
            groups = _match(extension, number, expand)
            if groups is None:
                continue
            caught = groups or caught
            found += [(name, _fill(data, groups)) for name, data in extension.actions]
            if not extension.goes_on:
                break
        return found, caught


def _match(extension: _Extension, number: str, expand: Callable[[str], str]) -> list[str] | None:
    """The groups of the last condition; None when one does not hold."""
    groups: list[str] = []
    for condition in extension.conditions:
        text = number if condition.field == "destination_number" else expand(condition.field)
        found = condition.expression.search(text)
        if found is None:
            return None
        groups = [found[0], *(group or "" for group in found.groups())]
    return groups


def _fill(data: str, groups: list[str]) -> str:
    return _GROUP.sub(lambda found: groups[int(found[1])] if int(found[1]) < len(groups) else "", data)


def read_dialplan(directory: Path, globals_: Mapping[str, str]) -> Dialplan:
    """Every *.xml of fs-config/dialplan. Raises ConfigInvalid that names the file."""
    contexts: dict[str, tuple[_Extension, ...]] = {}
    files = sorted(directory.glob("*.xml"))
    if not files:
        raise ConfigInvalid([f"there is no dialplan in {directory}"])
    for file in files:
        try:
            root = ElementTree.parse(file).getroot()
        except ElementTree.ParseError as error:
            raise ConfigInvalid([f"{file} is no XML: {error}"]) from error
        contexts |= _contexts_of(root, globals_)
    return Dialplan(contexts)


def read_dialplan_document(text: str, globals_: Mapping[str, str]) -> Dialplan:
    """A whole configuration in one document."""
    return Dialplan(_contexts_of(ElementTree.fromstring(text), globals_))


def _contexts_of(root: ElementTree.Element, globals_: Mapping[str, str]) -> dict[str, tuple[_Extension, ...]]:
    def fill(text: str) -> str:
        return _GLOBAL.sub(lambda found: globals_.get(found[1], ""), text)

    return {
        context.get("name", ""): tuple(_extension_of(extension, fill) for extension in context.iter("extension"))
        for context in root.iter("context")
    }


def _extension_of(element: ElementTree.Element, fill: Callable[[str], str]) -> _Extension:
    conditions = tuple(
        _Condition(condition.get("field", ""), re.compile(fill(condition.get("expression", ""))))
        for condition in element.iter("condition")
    )
    actions = tuple((action.get("application", ""), fill(action.get("data", ""))) for action in element.iter("action"))
    return _Extension(element.get("name", ""), element.get("continue") == "true", conditions, actions)
