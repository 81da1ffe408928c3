"""The wait that is foretold: from the answers of late, from handling times, or not at all; and how wrong it was."""

import random
import statistics
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.database import Database
from tests.floor import Floor
from tests.store.made_visits import Stay, add_stays
from tests.store.simulated_queue import Answered, simulate

BUSY = {"activity": "talking", "call_id": "0b2f2c1e-6a52-4a3b-9f0e-5a3c1f6d7e80"}


def estimated(floor: Floor, position: int = 1, queue_id: str | None = None, requirement_id: str | None = None) -> int:
    value: int = floor.db.value(
        "SELECT fcc_estimated_wait(%(queue)s, %(position)s, %(requirement)s) AS estimated",
        queue=queue_id or floor.queue_id,
        position=position,
        requirement=requirement_id,
    )
    return value


def every(seconds: float, count: int, *, last_s: float = 5, waited_s: float = 1000) -> list[Stay]:
    """One answer every so many seconds, of calls that had waited long; the last was last_s ago."""
    left = [last_s + seconds * back for back in reversed(range(count))]
    return [Stay(at + waited_s, at) for at in left]


# -- an agent is ready ---------------------------------------------------------------------------


def test_where_an_agent_is_ready_and_nobody_waits_there_is_no_wait(floor: Floor) -> None:
    floor.add_agent("ann")
    add_stays(floor, every(30, 10))
    assert estimated(floor, 1) == 0
    assert estimated(floor, 2) == pytest.approx(60_000, abs=100), "the second has nobody"
    floor.add_agent("bob")
    assert estimated(floor, 2) == 0


def test_who_is_being_offered_to_somebody_waits_for_an_agent_no_more(floor: Floor) -> None:
    ann = floor.add_agent("ann", activity="ringing", call_id=BUSY["call_id"], due_at="now")
    floor.add_agent("bob")
    (visit_id,) = add_stays(floor, [Stay(4, None)])
    assert estimated(floor, 2) is None
    floor.db.run(
        "INSERT INTO offer (call_id, visit_id, agent_id, leg_id, contact, ring_ms, made_at, expires_at)"
        " SELECT call_id, visit_id, %(agent)s, gen_random_uuid(), '', 1000, now(), now() FROM queue_visit",
        agent=ann,
    )
    assert estimated(floor, 2) == 0, visit_id
    assert estimated(floor, 1) == 0
    assert estimated(floor, 3) is None


@pytest.mark.parametrize("how", [BUSY, {"presence": "not_ready", "reason": "lunch"}, {"is_active": False}], ids=str)
def test_who_is_not_ready_shortens_no_wait_to_nothing(floor: Floor, how: dict[str, object]) -> None:
    floor.add_agent("ann", **how)
    assert estimated(floor) is None


def test_an_agent_of_a_tier_that_opens_later_is_not_ready_now(floor: Floor, db: Database) -> None:
    floor.add_agent("ann")
    db.run("UPDATE eligibility SET tier = 1, after_ms = 20000")
    assert estimated(floor) is None


def test_an_agent_who_does_not_meet_what_the_call_asks_is_not_ready_for_it(floor: Floor, db: Database) -> None:
    ann = floor.add_agent("ann")
    asked = db.value("INSERT INTO requirement (expression) VALUES ('french >= 5') RETURNING requirement_id")
    assert estimated(floor, requirement_id=asked) is None
    floor.insert("qualification", requirement_id=asked, agent_id=ann)
    assert estimated(floor, requirement_id=asked) == 0
    db.run("DELETE FROM qualification")
    db.run("DELETE FROM requirement")
    assert estimated(floor, requirement_id=asked) == 0, "what is not asked any more is not asked"


# -- from the answers of late --------------------------------------------------------------------


def test_the_wait_is_the_place_times_the_interval_of_the_answers(floor: Floor) -> None:
    floor.add_agent("ann", **BUSY)
    add_stays(floor, every(30, 20))
    assert [estimated(floor, place) for place in (1, 2, 7)] == pytest.approx([30_000, 60_000, 210_000], abs=100)


