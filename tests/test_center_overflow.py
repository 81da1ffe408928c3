"""Hours, limits, overflow and voicemail boxes of a center file: what is read, and what is refused, with its line."""

import re
from pathlib import Path

import pytest

from freeswitch_cc.center import parse_center
from freeswitch_cc.core.hours import Hours
from freeswitch_cc.errors import ConfigInvalid

HEAD = """\
switches: []
agents:
  - {login: alice, name: Alice, contact: user/alice@example.test}
entry_points: []
voicemail_boxes:
  - {name: box, directory: /var/voicemail}
queues:
"""


def queues(*lines: str) -> str:
    return HEAD + "".join(f"  - {line}\n" for line in lines)


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        parse_center(text)
    return caught.value.problems


def test_everything_that_a_queue_may_say_of_its_limits_is_read() -> None:
    center = parse_center(
        queues(
            '{name: sales, hours: {mon-tue: "08:00-18:00", sat: ["13:00-15:00", "09:00-12:00"],'
            ' closed_on: ["2026-12-25"]},'
            " max_wait_ms: 60000, max_length: 20, agent_wait_ms: 5000, agent_tries: 1,"
            ' overflow: {closed: "queue:night", full: "agent:alice", nobody: "voicemail:box",'
            ' too_long: "announcement:/var/sounds/sorry.wav"}}',
            "{name: night}",
        )
    )
    sales, night = center.queues
    assert sales.hours == Hours(
        weekly={"mon": ("08:00-18:00",), "tue": ("08:00-18:00",), "sat": ("09:00-12:00", "13:00-15:00")},
        closed_on=("2026-12-25",),
    )
    assert (sales.max_wait_ms, sales.max_length, sales.agent_wait_ms, sales.agent_tries) == (60_000, 20, 5_000, 1)
    assert sales.overflow == {
        "closed": "queue:night",
        "full": "agent:alice",
        "nobody": "voicemail:box",
        "too_long": "announcement:/var/sounds/sorry.wav",
    }
    assert (night.hours, night.max_wait_ms, night.max_length, night.overflow) == (None, None, None, {})
    (box,) = center.voicemail_boxes
    assert (box.greeting, box.longest_ms, box.silence_ms) == ("", 180_000, 5_000)
    assert (box.max_messages, box.max_per_caller, box.keep_days) == (1_000, 10, 0)


