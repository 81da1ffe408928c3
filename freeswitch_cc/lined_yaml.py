"""YAML that remembers its lines: every mistake in a file is found in one reading and told with its line.

Knows YAML and how to ask a mapping for a value of a kind; what the keys mean is its user's business.
Reads text, opens no file.
"""

import difflib
import re
from collections.abc import Iterable, Sequence

import yaml

from freeswitch_cc.errors import ConfigInvalid

Scalar = str | int | bool

_TAG = "tag:yaml.org,2002:"
_PLAIN_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


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
    """One mapping of the file. A value that is missing or wrong is a mistake, and reads as its default."""

    def __init__(self, node: yaml.MappingNode, what: str, allowed: Sequence[str], mistakes: Mistakes) -> None:
        self.line = _line(node)
        self.what = what
        self._mistakes = mistakes
        self._values: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name is None or name not in allowed:
                mistakes.add(_line(key), f"{what} has no key {_shown(key)}: {nearest(name or '', allowed)}")
            elif name in self._values:
                mistakes.add(_line(key), f"{what} has {name} twice: the first is in line {_line(self._values[name])}")
            else:
                self._values[name] = value

    def has(self, key: str) -> bool:
        return key in self._values

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that are there and may be, in the order of the file."""
        return tuple(self._values)

    def line_of(self, key: str) -> int:
        """The line of a value, or of its mapping when it is not there."""
        return _line(self._values[key]) if key in self._values else self.line

    def wrong(self, key: str, sentence: str) -> None:
        self._mistakes.add(self.line_of(key), f"{key} of {self.what} {sentence}")

    def text(self, key: str, default: str | None = None, *, like: str = ".*", means: str = "") -> str:
        """Text of one line; without a default it must be there. `like` is a pattern, `means` what it asks for."""
        if key not in self._values:
            if default is None:
                self._mistakes.add(self.line, f"{self.what} has no {key}")
            return default or ""
        found = _text(self._values[key])
        if found is None:
            self.wrong(key, _not_text(self._values[key]))
        elif not found.strip():
            self.wrong(key, "is empty")
        elif _CONTROL.search(found):
            self.wrong(key, "holds a line break or another control character")
        elif not re.fullmatch(like, found):
            self.wrong(key, f"is {found!r}; it must be {means}")
        else:
            return found
        return default or ""

    def whole(self, key: str, default: int, least: int, most: int) -> int:
        node = self._values.get(key)
        if node is None:
            return default
        if not (node.tag == f"{_TAG}int" and _PLAIN_NUMBER.fullmatch(node.value)):
            self.wrong(key, f"is {_shown(node)}; it must be a whole number from {least} to {most}")
        elif not least <= int(node.value) <= most:
            self.wrong(key, f"is {node.value}; it must be from {least} to {most}")
        else:
            return int(node.value)
        return default

    def word(self, key: str, allowed: Iterable[str], default: str | None = None) -> str | None:
        node = self._values.get(key)
        if node is None:
            return default
        words = list(allowed)
        # `none` and `off` may look like something else to YAML: what counts is what was written.
        if not isinstance(node, yaml.ScalarNode) or node.value not in words:
            written = node.value if isinstance(node, yaml.ScalarNode) else ""
            self.wrong(key, f"is {_shown(node)}: {nearest(written, words)}")
            return default
        return str(node.value)

    def texts(self, key: str) -> list[tuple[str, int]]:
        """A list of texts, each with its line; none when the key is not there."""
        found: list[tuple[str, int]] = []
        for node in self._items(key):
            value = _text(node)
            if value is None:
                self._mistakes.add(_line(node), f"{key} of {self.what} holds something that {_not_text(node)}")
            else:
                found.append((value, _line(node)))
        return found

    def one_or_more(self, key: str) -> list[tuple[str, int]]:
        """One text, or a list of texts, each with its line."""
        node = self._values.get(key)
        if isinstance(node, yaml.ScalarNode):
            return [(self.text(key), _line(node))]
        return self.texts(key)

    def rows(self, key: str) -> tuple[tuple[Scalar | None, ...], ...]:
        """A list of rows, each a list of text, whole numbers, true, false and null."""
        found: list[tuple[Scalar | None, ...]] = []
        for node in self._items(key):
            cells = node.value if isinstance(node, yaml.SequenceNode) else None
            if cells is None or not all(_scalar(cell) is not None or _is_null(cell) for cell in cells):
                self._mistakes.add(
                    _line(node),
                    f"{key} of {self.what} must hold rows such as [alice, 3, true, null], not {_shown(node)}",
                )
            else:
                found.append(tuple(_scalar(cell) for cell in cells))
        return tuple(found)

    def section(self, key: str, what: str, allowed: Sequence[str]) -> "Section | None":
        """One mapping; None when it is not there, or is none."""
        node = self._values.get(key)
        if node is None:
            return None
        if not isinstance(node, yaml.MappingNode):
            self.wrong(key, f"is {_shown(node)}; it must be a mapping with {', '.join(allowed)}")
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
                    _line(node), f"{key} must hold mappings such as {{{allowed[0]}: ...}}, not {_shown(node)}"
                )
        return found

    def data(self, key: str) -> dict[str, Scalar]:
        """A flat mapping of names to text, whole numbers or true and false."""
        node = self._values.get(key)
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            self.wrong(key, f"is {_shown(node)}; it must be a mapping such as {{product: phones}}")
            return {}
        found: dict[str, Scalar] = {}
        for name, value in node.value:
            scalar = _scalar(value)
            if _text(name) is None:
                self._mistakes.add(_line(name), f"{key} of {self.what}: the name {_shown(name)} {_not_text(name)}")
            elif name.value in found:
                self._mistakes.add(_line(name), f"{key} of {self.what} has {name.value} twice")
            elif scalar is None:
                self._mistakes.add(
                    _line(value), f"{key} of {self.what}: {name.value} must be text, a whole number, true or false"
                )
            else:
                found[name.value] = scalar
        return found

    def _items(self, key: str) -> list[yaml.Node]:
        node = self._values.get(key)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.wrong(key, f"is {_shown(node)}; it must be a list such as [..., ...]")
            return []
        return list(node.value)


def read_mapping(text: str, what: str, allowed: Sequence[str], mistakes: Mistakes) -> Section:
    """The mapping that a whole file is. Text that is no YAML, or no mapping, ends the reading at once."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as broken:
        mark = broken.problem_mark or broken.context_mark
        mistakes.add(mark.line + 1 if mark else 1, f"this is not YAML: {broken.problem or broken.context}")
        node = None
    except yaml.reader.ReaderError as broken:
        line = text.count("\n", 0, broken.position) + 1
        mistakes.add(line, f"the character {broken.character!r} may not stand in a YAML file")
        node = None
    except RecursionError:
        mistakes.add(1, f"{what} is nested too deeply to be read")
        node = None
    else:
        if node is None:
            mistakes.add(1, f"{what} is empty: it must have {', '.join(allowed)}")
        elif not isinstance(node, yaml.MappingNode):
            mistakes.add(_line(node), f"{what} must be a mapping with {', '.join(allowed)}")
    mistakes.finish()
    assert isinstance(node, yaml.MappingNode)
    return Section(node, what, allowed, mistakes)


def nearest(written: str, allowed: Iterable[str]) -> str:
    """What was probably meant, or all that may stand there."""
    words = list(allowed)
    close = difflib.get_close_matches(written.lower(), words, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    return f"it may be {', '.join(dict.fromkeys(words))}" if words else "there is none"


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _text(node: yaml.Node) -> str | None:
    return str(node.value) if isinstance(node, yaml.ScalarNode) and node.tag == f"{_TAG}str" else None


def _scalar(node: yaml.Node) -> Scalar | None:
    if node.tag == f"{_TAG}int" and _PLAIN_NUMBER.fullmatch(node.value):
        return int(node.value)
    if node.tag == f"{_TAG}bool":
        return str(node.value).lower() in ("true", "yes", "on")
    return _text(node)


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == f"{_TAG}null"


def _not_text(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode) and node.value:
        return f'must be text: write it in quotes, "{node.value}"'
    return f"must be text, not {_shown(node)}"


def _shown(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return repr(node.value) if node.value else "nothing"
    return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"
