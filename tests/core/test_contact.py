"""Contacts: what may be dialled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freeswitch_cc.core.contact import check_contact


@pytest.mark.parametrize(
    "text",
    [
        "user/1001@center.example",
        "user/alice.b-c@10.0.0.1",
        "sofia/internal/answer@127.0.0.1:5080",
        "sofia/internal/+4930123@pbx.example",
        "sofia/gateway/carrier-1/+35891234567",
        "sofia/gateway/carrier/*31#0301",
    ],
)
def test_the_three_shapes_may_be_dialled(text: str) -> None:
    assert check_contact(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1001",
        "user/1001",
        "user/1001@center,user/1002@center",
        "user/1001@center|user/1002@center",
        "user/1001@center:_:user/1002@center",
        "{a=b}user/1001@center",
        "[a=b]user/1001@center",
        "user/1001@center &park",
        "user/1001@center\n",
        "user/${1001}@center",
        "user/o'brien@center",
        "sofia/gateway/carrier/alice",
        "sofia/gateway/alice@center",
        "sofia/internal/1001%center",
        "loopback/1001",
        "error/USER_BUSY",
        "user/unload.mod_event_socket@center",
        "user/1001@céntre",
    ],
)
def test_everything_else_is_refused_with_a_sentence(text: str) -> None:
    problem = check_contact(text)
    assert problem is not None
    assert problem.startswith("contact ")


@given(st.text())
def test_what_is_allowed_has_no_sign_that_means_something_in_a_dial_string(text: str) -> None:
    for contact in (text, f"user/{text}@center", f"sofia/gateway/g/{text}", f"sofia/p/{text}@h"):
        if check_contact(contact) is None:
            assert not set(contact) & set(" ,|{}[]<>'\"\\$^&()=;\n\r\0")
            assert ":_:" not in contact
