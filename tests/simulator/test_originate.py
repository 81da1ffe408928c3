"""How an originate is read: its variables up to the brace that ends them, then words."""

from hypothesis import given
from hypothesis import strategies as st

from freeswitch_cc.simulator import originate, transfer


def test_a_brace_between_quotes_ends_no_variables() -> None:
    request = originate.read("{a='x}y, z',b=2}sofia/robots/answer@127.0.0.1:5080 &park")
    assert request is not None
    assert (request.variables, request.url) == ({"a": "x}y, z", "b": "2"}, "sofia/robots/answer@127.0.0.1:5080")
    assert request.application == ("park", "")


def test_variables_without_an_end_are_no_originate() -> None:
    assert originate.read("{a=1 sofia/robots/answer@127.0.0.1:5080 &park") is None
    assert originate.read("{a='1} sofia/robots/answer@127.0.0.1:5080 &park") is None


@given(st.lists(st.text("ab:@/", min_size=1)), st.integers(min_value=1, max_value=3))
def test_words_are_the_same_whether_or_not_a_quote_stands_among_them(words: list[str], blanks: int) -> None:
    text = (" " * blanks).join(words)
    assert transfer.split(text) == words
    assert transfer.split(f"{text} 'two words'") == [*words, "two words"]
