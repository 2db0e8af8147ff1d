"""What a bare word of YAML stands for: the booleans, null and numbers of YAML 1.2, and no more.

===================  ==========================================================================
written              read as
===================  ==========================================================================
``true``, ``false``  a boolean (also ``True``, ``TRUE``); nothing else is one
``no``, ``on``, y    text: Norway, a channel, an axis. A switch takes them by its own list
``null``, ``~``      nothing, as an empty value
12, -3, ``1_000``    whole numbers
1.5, .5, ``1e3``     numbers; also ``.inf``, ``.nan``
``012``, ``0x1F``    text: an identifier; who wants a number writes 12
``1:30``, dates      text: 90 to YAML 1.1; a date is read where a date is wanted
"quoted"             text
===================  ==========================================================================

Keys are text always: a channel may be called 2024, no, null or 1e3.
"""

from __future__ import annotations

import math
import re

_CONSTANTS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
#: Words for a key that is on or off; elsewhere they are text.
_SWITCHES = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}

_WHOLE = r"(?:0|[1-9][0-9]*(?:_[0-9]+)*)"
NUMBER = re.compile(rf"[-+]?(?:{_WHOLE}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_INTEGER = re.compile(rf"[-+]?{_WHOLE}")
#: No number of ours is longer; what is longer is text (and Python takes minutes for a million digits).
_LONGEST = 40


def plain_value(text: str) -> object:
    """The value of a bare word."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if len(text) > _LONGEST or NUMBER.fullmatch(text) is None:
        return text
    if _INTEGER.fullmatch(text) and abs(int(text)) < 2**63:
        return int(text)
    number = float(text)
    # 1e400 is no infinity that somebody wrote.
    return number if math.isfinite(number) else text


def switch(value: object) -> object:
    """The boolean that `on`, `yes`, `off` or `no` means where a key is on or off; else the value."""
    return _SWITCHES.get(value.lower(), value) if isinstance(value, str) else value
