"""Which events a connection hears: lists, subclasses and filters as mod_event_socket keeps them."""

import pytest

from freeswitch_cc.esl.reader import _SUBSCRIBE
from freeswitch_cc.simulator.subscription import EVENT_NAMES, Subscription
from freeswitch_cc.simulator.wire import Event


def event(name: str = "CHANNEL_PARK", **headers: str) -> Event:
    return {"Event-Name": name} | {key.replace("_", "-"): value for key, value in headers.items()}


def custom(subclass: str) -> Event:
    return {"Event-Name": "CUSTOM", "Event-Subclass": subclass}


def subscribed(*commands: str) -> Subscription:
    subscription = Subscription()
    for command in commands:
        reply = subscription.filter(command) if command.startswith("filter") else subscription.event(command)
        assert reply.startswith("+OK"), reply
    return subscription


# -- lists ---------------------------------------------------------------------------------------


def test_nobody_hears_anything_unasked() -> None:
    assert not Subscription().wants(event())


def test_a_list_of_names_lets_through_what_is_in_it() -> None:
    subscription = subscribed("event json CHANNEL_PARK nonsense channel_bridge SWITCH_EVENT_DTMF")
    assert subscription.format == "json"
    assert [name for name in sorted(EVENT_NAMES) if subscription.wants(event(name))] == [
        "CHANNEL_BRIDGE",
        "CHANNEL_PARK",
        "DTMF",
    ]


def test_asking_again_adds() -> None:
    subscription = subscribed("event json CHANNEL_PARK", "event plain DTMF")
    assert subscription.format == "plain"
    assert subscription.wants(event())
    assert subscription.wants(event("DTMF"))


@pytest.mark.parametrize("line", ["event", "event json", "event plain nonsense", "event  "])
def test_a_list_of_nothing_known_is_refused_and_the_format_changes_all_the_same(line: str) -> None:
    subscription = Subscription()
    assert subscription.event(line) == "-ERR no keywords supplied"
    assert not subscription.is_listening
    assert subscription.format == ("json" if "json" in line else "plain")


def test_the_reply_names_the_format() -> None:
    assert Subscription().event("event ALL") == "+OK event listener enabled plain"
    assert Subscription().event("event xml ALL") == "+OK event listener enabled xml"


def test_custom_events_are_heard_by_subclass_only() -> None:
    subscription = subscribed("event json DTMF CUSTOM conference::maintenance CHANNEL_PARK")
    assert subscription.wants(custom("conference::maintenance"))
    assert not subscription.wants(custom("sofia::register"))
    assert not subscription.wants(event("CHANNEL_PARK"))  # behind CUSTOM everything is a subclass
    assert not subscribed("event json CUSTOM").wants(custom("sofia::register"))


def test_all_is_all_and_custom_too() -> None:
    subscription = subscribed("event json ALL")
    assert all(subscription.wants(event(name)) for name in EVENT_NAMES)
    assert subscription.wants(custom("sofia::register"))


def test_taking_one_away_from_all_leaves_the_others() -> None:
    subscription = subscribed("event json ALL")
    assert subscription.nixevent("nixevent CHANNEL_STATE") == "+OK events nixed"
    assert not subscription.wants(event("CHANNEL_STATE"))
    assert subscription.wants(event("CHANNEL_PARK"))
    assert subscription.wants(custom("sofia::register"))
    subscription.nixevent("nixevent CUSTOM sofia::register")
    assert not subscription.wants(custom("sofia::register"))
    assert subscription.wants(custom("sofia::expire"))
    assert subscription.nixevent("nixevent nonsense") == "-ERR no keywords supplied"


def test_all_may_be_taken_away() -> None:
    subscription = subscribed("event json ALL")
    subscription.nixevent("nixevent ALL")
    assert not any(subscription.wants(event(name)) for name in EVENT_NAMES)


def test_no_events_forgets_the_lists_and_keeps_the_filters() -> None:
    subscription = subscribed("filter Event-Name DTMF", "event json ALL")
    assert subscription.noevents() == "+OK no longer listening for events"
    assert subscription.noevents() == "-ERR not listening for events"
    assert not subscription.wants(event("DTMF"))
    subscription.event("event json DTMF CHANNEL_PARK")
    assert subscription.wants(event("DTMF"))
    assert not subscription.wants(event("CHANNEL_PARK"))


# -- filters -------------------------------------------------------------------------------------


def test_the_engine_hears_its_own_calls_and_what_concerns_everybody() -> None:
    subscription = subscribed(*_SUBSCRIBE)
    ours, foreign = {"variable_fcc_call": "7"}, {"variable_sip_call_id": "7"}
    assert subscription.wants(event() | ours)
    assert not subscription.wants(event() | foreign)
    assert not subscription.wants(event("CHANNEL_STATE") | ours)  # not in its list
    assert subscription.wants(event("BACKGROUND_JOB"))
    assert subscription.wants(event("HEARTBEAT"))
    for name in ("conference::maintenance", "sofia::register", "sofia::unregister", "sofia::expire"):
        assert subscription.wants(custom(name))
    assert not subscription.wants(custom("sofia::reinvite"))


