"""New ids of one decision: drawn once per event, outside the part that may be run again."""

from uuid import UUID, uuid5


class Ids:
    """New ids, drawn from one random root: the same event run again draws the same ids.

    They keep the first half of the root. Roots are in the order of time (engine.roots), so are the ids: that tells who
    goes first of two callers for whom the switch gave one instant.
    """

    def __init__(self, root: UUID) -> None:
        self._root = root
        self._drawn = 0

    def draw(self) -> str:
        self._drawn += 1
        return str(UUID(bytes=self._root.bytes[:8] + uuid5(self._root, str(self._drawn)).bytes[8:]))