def test_a_queue_may_be_closed_for_good() -> None:
    (sales,) = parse_center(queues("{name: sales, hours: {mon-sun: []}}")).queues
    assert sales.hours == Hours()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            '{name: a, overflow: {nobody: "queue:b"}}',
            "nobody of overflow of a queue is 'queue:b', and there is no such queue",
        ),
        ('{name: a, overflow: {nobody: "agent:alcie"}}', "nobody has that login: did you mean alice?"),
        ('{name: a, overflow: {nobody: "voicemail:bux"}}', "there is no such voicemail box: did you mean box?"),
        (
            '{name: a, overflow: {nobody: "number:+358401234567"}}',
            "nobody of overflow of a queue is 'number:+358401234567', which may not be called: +358401234567 is in no"
            " class of numbers: queue a may dial no number",
        ),
        ('{name: a, overflow: {nobody: "number:112"}}', "is no number that can be called: it must be a number in full"),
        (
            '{name: a, overflow: {nobody: "agent:alice", not_reached: "voicemail:box"}}',
            "not_reached of overflow means nothing, because no other target of the queue is a number",
        ),
        ("{name: a, may_dial: [national]}", "may_dial of a queue: there is no class 'national'"),
        ('{name: a, caller_ids: ["12"]}', "caller_ids of a queue: '12' is none; it must be a number in full"),
        ('{name: a, overflow: {nobody: "announcement:local_stream://moh"}}', "a local_stream never ends"),
        ('{name: a, overflow: {nobody: "night"}}', "it must be one of queue:NAME"),
        ('{name: a, overflow: {nobdy: "agent:alice"}}', "overflow has no key 'nobdy': did you mean nobody?"),
        ("{name: a, overflow: queue:b}", "it must be a mapping"),
        (
            '{name: a, overflow: {closed: "agent:alice"}}',
            "closed of overflow means nothing, because the queue has no hours",
        ),
        ('{name: a, overflow: {full: "agent:alice"}}', "means nothing, because the queue has no max_length"),
        ('{name: a, overflow: {too_long: "agent:alice"}}', "means nothing, because the queue has no max_wait_ms"),
        ('{name: a, overflow: {nobody: "queue:a"}}', "leads a back into itself: a to a"),
        ("{name: a, max_wait_ms: 0}", "max_wait_ms of a queue is 0; it must be from 1"),
        ("{name: a, max_length: many}", "max_length of a queue is 'many'; it must be a whole number"),
        ('{name: a, hours: {monday: "08:00-18:00"}}', "monday of hours is no day"),
        ('{name: a, hours: {mon: "8-18"}}', "mon of hours is '8-18'; it must be from when to when"),
        ('{name: a, hours: {mon: "08:00-08:00"}}', "a whole day is 00:00-24:00"),
        ('{name: a, hours: {mon: ["08:00-12:00", "11:00-13:00"]}}', "11:00-13:00 overlaps with another one"),
        ('{name: a, hours: {mon-fri: "08:00-12:00", wed: []}}', "wed of hours names wed again"),
        ('{name: a, hours: {closed_on: ["25.12.2026"]}}', "closed_on of hours holds '25.12.2026'; it must be dates"),
        ("{name: a, hours: {}}", "hours of a queue has no day"),
        ("{name: a, agent_tries: 0}", "agent_tries of a queue is 0"),
        ("{name: a, max_forwarded: -1}", "max_forwarded of a queue is -1; it must be from 0 to 100000"),
        ("{name: a, max_forwarded_per_caller: all}", "max_forwarded_per_caller of a queue is 'all'"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_would_be_right(line: str, says: str) -> None:
    (told,) = problems(queues(line))
    assert told.startswith("line 8: ")
    assert says in told


DIALLING = """\
dialling:
  trunk: carrier
  classes:
    - {name: national, like: ["+358"]}
    - {name: premium, like: ["+358600"]}
"""
MAY = 'may_dial: [national], caller_ids: ["+358401112222"]'


def test_a_number_that_the_queue_may_call_is_read() -> None:
    (sales,) = parse_center(
        DIALLING
        + queues(
            f"{{name: sales, max_wait_ms: 1000, {MAY},"
            ' overflow: {too_long: "number:+358401234567", not_reached: "voicemail:box"}}'
        )
    ).queues
    assert sales.overflow == {"too_long": "number:+358401234567", "not_reached": "voicemail:box"}
    assert (sales.may_dial, sales.caller_ids) == (("national",), ("+358401112222",))
    assert (sales.max_forwarded, sales.max_forwarded_per_caller) == (10, 10), "as many as come, it must be said"


def test_how_many_may_be_at_numbers_is_read() -> None:
    (sales,) = parse_center(queues("{name: sales, max_forwarded: 3, max_forwarded_per_caller: 0}")).queues
    assert (sales.max_forwarded, sales.max_forwarded_per_caller) == (3, 0)


@pytest.mark.parametrize(
    ("dialling", "may", "number", "says"),
    [
        (DIALLING, MAY, "+358600123456", "+358600123456 is premium: queue a may dial national"),
        (DIALLING, MAY, "+499012345678", "+499012345678 is in no class of numbers: queue a may dial national"),
        (DIALLING, 'caller_ids: ["+358401112222"]', "+358401234567", "queue a may dial no number"),
        (DIALLING, "may_dial: [national]", "+358401234567", "queue a has no caller ID, which a call to a number needs"),
        (DIALLING.replace("  trunk: carrier\n", ""), MAY, "+358401234567", "the center file names no trunk"),
    ],
)
def test_a_number_that_the_policy_refuses_is_a_mistake_of_the_file(
    dialling: str, may: str, number: str, says: str
) -> None:
    text = queues(f'{{name: a, {may}, overflow: {{nobody: "number:{number}"}}}}') + dialling
    (told,) = problems(text)
    assert told.startswith(f"line 8: nobody of overflow of a queue is 'number:{number}', which may not be called: ")
    assert says in told


@pytest.mark.parametrize(
    ("point", "is_same"),
    [
        ("+358401234567", True),
        ("358401234567", True),
        ("0401234567", True),
        ("401234567", True),
        ("4567", False),
        ("+358401234568", False),
        ("*", False),
    ],
)
def test_a_number_that_leads_back_into_the_center_is_refused(point: str, is_same: bool) -> None:
    """It would come as a new call, and overflow again, for ever."""
    text = queues(f'{{name: a, {MAY}, overflow: {{nobody: "number:+358401234567"}}}}') + DIALLING
    text = text.replace("entry_points: []", f'entry_points: [{{number: "{point}", queue: a}}]')
    if not is_same:
        parse_center(text)
        return
    (told,) = problems(text)
    assert told.startswith("line 8: nobody of overflow of a queue is 'number:+358401234567', which is entry point ")
    assert told.endswith(f"{point} of this center: write queue:a")


def test_a_number_that_the_center_shows_as_its_own_is_refused() -> None:
    """Calls to it come back, though no entry point spells it out."""
    text = queues(f'{{name: a, {MAY}, overflow: {{nobody: "number:+358401112222"}}}}') + DIALLING
    (told,) = problems(text)
    assert "which this center shows as its own (caller_ids)" in told


def test_what_is_wrong_with_dialling_itself_is_told_alone() -> None:
    text = queues(f'{{name: a, {MAY}, overflow: {{nobody: "number:+358401234567"}}}}') + "dialling: nothing\n"
    assert len(problems(text)) == 1


def test_queues_that_overflow_into_each_other_are_told_once_with_the_whole_circle() -> None:
    (told,) = problems(
        queues(
            '{name: b, overflow: {nobody: "queue:c"}}',
            '{name: c, max_wait_ms: 1, overflow: {too_long: "queue:a"}}',
            '{name: a, max_length: 1, overflow: {full: "queue:b"}}',
            '{name: d, overflow: {nobody: "queue:a"}}',
        )
    )
    assert told.startswith("line 10: overflow of a queue leads a back into itself: a to b to c to a")


@pytest.mark.parametrize(
    ("box", "says"),
    [
        ("{name: box}", "a voicemail box has no directory"),
        (
            "{name: box, directory: voicemail}",
            "directory of a voicemail box is 'voicemail'; it must be an absolute path",
        ),
        ("{name: box, directory: /var/../etc}", "it must be an absolute path"),
        ("{name: box, directory: /var/v, greeting: hello.wav}", "greeting of a voicemail box may not be played"),
        ("{name: box, directory: /var/v, longest_ms: 1}", "longest_ms of a voicemail box is 1"),
        ("{name: box, directory: /var/v, max_messages: -1}", "max_messages of a voicemail box is -1"),
        ("{name: box, directory: /var/v, max_per_caller: many}", "max_per_caller of a voicemail box is 'many'"),
        ("{name: box, directory: /var/v, keep_days: 99999}", "keep_days of a voicemail box is 99999"),
        ("{name: box, directory: /var/v, colour: red}", "a voicemail box has no key 'colour'"),
    ],
)
def test_a_box_that_is_wrong_is_refused(box: str, says: str) -> None:
    (told,) = problems(f"switches: []\nagents: []\nqueues: []\nentry_points: []\nvoicemail_boxes:\n  - {box}\n")
    assert told.startswith("line 6: ")
    assert says in told


def test_two_boxes_of_one_name_are_one_too_many() -> None:
    text = HEAD.replace("queues:\n", "  - {name: box, directory: /var/other}\nqueues: []\n")
    (told,) = problems(text)
    assert told == "line 7: a voicemail box with the name 'box' stands in line 6 already: each needs its own"


def test_the_center_file_of_the_manual_is_right() -> None:
    manual = (Path(__file__).parents[1] / "docs" / "overflow.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"^```yaml\n(.*?)^```", manual, re.MULTILINE | re.DOTALL)
    center = parse_center(text)
    assert {*center.queues[0].overflow} == {"closed", "full", "nobody", "too_long"}
