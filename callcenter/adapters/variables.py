"""Several variables of a channel in one step, by Asterisk's function ARRAY: over AGI and AMI each is a round trip."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPECIAL: Final = re.compile(r"""[,"'()\[\]\\]""")


def array(values: Mapping[str, object]) -> tuple[str, str]:
    """Return the function and its value that set `values`. Raise ValueError for what Asterisk would split.

    >>> array({"CC_AGENT": "7", "CC_AGENTCHAN": "PJSIP/1007-0000002a"})
    ('ARRAY(CC_AGENT,CC_AGENTCHAN)', '7,PJSIP/1007-0000002a')
    """
    for name, value in values.items():
        if not _NAME.fullmatch(name) or _SPECIAL.search(str(value)):
            raise ValueError(f"cannot be set together with others: {name}={str(value)!r}")
    return f"ARRAY({','.join(values)})", ",".join(map(str, values.values()))
