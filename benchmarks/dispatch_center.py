"""The center of `make bench-dispatch`: 1,000 agents with 10 skills each, 20 queues that ask for skills, in tiers.

Their phones ring for a moment before they are answered, and every talk is followed by a wrap-up.
"""

import random

from freeswitch_cc.center import (
    AgentSettings,
    Center,
    EntryPointSettings,
    QueueSettings,
    SwitchSettings,
    TierSettings,
)

SEED = 4
AGENTS, SKILLS, SKILLS_EACH, QUEUES, GROUPS = 1000, 30, 10, 20, ("gold", "night", "north", "south")
RINGS_MS = (500, 1500)
WRAP_UP_MS = 1000
PASSWORD_ENV = "BENCH_PASSWORD"
NUMBERS = tuple(f"{700 + queue}" for queue in range(QUEUES))


def center(port: int, robots_port: int) -> Center:
    """The first tier of each queue is about a sixth of all agents, the second a third, the third nearly half."""
    draw = random.Random(SEED)
    skills = tuple(f"s{number}" for number in range(SKILLS))
    agents = tuple(
        AgentSettings(
            login=f"a{number}",
            name=f"Agent {number}",
            contact=f"sofia/internal/answer-after-{draw.randint(*RINGS_MS)}@a{number}:{robots_port}",
            skills={skill: draw.randint(1, 10) for skill in draw.sample(skills, SKILLS_EACH)},
            groups=(draw.choice(GROUPS),),
        )
        for number in range(AGENTS)
    )
    return Center(
        switches=(SwitchSettings(name="bench", host="127.0.0.1", port=port, password_env=PASSWORD_ENV),),
        skills=skills,
        groups=GROUPS,
        agents=agents,
        queues=tuple(_queue(number, draw) for number in range(QUEUES)),
        entry_points=tuple(
            EntryPointSettings(number=number, queue=f"q{queue}") for queue, number in enumerate(NUMBERS)
        ),
    )


def _queue(number: int, draw: random.Random) -> QueueSettings:
    first, second = f"s{number}", f"s{(number + 7) % SKILLS}"
    group = draw.choice(GROUPS)
    return QueueSettings(
        name=f"q{number}",
        requires=f"{first} >= 6 and ({second} or not group:{group})",
        tiers=(
            TierSettings(after_ms=5_000, requires=first),
            TierSettings(after_ms=15_000, requires=f"{second} >= 3 or group:{group}"),
        ),
        priority=draw.randint(0, 2),
        wrap_up="timed",
        wrap_up_ms=WRAP_UP_MS,
    )
