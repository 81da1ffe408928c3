"""From text to YAML nodes with their lines, from a node to its plain value, and to words: for files that people write.

What is no YAML, and what such a file has no use for (anchors, aliases, tags), is noted with its line and what
would be right; reading goes on wherever it can. Knows no key, and opens no file.
"""

import re
from collections.abc import Callable
from typing import Any

import yaml

Note = Callable[[int, str], None]
Scalar = str | int | bool

# The tag of a node whose mistake was noted already: nobody complains about it again.
TOLD = "told"

_TAG = "tag:yaml.org,2002:"
_UNREADABLE = yaml.reader.Reader.NON_PRINTABLE
_IN_ITS_PLACE = "\N{REPLACEMENT CHARACTER}"
_LONGEST_QUOTE = 60
_PLAIN_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})")

# What PyYAML says, and what would be right. The first that fits is taken.
_RIGHT = (
    ("'\\t' that cannot start", "indent with blanks, never with a tab"),
    ("that cannot start any token", "text that begins with such a character goes in quotes"),
    ("mapping values are not allowed", 'text with ": " in it goes in quotes, and keys begin in one column'),
    ("could not find expected ':'", "a key is followed by a colon and a blank"),
    ("unexpected end of stream", "a quote is open: close it"),
    ("expected ',' or ']'", "put a comma between the values, and ] after the last"),
    ("expected ',' or '}'", "put a comma between the values, and } after the last"),
    ("expected <block end>", "what belongs together begins in one column: check the blanks before it"),
    ("expected the node content", "a value is missing here"),
    ("unknown escape character", "in double quotes a backslash is written twice"),
    ("escape sequence", "\\x is followed by 2 hexadecimal digits, \\u by 4, \\U by 8"),
    ("<document start>", "a new key begins in the first column"),
    ("sequence entries are not allowed", "the first - of a list begins a line of its own"),
    ("expected alphabetic or numeric", 'text that begins with * or & goes in quotes: "*"'),
    ("undefined tag handle", "leave the tag out, or write text that begins with ! in quotes"),
    ("incompatible YAML document", "leave the line %YAML out"),
)


def compose(text: str, note: Note) -> yaml.Node | None:
    """The root, None when there is none, or a node that is TOLD when the text cannot be read."""
    loader = _Loader(_readable(text, note), note)
    try:
        return loader.root()
    except yaml.MarkedYAMLError as broken:
        _note_broken(broken, note)
    except (ValueError, OverflowError):
        # PyYAML hands an escape such as "\UFFFFFFFF" to chr() unasked.
        note(loader.get_mark().line + 1, "an escape (\\U...) stands for no character: write the character itself")
    except RecursionError:
        note(1, "the file is nested too deeply to be read: its lists and mappings go a few levels deep")
    finally:
        loader.dispose()
    return _told(None)


