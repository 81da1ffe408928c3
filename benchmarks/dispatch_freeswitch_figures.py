"""What `make bench-dispatch-freeswitch` makes of a run: the figures that are compared, and where the time went.

Pure: calls and lines of a log go in, `name: value` pairs come out. Milliseconds.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median

from dispatch_freeswitch_turns import Turn
from dispatch_freeswitch_watch import OURS, THEIRS, Call
from dispatch_watch import Spread

Pairs = list[tuple[str, str]]
PREFIX = {OURS: "dispatch", THEIRS: "mod_callcenter"}
_LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) INFO \S+ call=(\S+) (LegParked|OfferMade)\b")


def spread(calls: Iterable[Call]) -> Spread:
    return Spread.of([us / 1_000_000 for call in calls if (us := call.dispatch_us) is not None])


def compared(turns: Sequence[Turn]) -> Pairs:
    """Both sides, and one over the other. Only turns that are measured."""
    of = {side: [turn for turn in turns if turn.side == side and turn.is_measured] for side in PREFIX}
    spreads = {side: spread(call for turn in of[side] for call in turn.calls) for side in PREFIX}
    said: Pairs = []
    for side, name in PREFIX.items():
        calls = [call for turn in of[side] for call in turn.calls]
        said += [(f"{name}_ms_{share}", f"{getattr(spreads[side], share):.1f}") for share in ("p50", "p95", "p99")]
        said.append((f"{name}_ms_worst", f"{spreads[side].worst:.1f}"))
        said.append((f"{name}_calls", str(len(calls))))
        said.append((f"{name}_calls_not_served", str(sum(call.dispatch_us is None for call in calls))))
        said.append((f"{name}_calls_that_never_entered", str(sum(not call.entered_at for call in calls))))
        said.append((f"{name}_calls_without_talk", str(sum(not call.has_talked for call in calls))))
        said.append((f"{name}_calls_left_over", str(sum(turn.left for turn in of[side]))))
        heard = Spread.of(
            [(call.rang_heard - call.entered_heard) / 1_000_000 for call in calls if call.dispatch_us is not None]
        )
        # The same interval by another clock: when the two events came here.
        said += [(f"{name}_as_heard_here_ms_{share}", f"{getattr(heard, share):.1f}") for share in ("p50", "p95")]
    for share in ("p50", "p95"):
        ratio = getattr(spreads[OURS], share) / (getattr(spreads[THEIRS], share) or float("nan"))
        said.append((f"dispatch_ratio_vs_mod_callcenter_{share}", f"{ratio:.3f}"))
    return said


def used(turns: Sequence[Turn]) -> Pairs:
    """How busy who was, in cores, while each side had its turns; and what others took of the machine."""
    said: Pairs = []
    for side, name in PREFIX.items():
        of = [turn for turn in turns if turn.side == side and turn.is_measured]
        seconds = sum(turn.seconds for turn in of) or float("nan")
        for who in of[0].used if of else ():
            said.append((f"{name}_cores_{who}", f"{sum(turn.used[who] for turn in of) / seconds:.2f}"))
        said.append(
            (f"{name}_cores_of_others", f"{sum(turn.others_cores * turn.seconds for turn in of) / seconds:.2f}")
        )
        said.append((f"{name}_cores_stolen", f"{sum(turn.stolen_s for turn in of) / seconds:.2f}"))
        said.append((f"{name}_dialled_late_ms", f"{max((turn.late_ms for turn in of), default=0.0):.0f}"))
    return said


def noted_in(log: Iterable[str]) -> dict[tuple[str, str], int]:
    """When the engine had first handled what of which call, in microseconds: it logs before it commits."""
    noted: dict[tuple[str, str], int] = {}
    for line in log:
        if found := _LINE.match(line):
            at = datetime.strptime(found[1], "%Y-%m-%d %H:%M:%S,%f").timestamp()
            noted.setdefault((found[2], found[3]), round(at * 1_000_000))
    return noted


def steps(turns: Sequence[Turn], noted: Mapping[tuple[str, str], int], made: Mapping[str, int]) -> Pairs:
    """Where the time of each side went: p50 and p95 of each step, which do not add up to those of the whole.

    noted: noted_in(). made: when the offer of a call was made, by the database's clock. Microseconds.
    """
    calls = [call for turn in turns if turn.is_measured for call in turn.calls if call.dispatch_us is not None]
    ours: list[tuple[str, list[tuple[int, int]]]] = [
        ("park_to_heard_here", []),
        ("park_to_arrival_saved", []),
        ("arrival_saved_to_match_began", []),
        ("match_began_to_originate_saved", []),
        ("originate_saved_to_agents_leg", []),
        ("agents_leg_to_phone", []),
    ]
    theirs: list[tuple[str, list[tuple[int, int]]]] = [
        ("entry_to_offering", []),
        ("offering_to_agents_leg", []),
        ("agents_leg_to_phone", []),
    ]
    for call in calls:
        if call.side == OURS:
            parked, offered = noted.get((call.leg_id, "LegParked")), noted.get((call.leg_id, "OfferMade"))
            began = made.get(call.leg_id)
            if parked is None or offered is None or began is None:
                continue
            at = (call.entered_at, parked, began, offered, call.created_at, call.rang_at)
            pairs = [(call.entered_at, call.entered_heard), *pairwise(at)]
            into = ours
        else:
            at3 = (call.entered_at, call.offering_at, call.created_at, call.rang_at)
            pairs, into = list(pairwise(at3)), theirs
        for (_, found), pair in zip(into, pairs, strict=True):
            found.append(pair)
    said: Pairs = []
    for name, table in ((PREFIX[OURS], ours), (PREFIX[THEIRS], theirs)):
        for step, found in table:
            of_step = Spread.of([(end - begin) / 1_000_000 for begin, end in found])
            said.append((f"{name}_step_{step}_ms", f"p50 {of_step.p50:.1f}, p95 {of_step.p95:.1f}"))
    return said


def in_one_line(turn: Turn) -> str:
    """For who waits: how a turn went."""
    found = spread(turn.calls)
    lost = sum(call.dispatch_us is None for call in turn.calls)
    return (
        f"{turn.side}: {len(turn.calls)} calls, p50 {found.p50:.0f} ms, p95 {found.p95:.0f} ms, {lost} not served,"
        f" {turn.others_cores:.1f} cores taken by others"
    )


def turn_medians(turns: Sequence[Turn]) -> Pairs:
    """The p50 and p95 of each turn, and their median over the turns: one bad turn does not move it."""
    said: Pairs = []
    for side, name in PREFIX.items():
        of = [spread(turn.calls) for turn in turns if turn.side == side and turn.is_measured]
        for share in ("p50", "p95"):
            found = [getattr(each, share) for each in of]
            said.append((f"{name}_turns_ms_{share}", " ".join(f"{ms:.0f}" for ms in found)))
            said.append((f"{name}_turns_ms_{share}_median", f"{median(found) if found else float('nan'):.1f}"))
    return said