def test_the_youngest_interval_weighs_a_fifth(floor: Floor) -> None:
    floor.add_agent("ann", **BUSY)
    # 19 intervals: 18 of 10 s, then one of 60 s
    add_stays(floor, [*every(10, 19, last_s=61), Stay(900, 1)])
    weights = [0.8**age for age in range(19)]
    assert estimated(floor) == pytest.approx((60_000 + 10_000 * sum(weights[1:])) / sum(weights), abs=100)


def test_an_interval_in_which_nobody_waited_counts_only_from_when_somebody_did(floor: Floor) -> None:
    floor.add_agent("ann", **BUSY)
    # an answer every 200 s, of a call that had come 12 s before
    add_stays(floor, every(200, 8, waited_s=12))
    assert estimated(floor) == pytest.approx(12_000, abs=100)


def test_somebody_who_waits_on_while_others_go_before_him_makes_the_queue_no_faster(floor: Floor) -> None:
    floor.add_agent("ann", **BUSY)
    # The same, but one has waited all the time and was answered last: the agents were never idle.
    add_stays(floor, [*every(60, 8, waited_s=12, last_s=61), Stay(2000, 1)])
    assert estimated(floor) == pytest.approx(60_000, abs=100)


def test_who_found_an_agent_ready_says_nothing_of_how_often_one_becomes_free(floor: Floor) -> None:
    floor.add_agent("ann", **BUSY)
    quick = [Stay(at + 3, at, estimated_wait_ms=0) for at in range(17, 900, 31)]
    add_stays(floor, [*every(40, 6), *quick])
    assert estimated(floor) == pytest.approx(40_000, abs=100)


def test_answers_of_more_than_half_an_hour_ago_and_of_other_queues_do_not_count(floor: Floor) -> None:
    floor.add_agent("ann", **BUSY)
    add_stays(floor, every(10, 20, last_s=1801))
    add_stays(floor, every(10, 20), floor.add_queue("support"))
    add_stays(floor, [Stay(500, 1, outcome) for outcome in ("abandoned", "left_otherwise") for _ in range(10)])
    assert estimated(floor) is None


def test_of_many_answers_the_last_twenty_count(floor: Floor) -> None:
    floor.add_agent("ann", **BUSY)
    add_stays(floor, [*every(200, 5, last_s=401), *every(20, 20, last_s=1, waited_s=300)])
    assert estimated(floor) == pytest.approx(20_000, abs=100)


def test_when_nobody_is_answered_any_more_the_estimate_grows(floor: Floor) -> None:
    floor.add_agent("ann", **BUSY)
    add_stays(floor, [*every(10, 20, last_s=300), Stay(250, None)])
    assert estimated(floor, 2) == pytest.approx(2 * (10_000 + 0.2 * (250_000 - 10_000)), abs=500)


def test_when_nobody_waited_meanwhile_the_estimate_stays(floor: Floor) -> None:
    floor.add_agent("ann", **BUSY)
    add_stays(floor, [*every(10, 20, last_s=300), Stay(1, None)])
    assert estimated(floor, 2) == pytest.approx(20_000, abs=100)


@pytest.mark.parametrize("presence", ["offline", "not_ready"])
def test_where_nobody_who_is_eligible_takes_calls_nothing_is_foretold(
    floor: Floor, db: Database, presence: str
) -> None:
    reason = "lunch" if presence == "not_ready" else None
    ann = floor.add_agent("ann", presence=presence, reason=reason)
    add_stays(floor, [Stay(at + 9, at, agent_id=ann, handled_s=(("talking", 2),)) for at in range(10, 200, 10)])
    assert estimated(floor) is None
    db.run("UPDATE agent SET presence = 'available', reason = NULL, activity = 'talking', call_id = gen_random_uuid()")
    assert estimated(floor) == pytest.approx(9_000, abs=100)


def test_where_nobody_who_takes_calls_meets_what_it_asks_nothing_is_foretold(floor: Floor, db: Database) -> None:
    ann = floor.add_agent("ann", **BUSY)
    add_stays(floor, every(30, 10))
    asked = db.value("INSERT INTO requirement (expression) VALUES ('french >= 5') RETURNING requirement_id")
    assert estimated(floor, requirement_id=asked) is None
    floor.insert("qualification", requirement_id=asked, agent_id=ann)
    assert estimated(floor, requirement_id=asked) == pytest.approx(30_000, abs=100)


@pytest.mark.parametrize("position", [None, 0, -1])
def test_what_is_no_place_has_no_wait(floor: Floor, position: int) -> None:
    floor.add_agent("ann")
    assert estimated(floor, position) is None


