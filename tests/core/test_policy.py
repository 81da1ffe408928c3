"""The dial policy (core.policy): default deny, the longest beginning, E.164 and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freeswitch_cc.core.agent_state import Refusal
from freeswitch_cc.core.contact import check_contact
from freeswitch_cc.core.country_code import split_number
from freeswitch_cc.core.dialling import NumberClass
from freeswitch_cc.core.policy import (
    E164,
    Target,
    caller_id_of,
    check_caller_id,
    check_number,
    class_of,
    parse_target,
)
from tests.core.placed import CALLER_ID, NUMBER, dialling, party
from tests.core.world import make_agent

ANN = party(make_agent("ann"))
CLASSES = (
    NumberClass(name="all", like=("+",)),
    NumberClass(name="national", like=("+358", "+3585")),
    NumberClass(name="premium", like=("+358600",)),
)
HOSTILE = [
    "number:",
    "number:112",
    "number:0401234567",
    "number:358401234567",
    "number:+0401234567",
    "number:+358401",
    "number:+3584012345678901",
    "number:+358401234567 ",
    "number:+358401234567\n",
    "number:+358401234567\x00",
    "number:+35840,1234567",
    "number:+35840|1234567",
    "number:+358401234567@evil.example",
    "number:+358401234567;fs_path=sip:evil",
    "number:+358401234567 &bridge(sofia/x)",
    "number:${hostname}",
    "number:{origination_uuid=x}+358401234567",
    "number:[x=y]+358401234567",
    "number:+٣٥٨٤٠١٢٣٤٥٦٧",
    "agent:",
    "agent:bea,ann",
    "agent:bea@x y",
    "agent:bea'",
    "agent:${hostname}",
    "agent:sofia/internal/x@y",
    "agent:-bea",
    "queue:sales",
    "sofia/gateway/carrier/358401234567",
    "user/1001@example.test",
    "",
    ":",
    NUMBER,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_is_no_target_is_refused_by_name(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_target(text)
    assert refused.value.reason == "bad_target"
    assert "+358401234567" in refused.value.message, "it says what would be right"


@given(st.text(max_size=40))
def test_only_digits_behind_a_plus_ever_become_a_number(text: str) -> None:
    try:
        target = parse_target(f"number:{text}")
        contact = check_number(dialling(classes=CLASSES), party(make_agent(), may_dial=ALL), text)
    except Refusal:
        return
    assert target == Target("number", text)
    assert set(text[1:]) <= set("0123456789")
    assert check_contact(contact) is None


ALL = ("all", "national", "premium")


def test_a_target_is_a_number_in_full_or_an_agent() -> None:
    assert parse_target(f"number:{NUMBER}") == Target("number", NUMBER)
    assert parse_target("agent:bea.smith@x-1") == Target("agent", "bea.smith@x-1")
    assert str(parse_target("agent:bea")) == "agent:bea"


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("+358401234567", "national"),
        ("+358501234567", "national"),
        ("+358600123456", "premium"),
        ("+441234567890", "all"),
    ],
)
def test_the_longest_beginning_says_the_class(number: str, found: str) -> None:
    assert class_of(CLASSES, number) == found
    assert class_of(tuple(reversed(CLASSES)), number) == found, "whatever the order"


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+12125550123", "+1"),
        ("+74951234567", "+7"),
        ("+390612345678", "+39"),
        ("+441234567890", "+44"),
        ("+358401234567", "+358"),
        ("+2250102030405", "+225"),
        ("+8862123456", "+886"),
        ("+99910000", "+999"),
    ],
)
def test_where_the_country_code_ends_is_told_by_its_beginning(number: str, country: str) -> None:
    assert split_number(number) == (country, number.removeprefix(country))


def test_a_zero_behind_the_country_code_makes_no_other_number_of_one_that_he_may_not_call() -> None:
    """A carrier may drop it: then a premium number is called, though it begins as a national one."""
    with pytest.raises(Refusal) as refused:
        check_number(dialling(), ANN, "+3580600123456")
    why = "+3580600123456, read as +358600123456 without its zero, is premium: ann may dial national"
    assert (refused.value.reason, refused.value.message) == ("number_not_allowed", why)
    with pytest.raises(Refusal):
        check_number(dialling(), party(make_agent("ann"), may_dial=("premium",)), "+3580600123456")
    both = party(make_agent("ann"), may_dial=("national", "premium"))
    assert check_number(dialling(), both, "+3580600123456").endswith("/3580600123456"), "it is called as it was written"


@pytest.mark.parametrize("number", ["+390612345678", "+2250102030405", "+3580401234567"])
def test_a_zero_that_is_a_part_of_the_number_is_no_reason_to_refuse_it(number: str) -> None:
    classes = tuple(NumberClass(name=name, like=(like,)) for name, like in (("a", "+39"), ("b", "+225"), ("c", "+358")))
    caller = party(make_agent("ann"), may_dial=("a", "b", "c"))
    assert check_number(dialling(classes=classes), caller, number).endswith(number.removeprefix("+"))


@pytest.mark.parametrize("number", ["+35800123456", "+44001234567", "+100123456"])
def test_two_zeros_behind_the_country_code_are_no_number(number: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_number(dialling(classes=CLASSES), party(make_agent("ann"), may_dial=ALL), number)
    assert refused.value.reason == "bad_target"


def test_a_number_that_no_class_names_is_of_none() -> None:
    assert class_of(CLASSES[1:], "+441234567890") is None


def test_nobody_may_call_what_nobody_has_allowed() -> None:
    for caller, number, why in (
        (ANN, "+358600123456", "+358600123456 is premium: ann may dial national"),
        (ANN, "+441234567890", "+441234567890 is in no class of numbers: ann may dial national"),
        (party(make_agent("bea"), may_dial=()), NUMBER, f"{NUMBER} is national: bea may dial no number"),
    ):
        with pytest.raises(Refusal) as refused:
            check_number(dialling(), caller, number)
        assert (refused.value.reason, refused.value.message) == ("number_not_allowed", why)


@pytest.mark.parametrize(
    ("prefix", "contact"),
    [
        ("", "sofia/gateway/carrier/358401234567"),
        ("+", "sofia/gateway/carrier/+358401234567"),
        ("00", "sofia/gateway/carrier/00358401234567"),
    ],
)
def test_a_number_is_called_by_the_gateway_of_the_center(prefix: str, contact: str) -> None:
    assert check_number(dialling(prefix=prefix), ANN, NUMBER) == contact


@pytest.mark.parametrize("trunk", ["", "a b", "x,y", "${x}"])
def test_without_a_trunk_that_may_be_dialled_no_number_is(trunk: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_number(dialling(trunk=trunk), ANN, NUMBER)
    assert refused.value.reason == "no_trunk"


def test_the_caller_id_is_one_of_his() -> None:
    assert caller_id_of(ANN, "") == CALLER_ID
    assert caller_id_of(ANN, "+358401113333") == "+358401113333"
    with pytest.raises(Refusal) as refused:
        caller_id_of(ANN, "+358409999999")
    assert refused.value.reason == "caller_id_not_his"
    assert CALLER_ID in refused.value.message
    for asked, reason in (("", "no_caller_id"), (CALLER_ID, "caller_id_not_his")):
        with pytest.raises(Refusal) as refused:
            caller_id_of(party(make_agent(), caller_ids=()), asked)
        assert refused.value.reason == reason


@pytest.mark.parametrize("text", ["911", "anonymous", "+358401112222'", "+358 40"])
def test_a_caller_id_is_a_number_in_full(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_caller_id(text)
    assert refused.value.reason == "bad_caller_id"


def test_e164_is_a_plus_and_7_to_15_digits() -> None:
    assert E164.fullmatch("+1234567")
    assert E164.fullmatch("+123456789012345")
    for wrong in ("+123456", "+1234567890123456", "+0234567", "1234567"):
        assert not E164.fullmatch(wrong)
