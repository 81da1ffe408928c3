"""Where the country code of a number in full ends: its beginning says how long it is (ITU-T E.164). Pure.

Which countries there are is no matter here.
"""

import re

_CODE = re.compile(r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[0-9]{3}")
"""Those of one digit, those of two, and all others."""


def split_number(number: str) -> tuple[str, str]:
    """`+358401234567` is `+358` and `401234567`."""
    digits = number.removeprefix("+")
    code = _CODE.match(digits)
    length = code.end() if code is not None else len(digits)
    return f"+{digits[:length]}", digits[length:]
