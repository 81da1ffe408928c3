"""Commands that prepare a center: migrate, check-config, apply."""

from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from freeswitch_cc.center import Center, read_center
from freeswitch_cc.cli.context import Context
from freeswitch_cc.cli.output import say, show_json, show_rows
from freeswitch_cc.config import switch_password
from freeswitch_cc.errors import ConfigInvalid
from freeswitch_cc.store import center as center_store
from freeswitch_cc.store import migrate as schema


def migrate(context: Context) -> int:
    """Bring the database to the newest schema."""
    with context.database() as url:
        before = schema.current(url)
        schema.migrate(url)
        after = schema.current(url)
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
    if context.as_json:
        show_json(settings)
    else:
        timeouts = settings.pop("timeouts")
        rows = [{"setting": name, "value": value} for name, value in (settings | timeouts).items()]
        show_rows(rows, ("setting", "value"), as_json=False, empty="")
        say("no mistakes found")
    return 0


def apply(context: Context) -> int:
    """Make the database say what the center file says; a file with a mistake changes nothing."""
    center = _read(context.arguments.file)
    with context.transaction() as connection:
        changes = center_store.apply(connection, center)
        if context.arguments.dry_run:
            connection.rollback()
    rows = [asdict(change) for change in changes]
    show_rows(rows, ("kind", "what", "name", "details"), as_json=context.as_json, empty="nothing to change")
    if context.arguments.dry_run and not context.as_json:
        say("this was a rehearsal: nothing was changed")
    return 0


def _read(file: str) -> Center:
    try:
        return read_center(Path(file))
    except ConfigInvalid as wrong:
        raise ConfigInvalid([f"{file}: {problem}" for problem in wrong.problems]) from wrong


def _check_passwords(context: Context, center: Center) -> None:
    problems: list[str] = []
    for switch in center.switches:
        try:
            switch_password(context.env, switch.name, switch.password_env)
        except ConfigInvalid as wrong:
            problems.extend(wrong.problems)
    if problems:
        raise ConfigInvalid(problems)