def line_of(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def text_of(node: yaml.Node) -> str | None:
    return str(node.value) if isinstance(node, yaml.ScalarNode) and node.tag == f"{_TAG}str" else None


def number_of(node: yaml.Node, *, in_quotes: bool = False) -> int | None:
    """A whole number in plain decimal digits, 18 at most; in_quotes: one that was written as text instead."""
    is_plain = node.tag == f"{_TAG}{'str' if in_quotes else 'int'}" and _PLAIN_NUMBER.fullmatch(node.value)
    return int(node.value) if is_plain else None


def scalar_of(node: yaml.Node) -> Scalar | None:
    # Not yes, no, on and off: `country: no` is Norway.
    if node.tag == f"{_TAG}bool" and node.value.lower() in ("true", "false"):
        return bool(node.value.lower() == "true")
    number = number_of(node)
    return text_of(node) if number is None else number


def is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == f"{_TAG}null"


# -- a node in words -----------------------------------------------------------------------------


def not_text(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode) and node.value:
        return f'must be text: write it in quotes, "{node.value[:_LONGEST_QUOTE]}"'
    return f"must be text, not {shown(node)}"


def not_scalar(node: yaml.Node) -> str:
    quotes = f': write it in quotes, "{node.value[:_LONGEST_QUOTE]}"' if isinstance(node, yaml.ScalarNode) else ""
    return f"must be text, a whole number, true or false{quotes if node.value else ''}"


def shown(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return quoted(node.value) if node.value else "nothing"
    return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"


def quoted(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}...")


# -- from text to nodes --------------------------------------------------------------------------


class _Loader(yaml.SafeLoader):
    """Notes what has no place in such a file, and composes as if it were not there."""

    def __init__(self, text: str, note: Note) -> None:
        super().__init__(text)
        self._note = note
        self._named: dict[str, yaml.Node] = {}

    def root(self) -> yaml.Node | None:
        stream: Any = self  # its methods have no type hints
        stream.get_event()
        node = None if self.check_event(yaml.StreamEndEvent) else self.compose_document()
        if not self.check_event(yaml.StreamEndEvent):
            line = _line(stream.peek_event())
            self._note(line, "a second document begins here (---): one file holds one, put this in a file of its own")
        return node

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        stream: Any = self
        event: Any = stream.peek_event()
        line = _line(event)
        if isinstance(event, yaml.AliasEvent):
            stream.get_event()
            self._note(line, f"*{event.anchor} stands for a value in another place: write the value itself")
            named = self._named.get(event.anchor or "")
            # Only a single value is put there: with lists a short file could mean a very long one.
            return named if isinstance(named, yaml.ScalarNode) else _told(event.start_mark)
        anchor, event.anchor = event.anchor, None
        if anchor is not None:
            self._note(line, f"&{anchor} gives a value a name, and nothing may use it: leave it out")
        if event.tag is not None:
            self._note(line, f"the tag {_tag(event.tag)} means nothing here: leave it out, and write text in quotes")
            is_scalar = isinstance(event, yaml.ScalarEvent)
            event.tag, event.implicit = (TOLD, event.implicit) if is_scalar else (None, True)
        node = super().compose_node(parent, index)
        if anchor is not None and node is not None:
            self._named[anchor] = node
        return node


def _readable(text: str, note: Note) -> str:
    """The text without the characters that YAML forbids, which are noted: line by line, but for bytes of no UTF-8.

    Such a byte is a lone surrogate here (PEP 383); they have one cause, so they are one mistake.
    """
    strange: list[tuple[int, int]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        for found in _UNREADABLE.finditer(line):
            code = ord(found.group())
            if 0xDC80 <= code <= 0xDCFF:
                strange.append((number, code - 0xDC00))
            else:
                note(number, f"the character {found.group()!r} may not stand in a YAML file: delete it")
    if strange:
        (first, byte), others = strange[0], len({number for number, _ in strange}) - 1
        more = f" (and {others} more {'lines' if others > 1 else 'line'})" if others else ""
        note(first, f"the file must be UTF-8, and byte {byte:#04x} is not{more}: save it as UTF-8")
    return _UNREADABLE.sub(_IN_ITS_PLACE, text)


def _note_broken(broken: yaml.MarkedYAMLError, note: Note) -> None:
    problem = broken.problem or broken.context or "nobody knows why"
    mark = broken.problem_mark or broken.context_mark
    line = mark.line + 1 if mark else 1
    began = broken.context_mark.line + 1 if broken.context_mark else line
    since = f" (it began in line {began})" if began != line else ""
    right = next((f": {sentence}" for part, sentence in _RIGHT if part in problem), "")
    note(line, f"this is not YAML: {problem}{since}{right}")


def _told(mark: Any) -> yaml.ScalarNode:
    return yaml.ScalarNode(TOLD, "", mark, mark)


def _tag(tag: str) -> str:
    return tag.replace(_TAG, "!!", 1)[:60]


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
