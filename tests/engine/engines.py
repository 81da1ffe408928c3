"""What the tests of a whole engine ask about it: its line, and what was sent there."""

from freeswitch_cc.core.commands import Originate
from freeswitch_cc.engine.app import Engine
from tests.database import Database
from tests.engine.fakes import RecordingLink
from tests.floor import Floor


def link_of(engine: Engine, floor: Floor) -> RecordingLink:
    link = engine.links[floor.switch_id]
    assert isinstance(link, RecordingLink)
    return link


def epoch(db: Database) -> int:
    return int(db.value("SELECT epoch FROM switch"))


def originates(link: RecordingLink) -> list[Originate]:
    return [command for command in link.sent if isinstance(command, Originate)]