# -- from handling times -------------------------------------------------------------------------


def test_with_few_answers_it_is_the_handling_time_divided_by_who_is_logged_in(floor: Floor) -> None:
    ann = floor.add_agent("ann", **BUSY)
    floor.add_agent("bob", **BUSY)
    floor.add_agent("cid", **BUSY)
    for login, presence in (("dan", "offline"), ("fay", "not_ready")):
        floor.add_agent(login, presence=presence, reason="lunch" if presence == "not_ready" else None)
    floor.add_agent("eva", floor.add_queue("support"))
    handled = (("talking", 40.0), ("holding", 10.0), ("talking", 30.0), ("wrap_up", 20.0), ("idle", 500.0))
    add_stays(floor, [Stay(9100, 9000, agent_id=ann, handled_s=handled), Stay(7100, 7000, agent_id=ann)])
    assert estimated(floor, 2) == pytest.approx(2 * 100_000 / 3, abs=100)


def test_another_talk_of_the_same_agent_is_not_taken_for_this_one(floor: Floor) -> None:
    ann = floor.add_agent("ann", **BUSY)
    support = floor.add_queue("support")
    add_stays(floor, [Stay(9010, 9000, agent_id=ann, handled_s=(("talking", 30.0),))])
    add_stays(floor, [Stay(9050, 8965, agent_id=ann, handled_s=(("talking", 300.0),))], support)
    assert estimated(floor, 1) == pytest.approx(30_000, abs=100)


def test_one_wrap_up_that_was_forgotten_over_the_night_makes_nobody_s_wait_longer(floor: Floor) -> None:
    ann = floor.add_agent("ann", **BUSY)
    stays = [Stay(9030 + at, 9000 + at, agent_id=ann, handled_s=(("talking", 180.0),)) for at in range(0, 9000, 1000)]
    stays.append(Stay(50_030, 50_000, agent_id=ann, handled_s=(("talking", 180.0), ("wrap_up", 36_000.0))))
    add_stays(floor, stays)
    assert estimated(floor, 1) == pytest.approx(180_000, abs=100)


def test_handling_times_of_yesterday_say_nothing_of_today(floor: Floor) -> None:
    ann = floor.add_agent("ann", **BUSY)
    add_stays(floor, [Stay(86_500, 86_401, agent_id=ann, handled_s=(("talking", 240.0),))])
    assert estimated(floor) is None


def test_agents_of_tiers_that_are_closed_are_no_help_yet(floor: Floor, db: Database) -> None:
    ann = floor.add_agent("ann", **BUSY)
    bob = floor.add_agent("bob", **BUSY)
    db.run("UPDATE eligibility SET tier = 1, after_ms = 60000 WHERE agent_id = %(id)s", id=bob)
    add_stays(floor, [Stay(9030, 9000, agent_id=ann, handled_s=(("talking", 180.0),))])
    assert estimated(floor) == pytest.approx(180_000, abs=100)
    db.run("UPDATE agent SET presence = 'not_ready', reason = 'lunch' WHERE agent_id = %(id)s", id=ann)
    assert estimated(floor) == pytest.approx(180_000, abs=100), "where they are all there is, they are counted"


def test_without_any_history_nothing_is_foretold(floor: Floor) -> None:
    floor.add_agent("ann", **BUSY)
    assert estimated(floor) is None


# -- is it of the right size? --------------------------------------------------------------------

exponential = random.Random.expovariate


def seldom_short(draw: random.Random, rate: float) -> float:
    return draw.lognormvariate(0, 0.5) / rate / 1.1331


# With a residual time that is shorter than a whole one: who comes while one agent talks does not wait for all of it.
SIZES = [(exponential, 0.12), (seldom_short, 0.25)]


