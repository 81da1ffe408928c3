"""The tree of errors: who was wrong, you, the switch, the store or the configuration.

Every module may import this one; it imports nothing.
"""


class ContactCenterError(Exception):
    """Something that a person can be told in one sentence."""


class NotAllowed(ContactCenterError):
    """You asked for something that is not allowed now. `reason` is a stable word for programs."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class ConfigInvalid(ContactCenterError):
    """The configuration is wrong. `problems` names every mistake, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class RequirementInvalid(ConfigInvalid):
    """A required expression is wrong. Each of `problems` names its place; `columns` are those places, from 1."""

    def __init__(self, mistakes: list[tuple[int, str]]) -> None:
        super().__init__([sentence for _, sentence in mistakes])
        self.columns = [column for column, _ in mistakes]


class SwitchFailed(ContactCenterError):
    """The switch did not do what was asked, or could not be asked."""


class SwitchUnreachable(SwitchFailed):
    """Nobody listens at the Event Socket, the connection was cut, or no reply came in time."""


class SwitchRefusedUs(SwitchFailed):
    """The Event Socket refused us: wrong password, or an access list."""


class CommandFailed(SwitchFailed):
    """The switch answered a command with a failure. `reply` is its text."""

    def __init__(self, command: str, reply: str) -> None:
        super().__init__(f"the switch answered {reply!r} to {command!r}")
        self.command = command
        self.reply = reply


class StoreFailed(ContactCenterError):
    """The database did not do what was asked."""


class EpochLost(StoreFailed):
    """Another engine has taken this switch over: this one may not command it any more."""
