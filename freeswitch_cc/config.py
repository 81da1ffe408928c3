"""Settings of one engine, read from environment variables, every bad value reported at once by name.

Read by cli and engine only; everybody else is handed the numbers that he needs. Passwords are never
held here: a switch row names the environment variable of its password, and `switch_password` reads it.
Nothing here opens a file or a connection.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Self
from urllib.parse import urlsplit

from freeswitch_cc.core.timeouts import Timeouts
from freeswitch_cc.errors import ConfigInvalid

PREFIX = "FREESWITCH_CC_"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LONGEST_MS = 24 * 60 * 60 * 1000
LONGEST_DAYS = 100 * 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one engine runs with.

    database_url: None means an embedded PostgreSQL, in data_dir if that is set.
    data_dir: where an embedded PostgreSQL keeps its data; it is asked for by name and never guessed.
    workers: greenlets that carry events through; one works, the others step in while it is held up by a lock.
    switch_connections: worker connections of the Event Socket for each switch.
    keep_days: how long logs, alarms and answered requests are kept; 0 means for ever.
    """

    database_url: str | None = None
    data_dir: str | None = None
    workers: int = 8
    switch_connections: int = 4
    keep_days: int = 400
    log_level: str = "INFO"
    timeouts: Timeouts = field(default_factory=Timeouts)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """The settings in these variables; ConfigInvalid names every one that is wrong."""
        reader = _Reader(env)
        settings = cls(
            database_url=reader.database_url("DATABASE_URL"),
            data_dir=reader.directory("DATA_DIR"),
            workers=reader.whole("WORKERS", 8, 1, 64),
            switch_connections=reader.whole("SWITCH_CONNECTIONS", 4, 1, 64),
            keep_days=reader.whole("KEEP_DAYS", 400, 0, LONGEST_DAYS),
            log_level=reader.word("LOG_LEVEL", "INFO", LOG_LEVELS),
            timeouts=reader.timeouts(),
        )
        reader.finish()
        return settings


def variable_names() -> tuple[str, ...]:
    """Every environment variable that from_env reads."""
    plain = ("DATABASE_URL", "DATA_DIR", "WORKERS", "SWITCH_CONNECTIONS", "KEEP_DAYS", "LOG_LEVEL")
    return tuple(f"{PREFIX}{name}" for name in (*plain, *(item.name.upper() for item in fields(Timeouts))))


def switch_password(env: Mapping[str, str], switch_name: str, password_env: str) -> str:
    """The password of a switch, from the variable that its row names."""
    password = env.get(password_env, "")
    if not password:
        raise ConfigInvalid(
            [f"{password_env} is not set: it must hold the Event Socket password of switch {switch_name}"]
        )
    if "\n" in password or "\r" in password:
        raise ConfigInvalid([f"{password_env} holds a line break: the Event Socket would read it as a second command"])
    return password


class _Reader:
    """Takes values out of the environment and keeps a sentence for each one that is wrong."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._problems: list[str] = []

    def _text(self, name: str) -> str | None:
        """The value without blanks around it; an empty one counts as not set, as in most shells' `X= cmd`."""
        return self._env.get(f"{PREFIX}{name}", "").strip() or None

    def _wrong(self, name: str, sentence: str) -> None:
        self._problems.append(f"{PREFIX}{name} {sentence}")

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        text = self._text(name)
        if text is None:
            return default
        # int() also takes "1_000", " 5 " and other scripts' digits: not what anybody means here.
        if not (text.isascii() and text.isdigit()):
            self._wrong(name, f"must be a whole number from {least} to {most}, not {text!r}")
            return default
        if not least <= int(text) <= most:
            self._wrong(name, f"must be from {least} to {most}, not {text}")
            return default
        return int(text)

    def word(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        text = self._text(name)
        if text is None:
            return default
        if text.upper() not in allowed:
            self._wrong(name, f"must be one of {', '.join(allowed)}, not {text!r}")
            return default
        return text.upper()

    def database_url(self, name: str) -> str | None:
        """The value itself is never repeated in a message: it may hold a password."""
        text = self._text(name)
        if text is None:
            return None
        try:
            parts = urlsplit(text)
            _ = parts.port
        except ValueError:
            self._wrong(name, "is no URL: its host or its port cannot be read")
            return None
        if parts.scheme not in ("postgresql", "postgres"):
            self._wrong(name, "must start with postgresql://")
            return None
        if not parts.path.strip("/"):
            self._wrong(name, "names no database: it must end like postgresql://host/database")
            return None
        return text

    def directory(self, name: str) -> str | None:
        text = self._text(name)
        if text is not None and not text.startswith("/"):
            self._wrong(name, f"must be an absolute path, not {text!r}")
            return None
        return text

    def timeouts(self) -> Timeouts:
        found = {
            item.name: self.whole(item.name.upper(), item.default, 1, LONGEST_MS)  # type: ignore[arg-type]
            for item in fields(Timeouts)
        }
        again, around = found["look_again_ms"], found["look_around_ms"]
        is_read = not any(problem.startswith(f"{PREFIX}LOOK_A") for problem in self._problems)
        if is_read and again > around:
            longest = f"{PREFIX}LOOK_AROUND_MS, which is {around}"
            self._wrong("LOOK_AGAIN_MS", f"must not be more than {longest}: it is {again}")
        return Timeouts(**found)

    def finish(self) -> None:
        if self._problems:
            raise ConfigInvalid(self._problems)
