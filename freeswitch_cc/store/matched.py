"""What fcc_match returns, and what else is read with it. Pure; the function: migrations/sql/0002_match.sql."""

from datetime import datetime
from typing import NamedTuple

from freeswitch_cc.core.call import View


class Matched(NamedTuple):
    """offers: (offer_id, call_id) of each that is to be told. is_cut_off: match has to be called again at once, for
    somebody held a lock that it does not wait for. is_waiting: a call waits for an agent to become free."""

    offers: list[tuple[str, str]]
    is_cut_off: bool
    is_waiting: bool


def matched(rows: list[tuple[str | None, str | None]]) -> Matched:
    """Of what fcc_match returns."""
    made = [(offer_id, call_id) for offer_id, call_id in rows if offer_id is not None and call_id is not None]
    return Matched(
        made,
        is_cut_off=(None, None) in rows,
        is_waiting=any(offer_id is None and call_id is not None for offer_id, call_id in rows),
    )


class Found(NamedTuple):
    """What a match has made, and its calls as they are then, whole or not (View.is_whole); at `now` by the database."""

    made: Matched
    now: datetime
    views: dict[str, View]
