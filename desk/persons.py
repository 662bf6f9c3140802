"""What is said of a person, and the tag of it: two people who change it see each other. Pure."""

from __future__ import annotations

import hashlib
from typing import Final

from callcenter.records import Person

TAG: Final = r"[0-9a-f]{16}"
TAG_LENGTH: Final = 16


def person_tag(person: Person) -> str:
    """Return the tag of what people said of a person; a call of theirs leaves it as it is."""
    said = repr((person.number, person.name, person.language, person.vip, person.note))
    return hashlib.sha256(said.encode()).hexdigest()[:TAG_LENGTH]


def is_entered(person: Person) -> bool:
    """Return whether anybody has said who this is; the language may come from their calls."""
    return bool(person.name or person.vip or person.note)
