"""Changes of centre.toml as values: what the desk asks the installation to write, and how it names it.

The file is the truth. Its tag is a hash of it, so that two people who edit it, at the desk or by hand, see each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from callcenter.centre import AgentEntry, Centre, Destination, Emergency, Identity, NumberEntry, QueueEntry, Sip, Trunk
from callcenter.errors import NotFound
from callcenter.integrations import Http, Mail, Mailbox, PaymentTable
from callcenter.records import CentreRecords
from callcenter.table import Table
from desk.failures import Refused

TAG_LENGTH: Final = 16
TAG: Final = r"[0-9a-f]{16}"

TABLES: Final[Mapping[str, type[Table]]] = {
    "agent": AgentEntry,
    "centre": Identity,
    "destination": Destination,
    "emergency": Emergency,
    "http": Http,
    "mail": Mail,
    "mailbox": Mailbox,
    "number": NumberEntry,
    "payment": PaymentTable,
    "queue": QueueEntry,
    "sip": Sip,
    "trunk": Trunk,
}
KEYS: Final[Mapping[str, str]] = {"agent": "id", "number": "did"}  # by which entries are known; the others by name


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A new entry of [[table]]."""

    table: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Keys of the entry `name` of [[table]] get these values; those that are not here stay."""

    table: str
    name: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """The entry `name` of [[table]] goes."""

    table: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSet:
    """Keys of the table [table] get these values; None: the whole table goes."""

    table: str
    values: Mapping[str, Any] | None


Change = Added | Changed | Removed | TableSet


@dataclass(frozen=True, slots=True, kw_only=True)
class CentreFile:
    """What centre.toml says, and the tag of its text."""

    tag: str
    centre: Centre


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneLogin:
    """How an agent's phone registers."""

    user: str
    password: str = field(repr=False)
    server: str
    port: int
    tls_port: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSecrets:
    """Names of what is kept: passwords of trunks, and of other systems."""

    trunks: frozenset[str]
    services: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that is not yet as centre.toml says. `change`: added, removed or changed."""

    table: str
    name: str
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What is not yet as centre.toml says.

    `entries`: what the services do not know; `files`: of Asterisk's configuration, None if they are not to be seen from
    here; `restart`: tables that services take over only when they start again; `blocked`: why nothing can be applied.
    """

    entries: Sequence[Difference] = ()
    files: Sequence[str] | None = None
    restart: Sequence[str] = ()
    warnings: Sequence[str] = ()
    blocked: str = ""

    @property
    def is_anything(self) -> bool:
        """Whether there is something to apply."""
        return bool(self.entries or self.files)


def tag_of(text: str) -> str:
    """Return the tag of centre.toml's text.

    >>> tag_of("")
    'e3b0c44298fc1c14'
    """
    return hashlib.sha256(text.encode()).hexdigest()[:TAG_LENGTH]


def stale() -> Refused:
    """The refusal of a change whose sender has not seen what the file says now."""
    text = "somebody else changed the centre meanwhile: look at what it says now, then save again"
    return Refused(412, "conflict", text)


def key_of(table: str) -> str:
    """Return the key by which entries of [[table]] are known."""
    return KEYS.get(table, "name")


def due(table: str, current: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of `values` that the file must say: not what it says, nor what is so without its saying.

    >>> due("queue", {"name": "a", "wrap_up_s": 15}, {"wrap_up_s": 15, "max_wait_s": 900, "title": "A"})
    {'title': 'A'}
    """
    fields = TABLES[table].model_fields
    found = {}
    for key, value in values.items():
        default = fields[key].get_default(call_default_factory=True, validated_data={})
        now = current.get(key, default)
        if _plain(now) != _plain(value):
            found[key] = value
    return found


def _plain(value: Any) -> Any:
    """`value` in one spelling; nothing, "" and empty lists are the same."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value] or None
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()} or None
    return None if value == "" else value


def differences(wanted: CentreRecords, taken_over: CentreRecords) -> list[Difference]:
    """Return what the services do not know yet of the centre as it is `wanted`."""
    return [
        *_between("agent", {a.id: a for a in wanted.agents}, {a.id: a for a in taken_over.agents}),
        *_between("queue", {q.name: q for q in wanted.queues}, {q.name: q for q in taken_over.queues}),
        *_between("number", {n.did: n for n in wanted.numbers}, {n.did: n for n in taken_over.numbers}),
        *_between("trunk", {t.name: t for t in wanted.trunks}, {t.name: t for t in taken_over.trunks}),
    ]


def _between(table: str, wanted: Mapping[str, Any], known: Mapping[str, Any]) -> list[Difference]:
    changes = {name: "added" for name in wanted if name not in known}
    changes |= {name: "removed" for name in known if name not in wanted}
    changes |= {name: "changed" for name in wanted if name in known and wanted[name] != known[name]}
    return [Difference(table=table, name=name, change=changes[name]) for name in sorted(changes)]


def entry(entries: Sequence[Any], table: str, name: str) -> Any:
    """Return the entry of that name; raise NotFound."""
    key = key_of(table)
    found = next((one for one in entries if getattr(one, key) == name), None)
    if found is None:
        raise NotFound(f'there is no {table} "{name}"')
    return found
