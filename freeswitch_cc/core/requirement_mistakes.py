"""What is wrong with a required expression, and what would be right in that place: sentences for people.

Each is a column, from 1, and a sentence that begins with what was found there. Reads tokens; the grammar and the
meaning are core.requirement's.
"""

from collections.abc import Collection, Iterator, Sequence

from lark import Token

from freeswitch_cc.core.nearest import nearest

LONGEST = 500
DEEPEST = 20
"""So many parentheses may be open at once."""
KEYWORDS = ("and", "or", "not")

Mistake = tuple[int, str]

_OPERAND = "a skill, group:name, `not` or a parenthesis"
_MEANT = {
    "==": "`=`",
    "=>": "`>=`",
    "=<": "`<=`",
    "<>": "`!=`",
    "&": "`and`",
    "&&": "`and`",
    ",": "`and` or `or`",
    "|": "`or`",
    "||": "`or`",
    "!": "`not`",
}
_LONGEST_QUOTE = 40


def of_length(length: int) -> Mistake:
    return LONGEST + 1, f"it has {length} characters, with its blanks: it may have {LONGEST}"


def of_tokens(tokens: Sequence[Token]) -> list[Mistake]:
    """What is wrong with single tokens, whatever stands around them, and with the parentheses."""
    if not tokens:
        return [(1, f"it is empty: write {_OPERAND}, or leave it out")]
    found = [mistake for token in tokens for mistake in _of_token(token)]
    # Of a parenthesis that belongs to a strange word (`skill(french)`) nothing more is known.
    return found or list(_of_parentheses(tokens))


def of_order(tokens: Sequence[Token], wrong: Token) -> Mistake:
    """The parser could not go on at this token: something is missing before it, or it has no place there."""
    # The end of the text borrows its place from the last token.
    is_end = wrong.type == "$END"
    place = len(tokens) if is_end else [token.start_pos for token in tokens].index(wrong.start_pos)
    before = tokens[place - 1] if place else None
    token = None if is_end else tokens[place]
    if before is not None and before.type == "COMPARED":
        return _at(before, f"wants a number from 0 to 10 after it{_instead(token)}")
    if before is None or before.type in ("AND", "OR", "NOT", "LPAR"):
        return _operand_missing(before, token)
    assert token is not None, "after a whole expression the parser is content with the end"
    return _operator_missing(before, token)


def of_names(tokens: Sequence[Token], skills: Collection[str] | None, groups: Collection[str] | None) -> list[Mistake]:
    """Names that nobody knows. None: what there is is not known either, so every name will do."""
    found: list[Mistake] = []
    for token in tokens:
        kind, name, known = "skill", str(token), skills
        if token.type == "GROUP":
            kind, name, known = "group", token.removeprefix("group:"), groups
        if token.type in ("SKILL", "GROUP") and known is not None and name not in known:
            hint = nearest(name, known) if known else "there is none at all"
            found.append(_at(token, f"there is no such {kind}: {hint}", is_said_of=True))
    return found


def _of_token(token: Token) -> Iterator[Mistake]:
    if token.type == "SLIP":
        yield _at(token, f"means nothing here: write {_MEANT[token]}")
    elif token.type == "SKILL" and token.lower() in KEYWORDS:
        yield _at(token, f"is written `{token.lower()}`, in small letters")
    elif token.type == "LEVEL" and not (len(token) <= 2 and int(token) <= 10):
        yield _at(token, "is no level: it must be a whole number from 0 to 10")
    elif token.type == "STRANGE":
        yield _at(token, _of_strange(token))


def _of_strange(word: str) -> str:
    prefix, colon, name = word.partition(":")
    if word == "group:":
        return "wants the name of a group right after it, without a blank"
    if colon and prefix.lower() == "skill" and name:
        return "is written without `skill:`"
    if colon and prefix != "group":
        return f"has a colon, and only `group:` may stand before a name: {nearest(prefix, ['group'])}"
    if word[0].isdigit() or word[0] in "-+.":
        return "is neither a name nor a whole number: names begin with a letter, levels are whole numbers from 0 to 10"
    return "is no name: letters from A to Z, digits, dashes and underscores, with a letter first"


def _of_parentheses(tokens: Sequence[Token]) -> Iterator[Mistake]:
    is_open: list[Token] = []
    for token in tokens:
        if token.type == "LPAR":
            is_open.append(token)
            if len(is_open) == DEEPEST + 1:
                yield _at(token, f"goes too deep: at most {DEEPEST} parentheses may be open at once")
        elif token.type == "RPAR":
            if not is_open:
                yield _at(token, "closes nothing: leave it out, or open a parenthesis before it")
            else:
                is_open.pop()
    yield from (_at(token, "is never closed: write `)` where it ends, or leave it out") for token in is_open)


def _operand_missing(before: Token | None, token: Token | None) -> Mistake:
    if token is not None and before is not None and token.type == before.type == "NOT":
        return _at(token, "stands behind another `not`: leave both out")
    if token is not None and token.type == "LEVEL":
        return _at(token, "wants a skill and a comparison before it, such as french >= 5")
    if token is not None and token.type == "COMPARED":
        return _at(token, "wants a skill before it")
    if before is not None and before.type == "LPAR" and token is not None and token.type == "RPAR":
        return _at(before, f"holds nothing: write {_OPERAND} in it")
    if before is not None:
        return _at(before, f"wants something after it{_instead(token)}: {_OPERAND}")
    assert token is not None, "an expression without tokens is told before"
    return _at(token, f"wants something before it: {_OPERAND}")


def _operator_missing(before: Token, token: Token) -> Mistake:
    if token.type == "COMPARED":
        if before.type == "GROUP":
            return _at(token, "compares nothing: who is in a group has no level there, so leave it out")
        return _at(token, "wants a skill before it")
    if token.type == "LEVEL":
        if before.type == "SKILL":
            return _at(token, f"wants a comparison before it, such as {before} >= {token}")
        return _at(token, "wants a skill and a comparison before it, such as french >= 5")
    return _at(token, "wants `and` or `or` before it")


def _at(token: Token, sentence: str, *, is_said_of: bool = False) -> Mistake:
    assert token.start_pos is not None, "the lexer counts"
    column = token.start_pos + 1
    return column, f"{_quoted(token)} at {column}{':' if is_said_of else ''} {sentence}"


def _instead(token: Token | None) -> str:
    return f", not {_quoted(token)}" if token is not None else ""


def _quoted(text: str) -> str:
    shown = str(text) if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}..."
    return f"`{shown}`" if shown.isprintable() else repr(shown)
