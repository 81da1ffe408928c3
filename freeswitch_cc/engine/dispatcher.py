"""Every event to its worker: the events of one call, and of one agent, keep their order.

Only the sharing out stands here; what a worker does with an event stands in engine.worker.
"""

from zlib import crc32

from gevent.queue import SimpleQueue

from freeswitch_cc.core.agent_events import AgentEvent
from freeswitch_cc.core.events import CallEvent

Work = CallEvent | AgentEvent


class Dispatcher:
    """N queues. put() never blocks: it is called by the reader, which must not wait."""

    def __init__(self, workers: int) -> None:
        self.queues: list[SimpleQueue[Work | None]] = [SimpleQueue() for _ in range(workers)]

    def put(self, event: Work) -> None:
        key = event.call_id if isinstance(event, CallEvent) else event.agent_id
        self.queues[crc32(key.encode()) % len(self.queues)].put(event)

    @property
    def depth(self) -> int:
        """Events that wait for a worker."""
        return sum(queue.qsize() for queue in self.queues)

    def stop(self) -> None:
        """Every worker ends when it has done what was put before."""
        for queue in self.queues:
            queue.put(None)
