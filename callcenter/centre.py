"""What `centre.toml` may say: the centre itself, SIP, trunks, numbers, agents, queues, emergency numbers.

Other systems have tables of their own in `callcenter.integrations`.

Pure: `parse` takes the document as a dict (tomllib's) and returns a frozen `Centre` or raises FaultsError with every
fault and how to mend it. Passwords are never in this file; `secrets.toml` keeps them. docs/configuration.md
explains each key to operators, and a test compares it with the models below.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_network
from itertools import chain
from typing import Any, Final, Self

from pydantic import Field, model_validator

from callcenter import fields as kinds
from callcenter import integrations
from callcenter.faults import Fault, FaultsError, entry_label, nearest, validate
from callcenter.numbers import emergency_numbers
from callcenter.records import LIVE, Agent, CentreRecords, Number, Queue, TrunkRecord
from callcenter.table import Table

SOURCE: Final = "centre.toml"
LEGS_PER_PORT_PAIR: Final = 2  # RTP and RTCP


class TrunkKind(StrEnum):
    REGISTER = "register"  # we log in at the carrier with user name and password
    IP = "ip"  # the carrier knows us by our address and we it by its


class Identity(Table):
    """[centre]: who we are and where."""

    region: kinds.Region
    name: kinds.Title = "Call centre"
    language: kinds.Language = "en"
    time_zone: kinds.TimeZone = "UTC"


class Sip(Table):
    """[sip]: addresses and ports of SIP and RTP. `rtp_timeout_s` 0 never ends a silent call."""

    bind: kinds.Address = "0.0.0.0"
    port: kinds.Port = 5060
    external_address: kinds.Host | None = None
    local_nets: tuple[kinds.Network, ...] = ()
    phone_nets: tuple[kinds.Network, ...] = ()
    rtp_first: kinds.Port = 16384
    rtp_last: kinds.Port = 32767
    rtp_timeout_s: int = Field(default=30, ge=0, le=3600)
    max_calls: int = Field(default=500, ge=1, le=10_000)
    tls_port: kinds.Port | None = None
    tls_certificate: kinds.FilePath | None = None
    tls_key: kinds.FilePath | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.rtp_first % 2 or self.rtp_last - self.rtp_first < LEGS_PER_PORT_PAIR * 2 - 1:
            raise ValueError("rtp_first must be even and rtp_last at least three more")
        if self.rtp_first <= self.port <= self.rtp_last:
            raise ValueError(f"port {self.port} lies within the RTP range {self.rtp_first}-{self.rtp_last}")
        tls = (self.tls_port, self.tls_certificate, self.tls_key)
        if any(value is not None for value in tls) and None in tls:
            raise ValueError("TLS needs all of tls_port, tls_certificate and tls_key")
        if self.external_address is not None and not self.local_nets:
            raise ValueError('external_address needs local_nets (e.g. ["10.0.0.0/8"]): which peers are not behind NAT')
        return self


class Trunk(Table):
    """[[trunk]]: a line to the telephone network.

    `channels` is the carrier's limit on calls at a time, both directions, `calls_per_second` on calls we place;
    `secret` names the password in secrets.toml (default: the trunk's name); `match` is where its calls come from;
    `qualify_s` is how often OPTIONS asks whether it is alive (0: never, for carriers that do not answer OPTIONS).
    """

    name: kinds.Name
    kind: TrunkKind
    host: kinds.Host
    port: kinds.Port = 5060
    username: kinds.Username | None = None
    secret: kinds.Name | None = None
    match: tuple[kinds.Peer, ...] = ()
    qualify_s: int = Field(default=60, ge=0, le=3600)
    channels: int = Field(default=30, ge=1, le=10_000)
    calls_per_second: float = Field(default=5.0, gt=0, le=1_000)
    caller_id: kinds.E164 | None = None
    emergency: bool = False

    @property
    def peers(self) -> tuple[str, ...]:
        """Addresses and hosts whose calls are this trunk's."""
        return self.match or (self.host,)

    @property
    def secret_name(self) -> str:
        return self.secret or self.name

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.kind is TrunkKind.REGISTER and self.username is None:
            raise ValueError('kind "register" needs username')
        if self.kind is TrunkKind.IP and self.secret is not None:
            raise ValueError('kind "ip" has no password: remove secret, or use kind "register"')
        if self.emergency and self.caller_id is None:
            raise ValueError("emergency = true needs caller_id: the number an emergency service calls back")
        return self


class NumberEntry(Table):
    """[[number]]: a number people dial, the flow they enter, the queue they wait in when our services are down.

    `alias`: which version of the flow: what is live, what is tried on staging, or a name of the operator's own.
    """

    did: kinds.E164
    flow: kinds.Name
    alias: kinds.Name = LIVE
    fallback_queue: kinds.Name


class AgentEntry(Table):
    """[[agent]]: a person who takes calls. `skills` maps a skill to its level, 1 to 10."""

    id: kinds.AgentId
    name: kinds.Title
    phone: kinds.Phone
    queues: tuple[kinds.Name, ...] = ()
    skills: Mapping[kinds.Name, kinds.Level] = Field(default_factory=dict)
    pin_hash: kinds.PinHash | None = Field(default=None, repr=False)


class QueueEntry(Table):
    """[[queue]]: callers who wait for the same kind of agent. `key` chooses it while our services are down."""

    name: kinds.Name
    title: kinds.Title | None = None
    key: kinds.Key | None = None
    wrap_up_s: int = Field(default=15, ge=0, le=3600)
    max_wait_s: int = Field(default=900, ge=1, le=86_400)
    service_level_s: int = Field(default=20, ge=1, le=3600)


class Destination(Table):
    """[[destination]]: where a flow may send a caller to, and over which trunk. No flow dials anything else."""

    name: kinds.Name
    number: kinds.E164
    trunk: kinds.Name


class Emergency(Table):
    """[emergency]: numbers instead of those libphonenumber knows for the region."""

    numbers: tuple[kinds.ShortNumber, ...] = ()


class Centre(Table):
    """A whole `centre.toml`, consistent in itself."""

    identity: Identity = Field(alias="centre")
    sip: Sip = Field(alias="sip", default_factory=Sip)
    trunks: tuple[Trunk, ...] = Field(alias="trunk", default=())
    numbers: tuple[NumberEntry, ...] = Field(alias="number", default=())
    agents: tuple[AgentEntry, ...] = Field(alias="agent", default=())
    queues: tuple[QueueEntry, ...] = Field(alias="queue", default=())
    destinations: tuple[Destination, ...] = Field(alias="destination", default=())
    emergency: Emergency = Field(alias="emergency", default_factory=Emergency)
    http: integrations.Http = Field(alias="http", default_factory=integrations.Http)
    payment: integrations.PaymentTable = Field(alias="payment", default_factory=integrations.PaymentTable)
    mail: integrations.Mail | None = Field(alias="mail", default=None)
    mailboxes: tuple[integrations.Mailbox, ...] = Field(alias="mailbox", default=())

    @property
    def emergency_numbers(self) -> tuple[str, ...]:
        """Numbers that go to an emergency trunk at once and that nothing of ours ever dials."""
        return self.emergency.numbers or emergency_numbers(self.identity.region)

    @property
    def emergency_trunks(self) -> tuple[Trunk, ...]:
        """In the order they are tried: that of the file."""
        return tuple(trunk for trunk in self.trunks if trunk.emergency)

    def records(self) -> CentreRecords:
        """What the store takes over."""
        return CentreRecords(
            agents=[
                Agent(id=a.id, name=a.name, phone=a.phone, pin_hash=a.pin_hash or "", queues=a.queues, skills=a.skills)
                for a in self.agents
            ],
            queues=[
                Queue(
                    name=q.name,
                    title=q.title or q.name,
                    wrap_up=timedelta(seconds=q.wrap_up_s),
                    max_wait=timedelta(seconds=q.max_wait_s),
                    service_level=timedelta(seconds=q.service_level_s),
                )
                for q in self.queues
            ],
            trunks=[
                TrunkRecord(
                    name=t.name,
                    channels=t.channels,
                    calls_per_second=t.calls_per_second,
                    caller_id=t.caller_id or "",
                )
                for t in self.trunks
            ],
            numbers=[
                Number(did=n.did, flow=n.flow, fallback_queue=n.fallback_queue, alias=n.alias) for n in self.numbers
            ],
        )

    def users_of_queue(self, queue: str) -> tuple[str, ...]:
        """Who refers to `queue`: it cannot be removed before them."""
        return (
            *(f"number {n.did}" for n in self.numbers if n.fallback_queue == queue),
            *(f"agent {a.id} ({a.name})" for a in self.agents if queue in a.queues),
        )

    def warnings(self) -> tuple[str, ...]:
        """What is allowed but hardly meant, one line each."""
        return (*self.emergency_warnings(), *_people_warnings(self), *integrations.warnings(self))

    def emergency_warnings(self) -> tuple[str, ...]:
        """Why agents' phones cannot reach emergency services, if so."""
        return tuple(_emergency_warnings(self))


def parse(document: Mapping[str, Any], flows: Collection[str] | None = None, source: str = SOURCE) -> Centre:
    """Return the centre `document` describes.

    `flows` are the flows that exist (None: not known here, so numbers' flows are not checked). Raise FaultsError.
    """
    identity = document.get("centre")
    region = identity.get("region") if isinstance(identity, Mapping) else None
    centre = validate(Centre, document, source, {"region": region if isinstance(region, str) else ""})
    faults = tuple(chain(_doubles(centre), _dangling(centre, flows), _clashes(centre), integrations.faults(centre)))
    if faults:
        raise FaultsError(source, faults)
    return centre


def _doubles(centre: Centre) -> Iterator[Fault]:
    """Values that must be there once only."""
    columns: Sequence[tuple[str, str, Sequence[Table]]] = (
        ("trunk", "name", centre.trunks),
        ("number", "did", centre.numbers),
        ("agent", "id", centre.agents),
        ("agent", "phone", centre.agents),
        ("queue", "name", centre.queues),
        ("queue", "key", centre.queues),
        ("destination", "name", centre.destinations),
        ("mailbox", "name", centre.mailboxes),
    )
    for table, key, entries in columns:
        seen: dict[str, str] = {}
        for index, entry in enumerate(entries):
            value = getattr(entry, key)
            label = entry_label(table, entry.model_dump(), index)
            if value is not None and value in seen:
                other = "an entry above" if seen[value] == label else seen[value]
                yield Fault(table=label, key=key, text=f"{value!r} is already used by {other}")
            seen.setdefault(value, label)


def _dangling(centre: Centre, flows: Collection[str] | None) -> Iterator[Fault]:
    """References to what does not exist."""
    queues = [queue.name for queue in centre.queues]
    for number in centre.numbers:
        table = f"[[number]] {number.did}"
        if number.fallback_queue not in queues:
            yield _unknown(table, "fallback_queue", "queue", number.fallback_queue, queues)
        if flows is not None and number.flow not in flows:
            yield _unknown(table, "flow", "flow", number.flow, flows)
    for agent in centre.agents:
        for queue in agent.queues:
            if queue not in queues:
                yield _unknown(f"[[agent]] {agent.id}", "queues", "queue", queue, queues)
    trunks = [trunk.name for trunk in centre.trunks]
    for destination in centre.destinations:
        if destination.trunk not in trunks:
            yield _unknown(f"[[destination]] {destination.name}", "trunk", "trunk", destination.trunk, trunks)


def _unknown(table: str, key: str, what: str, value: str, known: Collection[str]) -> Fault:
    return Fault(table=table, key=key, text=f'there is no {what} "{value}"' + nearest(value, known))


def _clashes(centre: Centre) -> Iterator[Fault]:
    """Values that are fine alone and not together."""
    seen: list[tuple[str, str]] = []
    for trunk in centre.trunks:
        for peer in trunk.peers:
            for other, taken in seen:
                if other != trunk.name and _overlap(peer, taken):
                    also = "" if peer == taken else f" ({taken})"
                    text = f'calls from {peer} would belong to trunk "{other}" as well{also}'
                    yield Fault(table=f"[[trunk]] {trunk.name}", key="match", text=text)
        seen += [(trunk.name, peer) for peer in trunk.peers]
    for agent in centre.agents:
        if agent.phone in centre.emergency_numbers:
            yield Fault(table=f"[[agent]] {agent.id}", key="phone", text=f"{agent.phone} is an emergency number")


def _overlap(one: str, other: str) -> bool:
    """True if two peers share an address; host names are compared as names."""
    try:
        return ip_network(one).overlaps(ip_network(other))
    except (ValueError, TypeError):  # a host name, or IPv4 against IPv6
        return one == other


def _emergency_warnings(centre: Centre) -> Iterator[str]:
    if not centre.emergency_numbers:
        yield f"no emergency number is known for {centre.identity.region}: set numbers in [emergency]"
    if not centre.emergency_trunks:
        yield "no trunk has emergency = true: agents' phones cannot reach emergency services"


def _people_warnings(centre: Centre) -> Iterator[str]:
    if not centre.numbers:
        yield "no number leads here: add one with `callcenter number add`"
    elif not centre.trunks:
        yield "no trunk: only phones of this centre can call its numbers"
    for queue in centre.queues:
        if not any(queue.name in agent.queues for agent in centre.agents):
            yield f'queue "{queue.name}" has no agent'
    for agent in centre.agents:
        if agent.pin_hash is None:
            yield f"agent {agent.id} has no PIN and cannot log in: `callcenter agent pin {agent.id}`"
        if not agent.queues:
            yield f"agent {agent.id} serves no queue"
