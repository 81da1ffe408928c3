"""The traps of a FreeSWITCH, each of which can be taken out: a check that does not notice checks nothing.

All of them follow from modelling the C code; a switch here bends that code the way a well-meaning model would.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Traps:
    """True: as the real one. False: as one would wish.

    limbo: who is second is left deaf when the first dies before the bridge (docs/measured.md E1).
    first_is_hung_up: who is first is hung up when the second dies before the bridge (t37, E11).
    deaf_after_second_park: uuid_park of a parked leg (t38, E7).
    time_bomb: a second uuid_bridge within the window leaves a leg that ends the talk 20 s later (E9).
    same_bridge_twice: the same uuid_bridge again within 40 ms hangs the second up (E8).
    hold_drops: a leg that holds and ends takes its partner along without hold_hangup_xfer_exten (t33, E12).
    hold_music_sticks: who is left while his hold music starts hears it for ever.
    broadcast_waits: uuid_broadcast holds its leg up for up to 200 ms, also before a bridge (E2, E3).
    playback_nests: music by sendmsg twice is two sounds at once, ended by one break.
    replies_lie: uuid_hold of a gone leg says +OK, uuid_answer -ERROR and the like (t20).
    originate_twice: the same origination_uuid again fails first and rings later (t07, E10).
    refer_asks_nobody: a handset's blind REFER moves the partner before anybody can judge it (t15, t28).
    conference_kick_ends: who is kicked out of a conference without a park tail is hung up (t13).
    list_lags: `show channels` is a moment behind its channels.
    """

    limbo: bool = True
    first_is_hung_up: bool = True
    deaf_after_second_park: bool = True
    time_bomb: bool = True
    same_bridge_twice: bool = True
    hold_drops: bool = True
    hold_music_sticks: bool = True
    broadcast_waits: bool = True
    playback_nests: bool = True
    replies_lie: bool = True
    originate_twice: bool = True
    refer_asks_nobody: bool = True
    conference_kick_ends: bool = True
    list_lags: bool = True
