"""Browsers' phones: told to be known once Asterisk finds them, swept away when their time is over."""

from datetime import UTC, datetime

import pytest

from acd.service import browsers
from acd.service.browsers import Browsers
from callcenter.errors import Unreachable
from callcenter.messages import Message, PhoneKnown, PhoneWanted

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
WANTED = PhoneWanted(phone="0a", password="ff", until=int(NOW.timestamp()) + 60)


class Book:
    """Asterisk's AstDB, which takes `looks` looks to show what was written; and a bus."""

    def __init__(self, looks: int = 0) -> None:
        self.looks = looks
        self.known: dict[str, tuple[str, int]] = {}
        self.told: list[Message] = []

    async def give_phone(self, phone: str, password: str, until: int) -> None:
        self.known[phone] = password, until

    async def knows_phone(self, phone: str, password: str) -> bool:
        self.looks -= 1
        return self.looks < 0 and self.known[phone][0] == password

    async def take_phone(self, phone: str) -> None:
        del self.known[phone]

    async def phones(self) -> dict[str, int]:
        return {phone: until for phone, (_, until) in self.known.items()}

    def publish(self, message: Message) -> None:
        self.told.append(message)


def made(book: Book) -> Browsers:
    return Browsers(book, book, lambda: NOW)


async def test_a_phone_is_told_to_be_known_once_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browsers, "LOOK_S", 0)
    book = Book(looks=3)
    await made(book).give(WANTED)
    assert book.told == [PhoneKnown(phone="0a")]
    assert book.looks == -1


async def test_a_phone_that_does_not_get_there_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browsers, "LOOK_S", 0)
    book = Book(looks=browsers.LOOKS)
    with pytest.raises(Unreachable, match="0a"):
        await made(book).give(WANTED)
    assert book.told == []


async def test_those_whose_time_is_over_are_swept_away() -> None:
    book = Book()
    book.known = {"0a": ("ff", WANTED.until), "0b": ("ff", int(NOW.timestamp())), "0c": ("ff", 0)}
    await made(book).sweep()
    assert sorted(book.known) == ["0a"]
    await made(book).take("0a")
    assert not book.known
