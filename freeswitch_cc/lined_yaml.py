"""YAML that remembers its lines: every mistake in a file is found in one reading and told with its line.

Knows how to ask a mapping for a value of a kind; what the keys mean is its user's business, and how text becomes
nodes, and a node a value, is yaml_nodes'. Reads text, opens no file. One mistake is one sentence: what follows from
it is not told.
"""

import re
from collections.abc import Iterable, Sequence

import yaml

from freeswitch_cc.core.nearest import closest, nearest
from freeswitch_cc.errors import ConfigInvalid
from freeswitch_cc.yaml_nodes import (
    TOLD,
    compose,
    is_null,
    line_of,
    not_scalar,
    not_text,
    number_of,
    quoted,
    scalar_of,
    shown,
    text_of,
)
from freeswitch_cc.yaml_nodes import Scalar as Scalar  # what a section holds: its users need the type

# Line breaks, other control characters, and halves of characters, which no database takes.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Mistakes:
    """What is wrong with one file, by line."""

    def __init__(self) -> None:
        self._found: set[tuple[int, str]] = set()

    def add(self, line: int, sentence: str) -> None:
        self._found.add((line, sentence))

    def finish(self) -> None:
        """ConfigInvalid with all of them, in the order of the file; nothing when there are none."""
        if self._found:
            raise ConfigInvalid([f"line {line}: {sentence}" for line, sentence in sorted(self._found)])


