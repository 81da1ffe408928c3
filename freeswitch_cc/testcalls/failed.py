"""What a step raises when something did not come true."""


class Failed(Exception):
    """Something did not come true: what was expected, and what happened."""

    def __init__(self, expected: str, happened: str) -> None:
        super().__init__(f"expected {expected}; {happened}")
