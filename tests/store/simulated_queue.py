"""A queue with several agents, played in memory: who comes when, who is answered when. No database, no test."""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answered:
    """Seconds since the beginning. place: in the queue when he came, or None when an agent was ready."""

    came_s: float
    answered_s: float
    place: int | None

    @property
    def found_somebody_ready(self) -> bool:
        return self.place is None


def simulate(
    draw: random.Random,
    arrivals_per_s: float,
    agents: int,
    services_per_s: float,
    service: Callable[[random.Random, float], float],
    until_s: float,
) -> list[Answered]:
    """First come, first served. All who came and were answered before until_s, in the order of their coming.

    service: draws how long an agent is kept, from the generator and the rate.
    """
    free_at = [0.0] * agents
    heapq.heapify(free_at)
    answered: list[Answered] = []
    now = 0.0
    while (now := now + draw.expovariate(arrivals_per_s)) < until_s:
        begins = max(now, free_at[0])
        waiting = sum(1 for one in answered if one.answered_s > now)
        answered.append(Answered(now, begins, None if begins == now else waiting + 1))
        heapq.heapreplace(free_at, begins + service(draw, services_per_s))
    return [one for one in answered if one.answered_s <= until_s]
