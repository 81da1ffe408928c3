"""What `make bench-dispatch-freeswitch` configures: fs-config with mod_callcenter beside it, and one center twice.

Everything is made in a directory of the run; fs-config itself is not touched. mod_callcenter gets what a user who
starts with it gets: its own SQLite file (the core opens it with `PRAGMA synchronous=OFF`, switch_core_db.c:204, so
nothing that it writes waits for a disk), and every setting that is not named here at its default. Nothing here runs.
"""

import shutil
from pathlib import Path
from xml.sax.saxutils import quoteattr

from freeswitch_cc.center import DEFAULT_MUSIC
from freeswitch_cc.testcalls.address import config_directory

OURS_NUMBER, THEIRS_NUMBER = "7001", "8001"
QUEUE = "bench@default"
PASSWORD_ENV = "FREESWITCH_CC_BENCH_PASSWORD"
MODULE = "mod_callcenter"

_CONTEXT = '<context name="public">'
_LAST_MODULE = '<load module="mod_sofia"/>'
_LAST_SETTING = '<param name="mailer-app" value=""/>'
_EXTENSION = f"""
    <extension name="callcenter">
      <condition field="destination_number" expression="^{THEIRS_NUMBER}$">
        <action application="answer"/>
        <action application="callcenter" data="{QUEUE}"/>
      </condition>
    </extension>
"""


def logins(agents: int) -> tuple[str, ...]:
    return tuple(f"a{number:03d}" for number in range(agents))


def contact(robots_port: int) -> str:
    """The phone of every agent, of both sides: it answers at once and sends nothing."""
    return f"sofia/internal/silent@127.0.0.1:{robots_port}"


def phones_config(directory: Path, *, is_stock_timer: bool) -> Path:
    """A copy of fs-config for the switch that only plays phones: lean, because it is not what is measured.

    Its phones send no packets and have no timers that would wake each of them 50 times a second, and its log is short.
    """
    config = _copy(directory / "phones", is_stock_timer)
    _put(
        config / "sip_profiles" / "robots.1.xml",
        'name="rtp-timer-name" value="soft"',
        'name="rtp-timer-name" value="none"',
    )
    _put(
        config / "autoload_configs" / "switch.conf.xml",
        'name="loglevel" value="info"',
        'name="loglevel" value="warning"',
    )
    return config


def switch_config(directory: Path, agents: int, phone: str, *, is_stock_timer: bool) -> Path:
    """A copy of fs-config with the module, its queue and its agents, and a number that leads to the queue.

    Raises ValueError when fs-config does not look as it did when this was written.
    """
    config = _copy(directory / "center", is_stock_timer)
    _put(config / "dialplan" / "public.xml", _CONTEXT, _CONTEXT + _EXTENSION)
    _put(
        config / "autoload_configs" / "modules.conf.xml",
        _LAST_MODULE,
        f'<load module="{MODULE}"/>\n      {_LAST_MODULE}',
    )
    (config / "autoload_configs" / "callcenter.conf.xml").write_text(_callcenter(agents, phone))
    return config


def center_file(directory: Path, agents: int, phone: str, esl_port: int) -> Path:
    """The same center for us: as many agents, the same phones, one queue, the longest idle first, no wrap-up."""
    people = "\n".join(f'  - {{login: {login}, name: {login}, contact: "{phone}"}}' for login in logins(agents))
    path = directory / "center.yaml"
    path.write_text(
        f"switches:\n  - {{name: bench, host: 127.0.0.1, port: {esl_port}, password_env: {PASSWORD_ENV}}}\n"
        f"agents:\n{people}\n"
        f"queues:\n  - {{name: bench, strategy: longest_idle, agents: [{', '.join(logins(agents))}]}}\n"
        f'entry_points:\n  - {{number: "{OURS_NUMBER}", queue: bench}}\n'
    )
    return path


def _callcenter(agents: int, phone: str) -> str:
    queue = {
        "strategy": "longest-idle-agent",
        # The very sound that our callers hear.
        "moh-sound": DEFAULT_MUSIC,
        "time-base-score": "system",
        "max-wait-time": "0",
        "max-wait-time-with-no-agent": "0",
        "tier-rules-apply": "false",
        "abandoned-resume-allowed": "false",
    }
    params = "\n".join(f"        <param name={quoteattr(key)} value={quoteattr(said)}/>" for key, said in queue.items())
    # Ready for the next call at once; no agent is taken out of work by a missed one.
    people = "\n".join(
        f'      <agent name="{login}" type="callback" contact={quoteattr(phone)} status="Available" max-no-answer="0"'
        ' wrap-up-time="0" reject-delay-time="0" busy-delay-time="0" no-answer-delay-time="0"/>'
        for login in logins(agents)
    )
    tiers = "\n".join(
        f'      <tier agent="{login}" queue="{QUEUE}" level="1" position="{place}"/>'
        for place, login in enumerate(logins(agents), 1)
    )
    return (
        '<include>\n  <configuration name="callcenter.conf" description="For the benchmark">\n    <settings/>\n'
        f'    <queues>\n      <queue name="{QUEUE}">\n{params}\n      </queue>\n    </queues>\n'
        f"    <agents>\n{people}\n    </agents>\n    <tiers>\n{tiers}\n    </tiers>\n"
        "  </configuration>\n</include>\n"
    )


def _copy(place: Path, is_stock_timer: bool) -> Path:
    # What a switch made in generated/ belongs to that switch.
    shutil.copytree(config_directory(), place, ignore=shutil.ignore_patterns("generated", "__pycache__"))
    if not is_stock_timer:
        # The clock of its events goes on by ticks, and a tick is 20 ms unless this is set (switch_core.c:1969 and
        # :2308, switch_time.c:1229): too coarse to time with. It is set on both switches, so for both sides.
        switch = place / "autoload_configs" / "switch.conf.xml"
        _put(switch, _LAST_SETTING, f'<param name="1ms-timer" value="true"/>\n      {_LAST_SETTING}')
    return place


def _put(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    if text.count(old) != 1:
        raise ValueError(f"{path.name} of fs-config does not hold {old!r} once")
    path.write_text(text.replace(old, new))
