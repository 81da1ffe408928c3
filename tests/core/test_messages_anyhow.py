"""A message in every order of what the switch does, what is heard of it and what is seen: not lost, not asked twice.

Every walk of so many steps from the moment in which the switch is told to record, and then the caller is gone.
"""

import copy
from collections.abc import Callable, Iterator

import pytest

from freeswitch_cc.core import events
from freeswitch_cc.core.commands import Record
from freeswitch_cc.core.words import CallOutcome, Phase, Step
from tests.core.leaving import PATH, asked_to_record
from tests.core.overflowing import due, recording_starts, recording_stops
from tests.core.world import CALL, CUSTOMER, Story

STEPS = 5


class Tape:
    """What is true of the recording, whoever knows: asked for (on its way), lost on its way, running, or over."""

    def __init__(self, story: Story, state: str, walked: tuple[str, ...]) -> None:
        self.story, self.state, self.walked = story, state, walked

    def copied(self, *walked: str) -> "Tape":
        tape = Tape(copy.copy(self.story), self.state, (*self.walked, *walked))
        tape.story.commands = list(self.story.commands)
        tape.story.alarms = list(self.story.alarms)
        tape.story.reasons = list(self.story.reasons)
        tape.story.new_commands = ()
        return tape

    def after(self, name: str) -> "Tape":
        tape = self.copied(name)
        WALKS[name][1](tape)
        if any(isinstance(command, Record) for command in tape.story.new_commands):
            assert tape.state == "lost", f"it is asked for again while it is {tape.state}: {tape.walked}"
            tape.state = "asked"
        return tape

    def next_ones(self) -> Iterator["Tape"]:
        if self.story.call.step is Step.RECORDING:
            for name, (states, _) in WALKS.items():
                if self.state in states:
                    yield self.after(name)

    def begins(self, *, is_heard: bool) -> None:
        self.state = "running"
        if is_heard:
            recording_starts(self.story)

    def ends(self, *, is_heard: bool) -> None:
        self.state = "over"
        if is_heard:
            recording_stops(self.story)

    def is_lost(self) -> None:
        self.state = "lost"

    def look(self) -> None:
        ms = 7_000 if self.state == "over" else None
        self.story.look(recording="" if self.state == "lost" else PATH, recorded_ms=ms)

    def sound_due(self) -> None:
        self.story.now = max(self.story.now, self.story.customer.sound_due_at or self.story.now)
        self.story.happen(events.CallDeadlinePassed(call_id=CALL, kind="sound", row_id=CUSTOMER))

    def step_due(self) -> None:
        self.story.now = max(self.story.now, self.story.call.step_due_at or self.story.now)
        due(self.story, "step")


# When it may happen, and what then. A look waits for what is on its way: the switch answers one after the other.
ANY = ("asked", "lost", "running", "over")
WALKS: dict[str, tuple[tuple[str, ...], Callable[[Tape], None]]] = {
    "it begins": (("asked",), lambda tape: tape.begins(is_heard=True)),
    "it begins, unheard": (("asked",), lambda tape: tape.begins(is_heard=False)),
    "it is lost": (("asked",), Tape.is_lost),
    "it ends": (("running",), lambda tape: tape.ends(is_heard=True)),
    "it ends, unheard": (("running",), lambda tape: tape.ends(is_heard=False)),
    "a look": (("lost", "running", "over"), Tape.look),
    "its beginning is due": (ANY, Tape.sound_due),
    "its end is due": (ANY, Tape.step_due),
}


def walks() -> Iterator[Tape]:
    """All of them, however short."""
    tapes = [Tape(asked_to_record(), "asked", ())]
    for _ in range(STEPS + 1):
        yield from (tape.copied() for tape in tapes)
        tapes = [after for tape in tapes for after in tape.next_ones()]


@pytest.mark.parametrize("end", ["told", "seen", "restarted"])
def test_what_was_recorded_is_written_down_whatever_was_heard_of_it(end: str) -> None:
    kept = 0
    for tape in walks():
        story = tape.story
        if end == "told":
            story.hangs_up(CUSTOMER)
        elif end == "seen":
            story.pass_time(60_000)
            story.verify(customer="gone")
        else:
            story.happen(events.SwitchRestarted(call_id=CALL, at=story.now))
        assert story.call.phase is Phase.ENDED, tape.walked
        is_given_up = "not_recorded" in [alarm.kind for alarm in story.alarms]
        if tape.state in ("running", "over") and not is_given_up:
            kept += 1
            assert CALL in story.ledger.voicemails, tape.walked
            assert end == "restarted" or story.call.outcome is CallOutcome.VOICEMAIL, tape.walked
    assert kept > 100
