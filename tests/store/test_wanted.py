"""What the tables should hold according to a center: who stands in which tier of a queue, who meets what."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from freeswitch_cc.center import AgentSettings, Center, EntryPointSettings, QueueSettings, TierSettings
from freeswitch_cc.core.requirement import meets, parse
from freeswitch_cc.store.wanted import Place, eligibility_of, empty_places, qualifications_of, values_of


def agent(login: str, groups: tuple[str, ...] = (), **skills: int) -> AgentSettings:
    return AgentSettings(login=login, name=login, contact=f"user/{login}@example.test", skills=skills, groups=groups)


ALICE = agent("alice", french=7)
BOB = agent("bob", ("gold",), french=3)
CAROL = agent("carol", ("gold", "silver"))
DAVE = agent("dave", french=9, billing=1)
TEAM = (DAVE, CAROL, BOB, ALICE)
SALES = QueueSettings(
    name="sales",
    agents=("carol", "alice"),
    requires="french >= 5",
    tiers=(TierSettings(after_ms=20_000, requires="french"), TierSettings(after_ms=60_000, requires="group:gold")),
    strategy="top_down",
)


def places(queue: QueueSettings) -> dict[str, tuple[int, int, int]]:
    center = Center(agents=TEAM, queues=(queue,))
    return {login: (p.tier, p.after_ms, p.position) for (_, login), p in eligibility_of(center).items()}


def test_everybody_stands_in_the_first_tier_that_names_him_or_whose_requirement_he_meets() -> None:
    # In each tier first those whom it names, as it names them, then the others as the file has them.
    assert places(SALES) == {
        "carol": (0, 0, 0),
        "alice": (0, 0, 1),
        "dave": (0, 0, 2),
        "bob": (1, 20_000, 0),
    }


def test_a_position_is_only_kept_where_it_is_asked_for() -> None:
    assert {place[2] for place in places(replace(SALES, strategy="longest_idle")).values()} == {0}
    assert places(replace(SALES, strategy="longest_idle"))["bob"][:2] == (1, 20_000)


def test_a_later_tier_may_name_somebody_whatever_he_is_good_at() -> None:
    queue = QueueSettings(name="q", requires="billing", tiers=(TierSettings(after_ms=5, agents=("carol", "dave")),))
    assert places(queue) == {"dave": (0, 0, 0), "carol": (1, 5, 0)}


def test_who_meets_no_tier_is_not_eligible() -> None:
    assert places(QueueSettings(name="q", requires="klingon")) == {}


def test_a_plain_queue_is_its_list_of_agents_in_one_tier_that_no_column_repeats() -> None:
    plain = QueueSettings(name="q", agents=("bob", "alice"))
    assert places(plain) == {"alice": (0, 0, 0), "bob": (0, 0, 0)}
    assert values_of(Center(agents=TEAM, queues=(plain,)))["queue"]["q"]["tiers"] == []


def test_tiers_are_told_from_the_first_to_the_last_in_their_one_text() -> None:
    values = values_of(Center(queues=(replace(SALES, requires="(french>=5)"),)))["queue"]["sales"]
    assert values["tiers"] == [
        {"after_ms": 0, "requires": "french >= 5", "agents": ("carol", "alice")},
        {"after_ms": 20_000, "requires": "french", "agents": ()},
        {"after_ms": 60_000, "requires": "group:gold", "agents": ()},
    ]
    assert not {"agents", "requires"} & values.keys()


def test_who_meets_what_an_entry_point_asks_is_known_by_the_one_text_of_it() -> None:
    points = (
        EntryPointSettings(number="1", queue="sales", requires="french>=5"),
        EntryPointSettings(number="2", queue="sales", requires="(french >= 5)"),
        EntryPointSettings(number="3", queue="sales", requires="klingon"),
        EntryPointSettings(number="4", queue="sales"),
    )
    center = Center(agents=TEAM, queues=(SALES,), entry_points=points)
    assert qualifications_of(center) == {"french >= 5": ["alice", "dave"], "klingon": []}
    assert [values["requires"] for values in values_of(center)["entry_point"].values()] == [
        *("french >= 5", "french >= 5", "klingon", None)
    ]


asked = st.none() | st.sampled_from(("french", "french >= 5", "billing or group:gold", "not group:silver", "klingon"))
any_tiers = st.lists(
    st.tuples(asked, st.lists(st.sampled_from([a.login for a in TEAM]), unique=True)), min_size=1, max_size=4
)


@given(any_tiers)
def test_tiers_only_ever_widen_and_nobody_is_in_one_that_he_is_not_meant_for(
    of: list[tuple[str | None, list[str]]],
) -> None:
    (requires, named), *later = of
    tiers = tuple(TierSettings(after_ms=n, requires=r, agents=tuple(a)) for n, (r, a) in enumerate(later, start=1))
    queue = QueueSettings(name="q", agents=tuple(named), requires=requires, tiers=tiers, strategy="top_down")
    found = eligibility_of(Center(agents=TEAM, queues=(queue,)))

    def is_meant(one: AgentSettings, tier: TierSettings) -> bool:
        meets_it = tier.requires is not None and meets(parse(tier.requires), one.skills, one.groups)
        return meets_it or one.login in tier.agents

    for one in TEAM:
        meant = [number for number, tier in enumerate(queue.all_tiers) if is_meant(one, tier)]
        place = found.get(("q", one.login))
        assert (place.tier if place else None) == (meant[0] if meant else None)
    for number, tier in enumerate(queue.all_tiers):
        there = [place for place in found.values() if place.tier == number]
        assert sorted(place.position for place in there) == list(range(len(there)))
        assert all(place == Place(tier=number, after_ms=tier.after_ms, position=place.position) for place in there)


def test_a_place_that_nobody_is_in_is_told() -> None:
    queues = (
        QueueSettings(name="full", requires="french", tiers=(TierSettings(after_ms=5, agents=("carol",)),)),
        QueueSettings(name="late", agents=("alice",), tiers=(TierSettings(after_ms=5, requires="french >= 7"),)),
        QueueSettings(name="dear", agents=("alice",), tiers=(TierSettings(after_ms=5, requires="french > 9"),)),
        QueueSettings(name="none", requires="klingon"),
    )
    points = (
        EntryPointSettings(number="1", queue="full", requires="group:silver"),
        EntryPointSettings(number="2", queue="dear", requires="group:silver"),
        EntryPointSettings(number="3", queue="dear"),
    )
    assert empty_places(Center(agents=TEAM[1:], queues=queues, entry_points=points)) == [
        "nobody is in tier 2 of queue late (french >= 7): whoever might be is in an earlier one",
        "nobody is in tier 2 of queue dear (french > 9): whoever might be is in an earlier one",
        "nobody is in queue none (klingon)",
        "nobody in queue dear meets group:silver, which entry point 2 requires",
    ]
