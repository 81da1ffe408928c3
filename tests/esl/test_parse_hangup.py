"""How a leg's end is told: the causes that the switch does not say in words."""

import pytest

from freeswitch_cc.core.events import BLIND_TRANSFER, LegHungUp
from freeswitch_cc.esl.parse import parse

CALL = "11111111-1111-4111-8111-111111111111"
LEG = "22222222-2222-4222-8222-222222222222"


@pytest.mark.parametrize(("disposition", "cause"), [("ANSWER", "NORMAL_CLEARING"), ("BLIND_TRANSFER", BLIND_TRANSFER)])
def test_who_leaves_by_his_own_refer_has_not_hung_up(disposition: str, cause: str) -> None:
    said = (
        f'{{"Event-Name":"CHANNEL_HANGUP","Unique-ID":"{LEG}","variable_fcc_call":"{CALL}",'
        '"Event-Date-Timestamp":"1795290150000000","Event-Sequence":"7","Hangup-Cause":"NORMAL_CLEARING",'
        f'"variable_endpoint_disposition":"{disposition}"}}'
    )
    event = parse(said.encode(), "switch")
    assert isinstance(event, LegHungUp)
    assert event.cause == cause