class Section:
    """One mapping of the file. A value that is missing or wrong is a mistake, and reads as its default.

    The value of a key that is nearly right is read as if it were right: what is wrong in it is told too, and
    nothing is said to be missing that is there. allowed: None when its keys are names that somebody else judges.
    """

    def __init__(self, node: yaml.MappingNode, what: str, allowed: Sequence[str] | None, mistakes: Mistakes) -> None:
        self.line = line_of(node)
        self.what = what
        self._mistakes = mistakes
        self._values: dict[str, yaml.Node] = {}
        self._misspelt: dict[str, yaml.Node] = {}
        lines: dict[str, int] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if name in self._values:
                mistakes.add(
                    line_of(key), f"{what} has {name} twice: the first is in line {lines[name]}; leave one out"
                )
            elif name in allowed if allowed is not None else key.tag != TOLD:
                self._values[name] = value
                lines[name] = line_of(key)
            elif allowed is not None and key.tag != TOLD:
                mistakes.add(line_of(key), f"{what} has no key {shown(key)}: {nearest(name, allowed)}")
                self._misspelt.setdefault(closest(name, allowed) or "", value)

    def _node(self, key: str) -> yaml.Node | None:
        return self._values.get(key) or self._misspelt.get(key)

    def has(self, key: str) -> bool:
        return self._node(key) is not None

    def holds_list(self, key: str) -> bool:
        return isinstance(self._node(key), yaml.SequenceNode)

    def is_empty(self, key: str) -> bool:
        """Is it not there, or a list that holds nothing?"""
        node = self._node(key)
        return node is None or (isinstance(node, yaml.SequenceNode) and not node.value)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that are there, and rightly spelt, in the order of the file."""
        return tuple(self._values)

    def line_of(self, key: str) -> int:
        """The line of a value, or of its mapping when it is not there."""
        node = self._node(key)
        return self.line if node is None else line_of(node)

    def written(self, key: str) -> str:
        """A single value as it was written, right or wrong; "" when there is none."""
        node = self._node(key)
        return str(node.value) if isinstance(node, yaml.ScalarNode) else ""

    def wrong(self, key: str, sentence: str) -> None:
        node = self._node(key)
        if node is None or node.tag != TOLD:
            self._mistakes.add(self.line_of(key), f"{key} of {self.what} {sentence}")

    def text(
        self, key: str, default: str | None = None, *, like: str = ".*", means: str = "", is_secret: bool = False
    ) -> str:
        """Text of one line; without a default it must be there. `like` is a pattern, `means` what it asks for.

        is_secret: what was written is not repeated, because somebody may have written a password there.
        """
        node = self._node(key)
        if node is None:
            if default is None:
                asked = f"; it must be {means}" if means else ""
                self._mistakes.add(self.line, f"{self.what} has no {key}{asked}")
            return default or ""
        found = text_of(node)
        if is_secret and not (found and re.fullmatch(like, found)):
            self.wrong(key, f"must be {means}")
        elif found is None:
            self.wrong(key, not_text(node))
        elif not found.strip():
            self.wrong(key, f"is empty; it must be {means or 'text'}")
        elif _CONTROL.search(found):
            self.wrong(key, "holds a line break or another control character; it must be one line of plain text")
        elif not re.fullmatch(like, found):
            self.wrong(key, f"is {quoted(found)}; it must be {means}")
        else:
            return found
        return default or ""

    def whole(self, key: str, default: int, least: int, most: int) -> int:
        node = self._node(key)
        if node is None:
            return default
        number = number_of(node)
        if number is None:
            bare = ", without quotes" if number_of(node, in_quotes=True) is not None else ""
            self.wrong(key, f"is {shown(node)}; it must be a whole number from {least} to {most}{bare}")
        elif not least <= number <= most:
            self.wrong(key, f"is {number}; it must be from {least} to {most}")
        else:
            return number
        return default

    def truth(self, key: str, default: bool) -> bool:
        node = self._node(key)
        if node is None:
            return default
        found = scalar_of(node)
        if isinstance(found, bool):
            return found
        bare = ", without quotes" if found in ("true", "false") else ""
        self.wrong(key, f"is {shown(node)}; it must be true or false{bare}")
        return default

    def scalar(self, key: str) -> Scalar | None:
        """Text of one line, a whole number, true or false, which must be there."""
        node = self._node(key)
        found = None if node is None else scalar_of(node)
        if node is None:
            self._mistakes.add(self.line, f"{self.what} has no {key}; it must be text, a whole number, true or false")
        elif found is None:
            self.wrong(key, not_scalar(node))
        elif isinstance(found, str) and _CONTROL.search(found):
            self.wrong(key, "holds a line break or another control character; it must be one line of plain text")
            return None
        return found

    def word(self, key: str, allowed: Iterable[str], default: str | None = None) -> str | None:
        node = self._node(key)
        if node is None:
            return default
        words = list(allowed)
        # `none` and `off` may look like something else to YAML: what counts is what was written.
        if not isinstance(node, yaml.ScalarNode) or node.value not in words:
            self.wrong(key, f"is {shown(node)}: {nearest(self.written(key), words)}")
            return default
        return str(node.value)

    def texts(self, key: str) -> list[tuple[str, int]]:
        """A list of texts, each with its line; none when the key is not there."""
        found: list[tuple[str, int]] = []
        for node in self._items(key):
            value = text_of(node)
            if value is None:
                self._mistakes.add(line_of(node), f"{key} of {self.what} holds something that {not_text(node)}")
            else:
                found.append((value, line_of(node)))
        return found

    def one_or_more(self, key: str) -> list[tuple[str, int]]:
        """One text, or a list of texts, each with its line."""
        node = self._node(key)
        if isinstance(node, yaml.ScalarNode):
            return [(self.text(key), line_of(node))]
        return self.texts(key)

    def rows(self, key: str) -> tuple[tuple[Scalar | None, ...], ...]:
        """A list of rows, each a list of text, whole numbers, true, false and null."""
        found: list[tuple[Scalar | None, ...]] = []
        for node in self._items(key):
            cells = node.value if isinstance(node, yaml.SequenceNode) else None
            if cells is None or not all(scalar_of(cell) is not None or is_null(cell) for cell in cells):
                self._mistakes.add(
                    line_of(node),
                    f"{key} of {self.what} must hold rows such as [alice, 3, true, null], not {shown(node)}",
                )
            else:
                found.append(tuple(scalar_of(cell) for cell in cells))
        return tuple(found)

    def section(self, key: str, what: str, allowed: Sequence[str] | None) -> "Section | None":
        """One mapping; None when it is not there, or is none."""
        node = self._node(key)
        if node is None:
            return None
        if not isinstance(node, yaml.MappingNode):
            right = f"with {', '.join(allowed)}" if allowed is not None else "such as {name: ...}"
            self.wrong(key, f"is {shown(node)}; it must be a mapping {right}")
            return None
        return Section(node, what, allowed, self._mistakes)

    def sections(self, key: str, what: str, allowed: Sequence[str]) -> list["Section"]:
        """A list of mappings."""
        found: list[Section] = []
        for node in self._items(key):
            if isinstance(node, yaml.MappingNode):
                found.append(Section(node, what, allowed, self._mistakes))
            else:
                self._mistakes.add(
                    line_of(node), f"{key} must hold mappings such as {{{allowed[0]}: ...}}, not {shown(node)}"
                )
        return found

    def data(self, key: str) -> dict[str, Scalar]:
        """A flat mapping of names to text of one line, whole numbers or true and false."""
        node = self._node(key)
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            self.wrong(key, f"is {shown(node)}; it must be a mapping such as {{product: phones}}")
            return {}
        found: dict[str, Scalar] = {}
        for name, value in node.value:
            scalar = scalar_of(value)
            said = f"{key} of {self.what}: "
            if TOLD in (name.tag, value.tag):
                continue
            if text_of(name) is None:
                self._mistakes.add(line_of(name), f"{said}the name {shown(name)} {not_text(name)}")
            elif _CONTROL.search(name.value) or _CONTROL.search(scalar if isinstance(scalar, str) else ""):
                self._mistakes.add(
                    line_of(value), f"{said}{shown(name)} holds a line break or another control character; use blanks"
                )
            elif name.value in found:
                self._mistakes.add(line_of(name), f"{said}{shown(name)} stands there twice: leave one out")
            elif scalar is None:
                self._mistakes.add(line_of(value), f"{said}{shown(name)} {not_scalar(value)}")
            else:
                found[name.value] = scalar
        return found

    def _items(self, key: str) -> list[yaml.Node]:
        node = self._node(key)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            right = "[] if there are none" if is_null(node) else "such as [..., ...]"
            self.wrong(key, f"is {shown(node)}; it must be a list, {right}")
            return []
        return [item for item in node.value if item.tag != TOLD]


def read_mapping(
    text: str, what: str, allowed: Sequence[str], mistakes: Mistakes, needed: Sequence[str] | None = None
) -> Section:
    """The mapping that a whole file is. Text that is no YAML, or no mapping, ends the reading at once.

    needed: what such a file must have, if that is not all that it may have.
    """
    node = compose(text, mistakes.add)
    must_have = ", ".join(needed or allowed)
    if node is None:
        mistakes.add(1, f"{what} is empty: it must have {must_have}")
    elif not isinstance(node, yaml.MappingNode):
        if node.tag != TOLD:
            mistakes.add(line_of(node), f"{what} must be a mapping with {must_have}, not {shown(node)}")
    else:
        return Section(node, what, allowed, mistakes)
    mistakes.finish()
    raise AssertionError("a mistake was noted above")
