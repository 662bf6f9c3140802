"""Passwords as argon2id, reckoned outside the event loop: a guess costs an attacker what it costs us, some 50 ms."""

from __future__ import annotations

import asyncio
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.profiles import RFC_9106_LOW_MEMORY

AT_ONCE: Final = 2  # each takes 64 MiB: who sends many guesses takes neither memory nor processors from callers


class Passwords:
    """Makes and checks hashes of passwords. `hasher`: what they cost; RFC 9106's for little memory if left out."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._nobody = ""

    async def hash(self, password: str) -> str:
        """Return what is kept of a password, with its own salt."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, password: str, stored: str | None) -> bool:
        """Return whether `password` is the one `stored` was made of. None takes as long: nobody has that name."""
        if stored is None and not self._nobody:
            self._nobody = await self.hash("of nobody")
        async with self._turns:
            right = await asyncio.to_thread(self._right, password, stored or self._nobody)
        return right and stored is not None

    def _right(self, password: str, stored: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (Argon2Error, InvalidHashError):
            return False
