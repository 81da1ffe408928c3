"""What the tests of the hot path share: a small center, and a second session."""

from collections.abc import Iterator

import pytest

from freeswitch_cc.store.db import Session
from tests.database import Database
from tests.floor import Floor


@pytest.fixture
def floor(db: Database) -> Iterator[Floor]:
    floor = Floor(db)
    yield floor
    floor.close()


@pytest.fixture
def other(db: Database) -> Iterator[Session]:
    """A session of another worker."""
    session = Session(db.url)
    yield session
    session.close()
