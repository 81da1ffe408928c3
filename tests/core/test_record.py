"""A changed record is what dataclasses.replace would make of it."""

import dataclasses

import pytest

from freeswitch_cc.core.call import Leg
from freeswitch_cc.core.record import replace
from freeswitch_cc.core.words import Role, Seen

LEG = Leg(leg_id="a", call_id="b", switch_id="c", role=Role.AGENT)


def test_a_changed_record_has_the_new_values_and_all_others() -> None:
    changed = replace(LEG, seen=Seen.PARKED, seen_seq=3)
    assert changed == dataclasses.replace(LEG, seen=Seen.PARKED, seen_seq=3)
    assert hash(changed) == hash(dataclasses.replace(LEG, seen=Seen.PARKED, seen_seq=3))


def test_the_record_that_was_changed_is_as_it_was() -> None:
    replace(LEG, seen=Seen.PARKED)
    assert LEG.seen is Seen.UNBORN
    assert replace(LEG) == LEG
    assert replace(LEG) is not LEG


def test_a_field_that_it_does_not_have_cannot_be_changed() -> None:
    with pytest.raises(TypeError, match="Leg has no colour"):
        replace(LEG, colour="red")


def test_a_changed_record_is_as_frozen_as_the_first() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        replace(LEG, seen=Seen.PARKED).seen = Seen.GONE  # type: ignore[misc]
