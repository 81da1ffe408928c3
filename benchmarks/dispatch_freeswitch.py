"""How soon a caller rings at an agent's phone on a real FreeSWITCH: freeswitch-cc, and mod_callcenter beside it.

`make bench-dispatch-freeswitch`. One FreeSWITCH with fs-config and mod_callcenter, another one that plays callers and
the agents' phones, the engine as `freeswitch-cc run` on a PostgreSQL with fsync, all on this machine. The two sides
have the same agents' phones, one queue, the longest idle first, the same music and no wrap-up, and take turns.

What is timed, in the switches' own instants (Event-Date-Timestamp; one host, so one clock: clock_difference_ms). Both
switches run with `1ms-timer`, or these instants would be up to 20 ms old (dispatch_freeswitch_config.py):

- From the caller's entry to the queue. For us CHANNEL_PARK of his leg (switch_ivr.c:1002), for mod_callcenter its
  event member-queue-start (mod_callcenter.c:3116). Both are told by the caller's own thread, on the same switch, after
  the same SIP dialogue and `answer`, and before anybody could have begun to look for an agent: the engine learns of
  him by that very event, mod_callcenter writes him to its table right after it (:3137). What each needs from there
  on (for us the socket, two transactions with fsync, the socket again; for mod_callcenter its table and its beat) is
  inside.
- To the INVITE at the agent's phone: CHANNEL_CREATE of the phone's leg, on the other switch, the same for both.

How mod_callcenter dispatches (mod_callcenter.c of FreeSWITCH 1.11.3-dev): one thread for the whole module reads all
waiting members (:2781-2786), sleeps 100 ms (:2788) and begins anew; so a caller waits for half a beat in the mean, and
nearly a whole one at the p95. For each member it reads all agents of the queue (:2693), without an index (:182-262),
and for the first who is free it writes four statements (:2378-2450) and starts a thread that dials (:2458, :1774).
The mutex of the module is held during the whole pass (:675-714, `global-database-lock` true, :1518), so calls that end
or are bridged meanwhile wait for it, and it for them. An agent is rung again only in a later second than that in
which his last talk ended (:2332): without wrap-up too. That is why free agents are counted: *_agents_free_least must be
above 0, or it is waiting that was measured and not dispatch.

Figures go to stdout as `name: value`, progress to stderr. 2: this machine cannot run it, and why.
"""

from gevent import monkey

monkey.patch_all()

from psycogreen.gevent import patch_psycopg

patch_psycopg()

import argparse
import os
import platform
import re
import signal
import sys
from dataclasses import replace
from pathlib import Path

import gevent
import freeswitch_cc
from dispatch_freeswitch_bed import Bed, Unfit, listening, running_bed, wait_for_calm
from dispatch_freeswitch_figures import compared, in_one_line, noted_in, steps, turn_medians, used
from dispatch_freeswitch_turns import Callers, Turn
from dispatch_freeswitch_watch import (
    OURS,
    PHONES_EVENTS,
    SWITCH_EVENTS,
    THEIRS,
    Watch,
    clock_difference_ms,
    most_at_once,
)
from freeswitch_cc.errors import ContactCenterError

SIDES = (OURS, THEIRS)
_OFFERS = """
SELECT o.call_id::text, (extract(epoch FROM o.made_at) * 1000000)::bigint,
       (extract(epoch FROM coalesce(l.ended_at, o.ended_at, clock_timestamp())) * 1000000)::bigint
  FROM offer o LEFT JOIN leg l USING (leg_id) ORDER BY o.made_at DESC
"""


def say(name: str, value: object) -> None:
    print(f"{name}: {value}", flush=True)


def tell(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)


def load() -> str:
    return Path("/proc/loadavg").read_text().rsplit(" ", 2)[0]


def versions(bed: Bed, version_of_switch: str) -> None:
    say("freeswitch_version", re.sub(r"\s+", " ", version_of_switch).strip())
    say("freeswitch_cc_version", freeswitch_cc.__version__)
    [[postgres, fsync, commit]] = bed.rows(
        "SELECT current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit')"
    )
    say("postgres_version", postgres)
    say("postgres_fsync", f"{fsync}, synchronous_commit {commit}")
    say("python_version", platform.python_version())
    say("cores", os.cpu_count())


def measure(given: argparse.Namespace, bed: Bed) -> None:
    watch = Watch()
    switch = listening(bed.switch, SWITCH_EVENTS, watch.of_switch)
    phones = listening(bed.phones, PHONES_EVENTS, watch.of_phones)
    try:
        versions(bed, switch.api("version"))
        say("agents", given.agents)
        say("rate", f"{given.rate:g}")
        say("talk_ms", given.talk_ms)
        say("clock_tick_ms", 20 if given.stock_timer else 1)
        say("load_before", load())
        callers = Callers(bed, watch, phones, switch, given.talk_ms)
        watch.on_talk = callers.talks
        for side in SIDES:
            tell(f"warm-up, {in_one_line(callers.play(side, given.rate, given.warm_up_seconds))}")
        turns = take_turns(given, bed, callers)
        say("load_after", load())
    finally:
        switch.close()
        phones.close()
    report(given, bed, watch, turns, callers.failures)


