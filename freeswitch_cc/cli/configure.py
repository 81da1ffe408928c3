"""Commands that prepare a center: migrate, check-config, schema, apply."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from freeswitch_cc.center import Center, read_center
from freeswitch_cc.cli.context import Context
from freeswitch_cc.cli.output import complain, say, show_json, show_rows, show_text
from freeswitch_cc.config import switch_password
from freeswitch_cc.errors import ConfigInvalid
from freeswitch_cc.store import center as center_store
from freeswitch_cc.store import migrate as database_schema
from freeswitch_cc.store.difference import Difference
from freeswitch_cc.store.wanted import empty_places

_PLURALS = {
    "switch": "switches",
    "skill": "skills",
    "group": "groups",
    "reason": "reasons",
    "disposition": "dispositions",
    "agent": "agents",
    "queue": "queues",
    "entry_point": "entry points",
    "known_caller": "known callers",
    "eligibility": "eligibilities",
    "qualification": "qualifications",
}


def migrate(context: Context) -> int:
    """Bring the database to the newest schema."""
    with context.database() as url:
        before = database_schema.current(url)
        database_schema.migrate(url, beside_engines=context.arguments.beside_engines)
        after = database_schema.current(url)
    if context.as_json:
        show_json({"before": before, "after": after})
    elif before == after:
        say(f"the database is at revision {after} already")
    else:
        say(f"the database is at revision {after} now, it was at {before or 'none'}")
    return 0


def check_config(context: Context) -> int:
    """Look for mistakes in the environment and in a center file; opens no connection."""
    settings = asdict(context.settings)
    if settings["database_url"]:
        parts = urlsplit(settings["database_url"])
        # Only what cannot hold a secret: users, passwords and libpq's options are left out.
        settings["database_url"] = f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
    if context.arguments.file is not None:
        center = _read(context.arguments.file)
        _check_passwords(context, center)
        _tell_empty_places(context.arguments.file, center)
    if context.as_json:
        show_json(settings)
    else:
        timeouts = settings.pop("timeouts")
        rows = [{"setting": name, "value": value} for name, value in (settings | timeouts).items()]
        show_rows(rows, ("setting", "value"), as_json=False, empty="")
        say("no mistakes found")
    return 0


def schema(context: Context) -> int:
    """Print the JSON schema of center files, which editors read."""
    show_text(resources.files("freeswitch_cc").joinpath("center.schema.json").read_text(encoding="utf-8"))
    return 0


def apply(context: Context) -> int:
    """Make the database say what the center file says, or only tell the difference; a file with a mistake does neither.

    With --json: `{"is_dry_run", "changes": [{"kind", "what", "name", "fields": [{"field", "old", "new"}]}],
    "unchanged": {what: how many}}`. No password can be in it: neither the file nor the database holds any.
    """
    center = _read(context.arguments.file)
    _tell_empty_places(context.arguments.file, center)
    is_dry_run: bool = context.arguments.dry_run
    with context.transaction() as connection:
        if is_dry_run:
            found = center_store.difference(connection, center)
        else:
            found = center_store.apply(connection, center)
    if context.as_json:
        show_json({"is_dry_run": is_dry_run, **asdict(found)})
        return 0
    show_rows(
        list(_rows(found)), ("kind", "what", "name", "field", "old", "new"), as_json=False, empty="nothing to change"
    )
    say(f"unchanged: {_counted(found.unchanged) or 'nothing'}")
    if is_dry_run:
        say("this was a rehearsal: nothing was changed")
    return 0


def _rows(found: Difference) -> Iterator[dict[str, Any]]:
    """One for each value that differs, and one for each row that comes or goes."""
    for change in found.changes:
        row = {"kind": change.kind.replace("_", " "), "what": change.what.replace("_", " "), "name": change.name}
        for item in change.fields:
            yield {**row, "field": item.field, "old": _shown(item.old), "new": _shown(item.new)}
        if not change.fields:
            yield {**row, "field": None, "old": None, "new": None}


def _shown(value: Any) -> Any:
    if isinstance(value, dict | list | tuple | bool):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(
        f"{count} {what.replace('_', ' ') if count == 1 else _PLURALS[what]}" for what, count in counts.items() if count
    )


def _read(file: str) -> Center:
    try:
        return read_center(Path(file))
    except ConfigInvalid as wrong:
        raise ConfigInvalid([f"{file}: {problem}" for problem in wrong.problems]) from wrong


def _tell_empty_places(file: str, center: Center) -> None:
    """Beside the data and not among it: nothing is refused."""
    for sentence in empty_places(center):
        complain(f"warning: {file}: {sentence}")


def _check_passwords(context: Context, center: Center) -> None:
    problems: list[str] = []
    for switch in center.switches:
        try:
            switch_password(context.env, switch.name, switch.password_env)
        except ConfigInvalid as wrong:
            problems.extend(wrong.problems)
    if problems:
        raise ConfigInvalid(problems)