@pytest.mark.parametrize("load", [0.6, 1.0])
@pytest.mark.parametrize(("service", "within"), SIZES, ids=["exponential", "seldom_short"])
@pytest.mark.parametrize("agents", [1, 8])
def test_of_a_queue_with_several_agents_the_estimate_is_of_the_right_size(
    floor: Floor, load: float, service: Callable[[random.Random, float], float], within: float, agents: int
) -> None:
    """All agents are busy: the one who comes next waits for one of them, the tenth for ten."""
    handling_s = 6.0 * agents
    logged_in = [floor.add_agent(f"a{number}", **BUSY) for number in range(agents)]
    ratios = []
    for seed in range(25):
        history = simulate(random.Random(seed), load * agents / handling_s, agents, 1 / handling_s, service, 1800.0)
        queue_id = floor.add_queue(f"q{seed}")
        floor.db.run("INSERT INTO eligibility (agent_id, queue_id) SELECT agent_id, %(id)s FROM agent", id=queue_id)
        stays = [replace(_stay(one, 1800.0), handled_s=(("talking", handling_s),)) for one in history]
        floor.db.run("DELETE FROM agent_state_log")  # each history is the only one that its agents had
        add_stays(floor, [replace(s, agent_id=logged_in[n % agents]) for n, s in enumerate(stays)], queue_id)
        ratios.append(estimated(floor, 10, queue_id) / (10 * 1000 * handling_s / agents))
    assert statistics.fmean(ratios) == pytest.approx(1, abs=within)
    assert sorted(ratios)[2] > 0.3
    assert sorted(ratios)[-3] < 2.1


def _stay(one: Answered, now_s: float) -> Stay:
    return Stay(now_s - one.came_s, now_s - one.answered_s, estimated_wait_ms=0 if one.found_somebody_ready else 1)


def test_what_is_foretold_to_calls_of_a_busy_queue_comes_true_on_the_average(floor: Floor, db: Database) -> None:
    """Each call that had to wait, foretold from the history before it, against what it waited."""
    floor.add_agent("ann", **BUSY)
    history = simulate(random.Random(7), 0.95 * 4 / 40.0, 4, 1 / 40.0, exponential, 6000.0)
    foretold, waited = 0.0, 0.0
    asked = [one for one in history[100:] if one.place is not None][::3]
    for one in asked:
        db.run("DELETE FROM queue_visit")
        before = [o for o in history if o.answered_s <= one.came_s][-60:]
        add_stays(floor, [_stay(o, one.came_s) for o in before])
        foretold += estimated(floor, one.place) / 1000
        waited += one.answered_s - one.came_s
    assert len(asked) > 100
    assert foretold / waited == pytest.approx(1, abs=0.2)


# -- a call that comes ---------------------------------------------------------------------------


def test_a_call_that_comes_is_foretold_its_wait(floor: Floor, db: Database) -> None:
    def foretold(call_id: str) -> tuple[int, int]:
        row = db.one("SELECT position, estimated_wait_ms FROM queue_visit WHERE call_id = %(id)s", id=call_id)
        return row["position"], row["estimated_wait_ms"]

    add_stays(floor, every(30, 20))
    floor.add_agent("ann")
    assert foretold(floor.arrive()) == (1, 0)
    second, third = foretold(floor.arrive()), foretold(floor.arrive())
    assert second == (2, pytest.approx(60_000, abs=1000))
    assert third == (3, pytest.approx(90_000, abs=1000))


# -- afterwards ----------------------------------------------------------------------------------


def test_the_error_is_known_when_the_call_was_answered_and_only_then(floor: Floor, db: Database) -> None:
    stays = [
        Stay(100, 70, estimated_wait_ms=45_000),
        Stay(100, 20, estimated_wait_ms=45_000),
        Stay(100, 70),
        Stay(100, 90, "abandoned", estimated_wait_ms=45_000),
        Stay(100, None, estimated_wait_ms=45_000),
    ]
    visit_ids = add_stays(floor, stays)
    rows = {str(row["visit_id"]): row for row in db.rows("SELECT * FROM queue_visit_wait")}
    assert [rows[v]["error_ms"] for v in visit_ids] == [15_000, -35_000, None, None, None]
    assert [rows[v]["waited_ms"] for v in visit_ids[:4]] == [30_000, 80_000, 30_000, 10_000]
    assert rows[visit_ids[4]]["waited_ms"] == pytest.approx(100_000, abs=2000)
    assert rows[visit_ids[0]]["queue"] == "sales"


def test_a_clock_of_the_switch_that_is_ahead_makes_no_wait_negative(floor: Floor, db: Database) -> None:
    add_stays(floor, [Stay(-3, None)])
    assert db.value("SELECT waited_ms FROM queue_visit_wait") == 0
