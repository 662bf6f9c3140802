"""PINs that people dial: how they are kept and checked.

An agent's PIN is kept as scrypt(PIN, salt) so that a copy of `centre.toml` or of the database does not hand out
the PINs; it slows guessing down, it cannot make four digits strong, so log-in counts wrong tries as well.
The closure PIN is checked by Asterisk's dialplan alone (it must work with everything of ours dead), which knows
only SHA-1: it is long instead.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from callcenter.errors import ConfigError

SALT_BYTES: Final = 16
HASH_BYTES: Final = 32
MIN_DIGITS: Final = 4
MAX_DIGITS: Final = 12  # what the dialplan's Read() takes
MAX_MEMORY: Final = 2**26  # a stored hash asking for more is refused: verifying it would take the machine's memory
PIN: Final = re.compile(rf"[0-9]{{{MIN_DIGITS},{MAX_DIGITS}}}", re.ASCII)
STORED: Final = re.compile(r"scrypt\$\d{1,7}\$\d{1,2}\$\d{1,2}\$[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """scrypt's cost (RFC 7914). The default takes about 50 ms and 16 MiB: verify outside the event loop."""

    n: int = 2**14
    r: int = 8
    p: int = 1

    @property
    def memory(self) -> int:
        """Bytes scrypt needs, with the slack OpenSSL asks for."""
        return 128 * self.r * (self.n + self.p + 2) * 2


def check_pin(pin: str) -> None:
    """Raise ConfigError unless `pin` is 4 to 12 digits and not among the first that anybody tries."""
    if not PIN.fullmatch(pin):
        raise ConfigError(f"a PIN is {MIN_DIGITS} to {MAX_DIGITS} digits")
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if steps in ({0}, {1}, {9}):
        raise ConfigError("this PIN is one digit repeated or a plain run; take another")


def hash_pin(pin: str, salt: bytes, cost: Cost | None = None) -> str:
    """Return what is stored for `pin`: scrypt$n$r$p$salt$hash, the last two in base64.

    `salt` comes from the caller (`secrets.token_bytes(SALT_BYTES)`).

    >>> hash_pin("4271", bytes(16), Cost(n=16))
    'scrypt$16$8$1$AAAAAAAAAAAAAAAAAAAAAA==$0kZR19N9H8PkwTodW/pgrGp5bP9XMZTDbLUOlus24W8='
    """
    cost = cost or Cost()
    digest = _scrypt(pin, salt, cost)
    return "$".join(["scrypt", *map(str, (cost.n, cost.r, cost.p)), _b64(salt), _b64(digest)])


def verify_pin(pin: str, stored: str) -> bool:
    """True if `pin` is the one `stored` was made of; False as well for anything `stored` that is no hash."""
    if not is_pin_hash(stored):
        return False
    _, n, r, p, salt, digest = stored.split("$")
    cost = Cost(n=int(n), r=int(r), p=int(p))
    if cost.memory > MAX_MEMORY or cost.p > 4:
        return False
    try:
        return hmac.compare_digest(_scrypt(pin, base64.b64decode(salt, validate=True), cost), base64.b64decode(digest))
    except ValueError:  # no base64, or a cost that is no power of two
        return False


def is_pin_hash(stored: str) -> bool:
    """True if `stored` looks like what `hash_pin` returns.

    >>> is_pin_hash("4271")
    False
    """
    return STORED.fullmatch(stored) is not None


def closure_digest(pin: str) -> str:
    """SHA-1 of the closure PIN in lower-case hex, as Asterisk's SHA1() writes it.

    >>> closure_digest("12345678")
    '7c222fb2927d828af22f592134e8932480637c0d'
    """
    return hashlib.sha1(pin.encode(), usedforsecurity=False).hexdigest()


def _scrypt(pin: str, salt: bytes, cost: Cost) -> bytes:
    return hashlib.scrypt(
        pin.encode(), salt=salt, n=cost.n, r=cost.r, p=cost.p, dklen=HASH_BYTES, maxmem=max(cost.memory, 2**25)
    )


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
