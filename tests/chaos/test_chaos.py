"""A small chaos run with storms, from a fixed seed: nobody is lost, nobody is stuck. And it can fail: faults are found.

The big run is `make chaos-main N=2000`.
"""

import logging
import shutil
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp

import pytest

from freeswitch_cc.core import call, release, talking
from freeswitch_cc.core.scene import Scene
from freeswitch_cc.core.words import CallOutcome
from tests.chaos.acts import Act, Turn
from tests.chaos.plan import Asked, Plan, draw_plan
from tests.chaos.record import Record
from tests.chaos.run import play
from tests.chaos.story import report
from tests.chaos.verdict import MUST_BE_ZERO, judge

SEED, CALLS = 20_251, 150

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stormy(database_url: str) -> Iterator[Record]:
    logging.getLogger("freeswitch_cc").setLevel(logging.ERROR)
    yield play(draw_plan(SEED, CALLS, calls_per_s=5.0), database_url, print)
    logging.getLogger("freeswitch_cc").setLevel(logging.NOTSET)


def test_nobody_is_lost_and_nobody_is_stuck_whatever_happens(stormy: Record) -> None:
    verdict = judge(stormy)
    if not verdict.is_good:
        log = Path(mkdtemp(prefix="fcc-chaos-")) / f"seed-{SEED}.log"
        log.write_text("\n".join(report(stormy, verdict)), encoding="utf-8")
        pytest.fail(f"seed {SEED}: {[fault.sentence for fault in verdict.faults]}; the stories: {log}")
    assert {name: verdict.counts[name] for name in MUST_BE_ZERO} == dict.fromkeys(MUST_BE_ZERO, 0)


def test_the_storms_were_real(stormy: Record) -> None:
    counts = judge(stormy).counts
    assert counts["calls"] >= CALLS * 0.9, "who dials into a switch that restarts is no call"
    assert counts["answered"] >= CALLS / 4
    assert counts["engine_kills"] >= 1
    assert counts["switch_restarts"] >= 1
    assert counts["lies_told"] >= 10
    for name in (
        "overflowed_closed",
        "overflowed_too_long",
        "to_queue",
        "to_nothing",
        "calls_outbound",
        "calls_refused",
    ):
        assert counts[name] >= 1, name
    for name in ("numbers_answered", "phones_registered", "phones_expired", "codes_dialled", "codes_done"):
        assert counts[name] >= 1, name


def test_an_offer_that_is_doubled_by_hand_is_found(stormy: Record) -> None:
    record = deepcopy(stormy)
    offer = next(offer for offer in record.offers if offer["ended_at"] - offer["made_at"] > timedelta(milliseconds=10))
    record.offers.append({**offer, "made_at": offer["made_at"] + timedelta(milliseconds=5)})
    assert judge(record).counts["double_offers"] == 1


def test_a_leg_that_is_left_on_purpose_is_found(stormy: Record) -> None:
    record = deepcopy(stormy)
    left = next(channel for channel in record.channels.values() if channel.role == "agent")
    last = record.snapshots[-1]
    record.snapshots[-1] = replace(last, live_legs={**last.live_legs, left.uuid: left.name})
    counts = judge(record).counts
    assert (counts["parked_legs_without_owner"], counts["legs_left"]) == (1, 1)


def test_an_agent_who_is_kept_busy_by_hand_is_found(stormy: Record) -> None:
    record = deepcopy(stormy)
    last = record.snapshots[-1]
    agent, *others = last.agents
    stuck = {**agent, "activity": "reserved", "due_at": agent["state_at"], "call_id": record.calls[0]["call_id"]}
    stuck["state_at"] = stuck["due_at"] = stuck["state_at"] - timedelta(seconds=60)
    record.snapshots[-1] = replace(last, agents=(stuck, *others))
    assert judge(record).counts["agents_stuck"] >= 1


def test_an_engine_that_gives_customers_up_whose_agent_is_gone_loses_them(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give_up(scene: Scene, why: str) -> None:
        release.end(scene, CallOutcome.COMPLETED)

    monkeypatch.setattr(talking, "_return_customer", give_up)
    plan = draw_plan(SEED, 30, is_calm=True)
    dies = Turn(since="talking", acts=(Act(500, "die", "MEDIA_TIMEOUT"),))
    plan = replace(
        plan,
        agents=tuple(replace(agent, turns=(dies,)) for agent in plan.agents),
        callers=tuple(replace(caller, leaving=None) for caller in plan.callers),
    )
    counts = judge(play(plan, database_url, print)).counts
    assert counts["answered"] >= 1
    assert counts["customers_lost_by_us"] >= 1


# -- the survivor is first, and marked (docs/decisions/0010) -------------------------------------

FS_CONFIG = Path(__file__).parents[2] / "fs-config"
MARK = "uuid_bridge_park_on_cancel=true"
DEATHS = 8


def deadly_plan() -> Plan:
    """Each of six agents dies 8 times while he is brought together with a customer, and then talks for ever."""
    plan = draw_plan(SEED, 6, calls_per_s=9.0, agents=6, is_calm=True)
    # Two ways to aim: an engine that is slow is hit by the one, a harness that is slow by the other.
    deaths = tuple(
        Turn(since=since, acts=(Act(after_ms, "die", "NORMAL_TEMPORARY_FAILURE"),))
        for after_ms in range(0, 5 * DEATHS, 10)
        for since in ("joining", "bridging")
    )
    talks = (Turn(since="talking", acts=()),) * 100
    ready = (Asked(at_ms=0, what="login"), Asked(at_ms=50, what="available"))
    return replace(
        plan,
        queues=tuple(replace(queue, wrap_up=None, wrap_up_ms=None) for queue in plan.queues),
        agents=tuple(
            replace(
                agent,
                behaviour="answer",
                queues=tuple(range(len(plan.queues))),
                wrap_up="none",
                max_misses=1000,
                asked=ready,
                dials=(),
                phone=(),
                turns=(*deaths[number:], *deaths[:number], *talks),
            )
            for number, agent in enumerate(plan.agents[:6])
        ),
        callers=tuple(
            replace(caller, number="700", sends="talk", leaving=None, patience_ms=None, in_talk=())
            for caller in plan.callers
        ),
    )


def test_agents_who_die_in_the_bridge_take_no_customer_along(database_url: str) -> None:
    """What the next two must not do is done here: the same plan, nothing sick."""
    verdict = judge(play(deadly_plan(), database_url, print))
    assert [fault.sentence for fault in verdict.faults] == []
    assert verdict.is_good
    assert verdict.counts["offers"] >= DEATHS


def test_customers_without_the_mark_of_a_survivor_are_lost_with_their_agents(database_url: str, tmp_path: Path) -> None:
    """A value of somebody's own is left as it is (esl.marks); one that is missing the engine would set."""
    bare = tmp_path / "fs-config"
    shutil.copytree(FS_CONFIG, bare)
    dialplan = bare / "dialplan" / "public.xml"
    text = dialplan.read_text(encoding="utf-8")
    assert text.count(MARK) == 1
    dialplan.write_text(text.replace(MARK, "uuid_bridge_park_on_cancel=false"), encoding="utf-8")
    verdict = judge(play(deadly_plan(), database_url, print, config=bare))
    assert verdict.counts["customers_lost_by_us"] >= 1
    assert not verdict.is_good


def test_an_engine_that_puts_customers_second_is_found(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call, "SURVIVES", tuple(reversed(call.SURVIVES)))
    verdict = judge(play(deadly_plan(), database_url, print))
    assert verdict.counts["invariants_broken"] >= 1
    assert not verdict.is_good
