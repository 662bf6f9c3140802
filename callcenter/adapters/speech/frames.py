"""What the service and a recognition worker say to each other: a header in JSON and, with a request, sound.

4 bytes length of the header · 4 bytes length of the body, both big-endian · header · body
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any, Final

LENGTHS: Final = struct.Struct("!II")
FRAME_MAX: Final = 4 * 1024 * 1024  # a minute of sound is 1 MB


def pack(header: Mapping[str, Any], body: bytes = b"") -> bytes:
    raw = json.dumps(header, ensure_ascii=False).encode()
    return LENGTHS.pack(len(raw), len(body)) + raw + body


def lengths(data: bytes) -> tuple[int, int]:
    """Return the lengths of header and body; raise ValueError if they are nothing a worker of ours sends."""
    header, body = LENGTHS.unpack(data)
    if header + body > FRAME_MAX:
        raise ValueError(f"frame of {header + body} bytes")
    return header, body


def header(data: bytes) -> dict[str, Any]:
    """Return a header; raise ValueError if it is none."""
    found = json.loads(data)
    if not isinstance(found, dict):
        raise ValueError("a header is an object")
    return found
