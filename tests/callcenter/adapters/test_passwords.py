"""Passwords: the right one is right, nothing else is, and nobody is told which names there are by the time it takes."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher

from callcenter.adapters.passwords import AT_ONCE, Passwords

CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


async def test_only_the_right_password_is_right() -> None:
    passwords = Passwords(CHEAP)
    stored = await passwords.hash("correct horse")
    assert stored.startswith("$argon2id$")
    assert await passwords.verify("correct horse", stored)
    assert not await passwords.verify("correct horsf", stored)
    assert not await passwords.verify("", stored)


async def test_what_is_no_hash_is_nobodys_password() -> None:
    assert not await Passwords(CHEAP).verify("", "")
    assert not await Passwords(CHEAP).verify("x", "plain text")


async def test_the_same_password_is_kept_otherwise_each_time() -> None:
    passwords = Passwords(CHEAP)
    assert await passwords.hash("correct horse") != await passwords.hash("correct horse")


class Counting(PasswordHasher):
    """Counts what is verified."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=64, parallelism=1)
        self.verified = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
        self.verified += 1
        return bool(super().verify(hash, password))


async def test_a_name_nobody_has_costs_as_much() -> None:
    hasher = Counting()
    passwords = Passwords(hasher)
    assert not await passwords.verify("of nobody", None)
    assert hasher.verified == 1


async def test_many_at_once_take_turns() -> None:
    running, most = 0, 0

    class Slow(Passwords):
        def _right(self, password: str, stored: str) -> bool:
            nonlocal running, most
            running += 1
            most = max(most, running)
            right = super()._right(password, stored)
            running -= 1
            return right

    passwords = Slow(CHEAP)
    stored = await passwords.hash("word")
    assert all(await asyncio.gather(*(passwords.verify("word", stored) for _ in range(10))))
    assert most <= AT_ONCE
