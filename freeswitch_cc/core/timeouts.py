"""How long the engine waits for each thing, in one frozen value.

Pure numbers, whole milliseconds all of them (`*_ms`). What happens when the time is over is decided
elsewhere; which environment variable sets a number stands in config.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Each number is how long a thing may take before we look again; none of them ends a call by itself.

    What the switch must prove:
    bridge_ms: from the bridge command to CHANNEL_BRIDGE of the pair.
    join_ms: from the transfer into a conference to add-member.
    park_ms: from the transfer into park to CHANNEL_PARK.
    kill_ms: from the kill command to CHANNEL_HANGUP.
    sound_ms: from asking for music to PLAYBACK_START.
    settle_ms: from the sight of a leg that the switch moves by itself to the fact that says where to.
    offer_grace_ms: what an offer may last beyond its ring time.

    How the switch is spoken to:
    reply_ms: from a command on the Event Socket to its reply. It may be longer than bridge_ms and the others that the
        switch must keep: what waits behind a slow reply is given up after half of the shortest of them, and is then
        not sent at all (engine.link.longest_in_line_ms, esl.pool).
    connect_ms: from the first packet to the end of the authentication.
    heartbeat_ms: without a sign of life for so long, the event connection counts as dead.

    What guards against phones that died without a word:
    media_timeout_ms: a leg of ours that sends no sound for so long is hung up by the switch.

    lost_ms: a switch that could not be asked for so long keeps no agent reserved any more.

    What guards against costs:
    outside_ms: after which the switch ends the leg of an agent whose phone is behind a gateway. How long a call to a
        number may last, the center file says.

    What guards against us:
    deadman_ms: a waiting leg that the engine has not spoken for so long is taken on by the switch itself.

    What guards against what was never heard:
    look_around_ms: between two looks at what a switch has against what is written down.
    look_again_ms: the same while something differs; never more than look_around_ms. A leg that was told of and is still
        unknown is told of again after some three of them, and never before two park_ms are over.

    People and housekeeping:
    short_talk_ms: an agent gone sooner than that after the bridge has not served the customer: he waits on.
    unhold_ms: a hold that was taken back sooner than that before the hang-up was not taken back by hand.
    refused_retry_ms: after which an agent who did not take this call is rung for it again, if nobody else is.
    not_reached_ms: how long an agent who has called somebody in vain hears a tone that says so.
    call_back_ms: how long an agent whose phone died in a call that he had placed is called back, his customer waiting.
    busy_retry_ms: after which an agent whose last leg has just ended is rung again when he was busy.
    request_ms: how long a person's request waits for an engine's answer; it is not carried out any later.
    overflow_again_ms: after which the target of an overflow is asked again that could not take the call for now.
    announcement_ms: an announcement, a greeting or a beep whose end nobody told is over after so long.
    recording_grace_ms: what a message may last beyond its longest, before its end is looked for no more.
    sweep_ms: between two looks for pairs and deadlines that nobody was told of.
    """

    bridge_ms: int = 2_000
    join_ms: int = 2_000
    park_ms: int = 1_000
    kill_ms: int = 2_000
    sound_ms: int = 2_000
    settle_ms: int = 1_000
    offer_grace_ms: int = 3_000
    reply_ms: int = 2_000
    connect_ms: int = 5_000
    heartbeat_ms: int = 60_000
    media_timeout_ms: int = 60_000
    lost_ms: int = 60_000
    outside_ms: int = 7_200_000
    deadman_ms: int = 90_000
    look_around_ms: int = 20_000
    look_again_ms: int = 1_000
    short_talk_ms: int = 2_000
    unhold_ms: int = 200
    refused_retry_ms: int = 5_000
    busy_retry_ms: int = 1_000
    not_reached_ms: int = 3_000
    call_back_ms: int = 45_000
    request_ms: int = 5_000
    overflow_again_ms: int = 5_000
    announcement_ms: int = 120_000
    recording_grace_ms: int = 5_000
    sweep_ms: int = 1_000