def take_turns(given: argparse.Namespace, bed: Bed, callers: Callers) -> list[Turn]:
    """Each side in turn, until both have had as many turns as were asked for in which the machine was left to us.

    A turn is dropped for what others did, never for how it went; if a side has none that counts, all do.
    """
    turns: list[Turn] = []
    for number in range(1, given.turns * given.tries + 1):
        for side in SIDES:
            if given.patience and not wait_for_calm(bed, given.others, given.patience):
                tell(f"the machine did not become quiet in {given.patience:g} s")
            turn = callers.play(side, given.rate, given.seconds)
            turn = replace(turn, is_measured=turn.others_cores <= given.others)
            tell(f"turn {number}, {in_one_line(turn)}{'' if turn.is_measured else ' (dropped)'}")
            turns.append(turn)
        if all(sum(turn.is_measured for turn in turns if turn.side == side) >= given.turns for side in SIDES):
            break
    good = [sum(turn.is_measured for turn in turns if turn.side == side) for side in SIDES]
    say("turns_of_each", " and ".join(map(str, good)))
    say("turns_dropped_for_what_others_did", len(turns) - sum(good))
    if not all(good):
        say("note", f"others took more than {given.others:g} cores in all turns of a side: all turns are measured")
        return [replace(turn, is_measured=True) for turn in turns]
    return turns


def report(given: argparse.Namespace, bed: Bed, watch: Watch, turns: list[Turn], failures: list[str]) -> None:
    offers = [(str(call), int(str(began)), int(str(ended))) for call, began, ended in bed.rows(_OFFERS)]
    measured = {call.leg_id for turn in turns if turn.is_measured for call in turn.calls}
    ours_busy = [(began, ended) for call, began, ended in offers if call in measured]
    spans = [turn.span for turn in turns if turn.is_measured and turn.side == THEIRS]
    theirs_busy = [busy for busy in watch.their_busy if any(first <= busy[0] <= last for first, last in spans)]
    with bed.log_of_engine.open(encoding="utf-8", errors="replace") as lines:
        log = list(lines)
    # Ordered from the last to the first: of a call that was offered twice the first one stays.
    made = {call: began for call, began, _ in offers}
    for name, value in (
        *compared(turns),
        ("dispatch_agents_free_least", str(given.agents - most_at_once(ours_busy))),
        ("mod_callcenter_agents_free_least", str(given.agents - most_at_once(theirs_busy))),
        *turn_medians(turns),
        *steps(turns, noted_in(log), made),
        *used(turns),
        ("clock_difference_ms", f"{clock_difference_ms(watch.delays_us):.1f}"),
        ("callers_that_could_not_dial", str(len(failures))),
        ("engine_warnings_logged", str(sum(bool(re.match(r"\S+ \S+ (WARNING|ERROR) ", line)) for line in log))),
    ):
        say(name, value)
    for line in failures[:3]:
        tell(f"could not dial: {line}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=50, help="(50)")
    parser.add_argument("--rate", type=float, default=20.0, help="calls a second (20)")
    parser.add_argument("--turns", type=int, default=4, help="measured turns of each side (4)")
    parser.add_argument("--seconds", type=float, default=15.0, help="how long callers dial in a turn (15)")
    parser.add_argument("--warm-up-seconds", type=float, default=5.0, help="and in the first turn of each, dropped (5)")
    parser.add_argument("--talk-ms", type=int, default=1000, help="a caller hangs up so long after the bridge (1000)")
    parser.add_argument(
        "--others", type=float, default=0.3, help="a turn is dropped in which others took more cores (0.3)"
    )
    parser.add_argument("--tries", type=int, default=3, help="turns of each side at most, for each that is wanted (3)")
    parser.add_argument(
        "--patience", type=float, default=0.0, help="wait so many s at most for others to leave, before each turn (0)"
    )
    parser.add_argument("--stock-timer", action="store_true", help="leave the switches their clock of 20 ms a tick")
    parser.add_argument("--keep", action="store_true", help="leave the logs behind, and say where")
    given = parser.parse_args()
    # Whoever stops it must not leave two switches and a PostgreSQL behind.
    own = gevent.getcurrent()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, gevent.kill, own, SystemExit(128 + number))
    try:
        with running_bed(given.agents, tell, keep=given.keep, is_stock_timer=given.stock_timer) as bed:
            measure(given, bed)
    except (Unfit, ContactCenterError) as failure:
        print(f"bench-dispatch-freeswitch: {failure}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