def test_one_filter_that_fits_is_enough() -> None:
    subscription = subscribed("event json ALL", "filter Unique-ID one", "filter Unique-ID two")
    assert subscription.wants(event(Unique_ID="two"))
    assert not subscription.wants(event(Unique_ID="three"))
    assert not subscription.wants(event())


def test_header_and_value_are_compared_in_any_case() -> None:
    subscription = subscribed("event json ALL", "filter event-NAME heartbeat")
    assert subscription.wants(event("HEARTBEAT"))
    assert not subscription.wants(event("DTMF"))


def test_a_header_that_comes_up_later_is_found_too() -> None:
    subscription = subscribed("event json ALL", "filter VARIABLE_a_new_one /^1$/")
    assert not subscription.wants(event())
    assert subscription.wants(event() | {"variable_A_New_One": "1"})


def test_a_negative_filter_blocks_what_another_lets_through() -> None:
    subscription = subscribed("event json ALL", "filter Event-Name /./", "filter Unique-ID - one")
    assert subscription.wants(event(Unique_ID="two"))
    assert not subscription.wants(event(Unique_ID="one"))


def test_negative_filters_alone_block_everything() -> None:
    assert not subscribed("event json ALL", "filter Unique-ID -one").wants(event(Unique_ID="two"))


def test_the_last_sign_counts_and_a_negative_expression_is_plain_text() -> None:
    assert subscribed("event json ALL", "filter Unique-ID -+one").wants(event(Unique_ID="one"))
    subscription = subscribed("event json ALL", "filter Event-Name /./", "filter Unique-ID -/one/")
    assert subscription.wants(event(Unique_ID="one"))
    assert not subscription.wants(event(Unique_ID="/one/"))


@pytest.mark.parametrize(
    ("expression", "value", "passes"),
    [
        ("/^a.c$/", "abc", True),
        ("/^a.c$/", "xabc", False),
        ("/A/", "a", False),
        ("/A/i", "a", True),
        ("/a.c/", "a\nc", False),
        ("/a.c/s", "a\nc", True),
        ("/a/b/", "a/b", True),
        ("/no end", "no end", False),
        ("/(/", "(", False),
    ],
)
def test_expressions_are_read_as_the_switch_reads_them(expression: str, value: str, passes: bool) -> None:
    subscription = subscribed("event json ALL", f"filter Subject {expression}")
    assert subscription.wants(event(Subject=value)) is passes


def test_a_list_is_looked_at_as_one_text() -> None:
    subscription = subscribed("event json ALL", "filter variable_list /^ARRAY::one|:two$/")
    assert subscription.wants(event() | {"variable_list": ["one", "two"]})


def test_filters_are_deleted_by_header_by_value_or_all() -> None:
    subscription = subscribed(
        "filter Unique-ID one", "filter unique-id two", "filter Event-Name DTMF", "event json ALL"
    )
    assert subscription.filter("filter delete UNIQUE-id one") == "+OK filter deleted. [UNIQUE-id][one]"
    assert not subscription.wants(event(Unique_ID="one"))
    assert subscription.wants(event(Unique_ID="two"))
    assert subscription.filter("filter delete Unique-ID") == "+OK filter deleted. [Unique-ID][]"
    assert not subscription.wants(event(Unique_ID="two"))
    assert subscription.has_filter
    assert subscription.filter("filter delete all") == "+OK filter deleted. [all][]"
    assert not subscription.has_filter
    assert subscription.wants(event())


def test_replies_to_filters_are_those_of_the_switch() -> None:
    subscription = Subscription()
    assert subscription.filter("filter Unique-ID one two") == "+OK filter added. [Unique-ID]=[one two]"
    assert subscription.filter("filter add  x y") == "+OK filter added. []=[x y]"
    assert subscription.filter("filter add x y") == "+OK filter added. [x]=[y]"
    assert subscription.filter("filter add x") == "+OK filter added. [x]=[(null)]"
    assert subscription.filter("filter x ") == "+OK filter added. [x]=[]"
    assert subscription.filter("filter lonely") == "-ERR invalid syntax"
    assert subscription.filter("filter delete") == "-ERR invalid syntax"


# -- one session ---------------------------------------------------------------------------------


def test_my_events_are_those_of_one_session() -> None:
    subscription = Subscription()
    assert subscription.myevents("myevents one json", lambda uuid: uuid == "one") == "+OK Events Enabled"
    assert subscription.format == "plain"  # the switch cuts the word off before it looks for it
    assert subscription.wants(event(Unique_ID="one"))
    assert not subscription.wants(event(Unique_ID="two"))
    assert not subscription.wants(event("HEARTBEAT"))
    assert subscription.myevents("myevents one", lambda _: True) == "-ERR aready enabled."


def test_my_events_of_a_session_that_is_not_there_are_refused_only_with_a_format() -> None:
    assert Subscription().myevents("myevents one plain", lambda _: False) == "-ERR invalid uuid"
    subscription = Subscription()
    assert subscription.myevents("myevents one", lambda _: False) == "+OK Events Enabled"
    assert subscription.wants(event(Unique_ID="any"))
    assert not subscription.wants(event())
