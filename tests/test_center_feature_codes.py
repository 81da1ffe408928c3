"""Feature codes, and the numbers of reasons, of a center file: what it leaves out, what is wrong, and what is kept."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, NullPool, create_engine, make_url

from freeswitch_cc.center import parse_center
from freeswitch_cc.center_settings import DEFAULT_REASONS
from freeswitch_cc.core.feature_codes import KINDS
from freeswitch_cc.errors import ConfigInvalid
from tests.database import Database
from tests.store.test_center import applied, told

EMPTY = "switches: []\nagents: []\nqueues: []\nentry_points: []\n"


def codes_of(text: str) -> dict[str, str]:
    return dict(parse_center(f"{EMPTY}center: {text}\n").feature_codes)


def problems_of(text: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as wrong:
        parse_center(EMPTY + text)
    return wrong.value.problems


def test_what_a_file_does_not_say_is_as_usual() -> None:
    assert dict(parse_center(EMPTY).feature_codes) == codes_of("{timezone: UTC}") == codes_of("{}") == KINDS
    assert codes_of('{feature_codes: {login: "*71"}}') == {**KINDS, "login": "*71"}


def test_two_codes_may_be_exchanged_and_all_may_be_switched_off() -> None:
    assert codes_of('{feature_codes: {login: "*40", logout: "*41"}}')["login"] == "*40"
    off = ", ".join(f"{kind}: none" for kind in KINDS)
    assert set(codes_of(f"{{feature_codes: {{{off}}}}}").values()) == {""}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('login: "*1"', """login of feature codes is '*1'; it must be a star and two digits, "*42", or none"""),
        ("login: 41", "login of feature codes must be text: write it in quotes"),
        ('login: "*42"', "feature codes: *42 is login and available: each needs its own"),
        ('hold: "*45"', "feature codes"),
        ("login: ''", "login of feature codes is empty"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, says: str) -> None:
    (problem,) = problems_of(f"center:\n  feature_codes:\n    {text}\n")
    assert problem.startswith("line 7: ")
    assert says in problem


@pytest.mark.parametrize(
    ("reasons", "says"),
    [
        ("[{name: a, number: 1}, {name: b, number: 1}]", "a reason with the number '1' stands in line 5 already"),
        ("[{name: a, number: 0}]", "number of a reason is 0; it must be from 1 to 99"),
        ("[{name: a, number: 100}]", "number of a reason is 100; it must be from 1 to 99"),
    ],
)
def test_a_number_is_of_one_reason(reasons: str, says: str) -> None:
    assert says in problems_of(f"reasons: {reasons}\n")[0]


def test_the_reasons_that_come_with_the_product_have_numbers() -> None:
    assert [reason.number for reason in DEFAULT_REASONS] == list(range(1, len(DEFAULT_REASONS) + 1))


@pytest.fixture(scope="module")
def store(database_url: str) -> Iterator[Engine]:
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg2"), poolclass=NullPool)
    yield engine
    engine.dispose()


def test_they_are_applied_and_told_and_applied_again_change_nothing(store: Engine, db: Database) -> None:
    assert db.value("SELECT feature_codes FROM center") == KINDS
    center = parse_center(f'{EMPTY}center: {{feature_codes: {{login: "*71", available: none}}}}\n')
    (line,) = told(applied(store, center))
    assert line.startswith("changed center center feature_codes: ")
    assert db.value("SELECT feature_codes FROM center") == {**KINDS, "login": "*71", "available": ""}
    assert not applied(store, center).changes
    assert applied(store, parse_center(EMPTY)).changes
    assert db.value("SELECT feature_codes FROM center") == KINDS
