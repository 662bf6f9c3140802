"""What `callcenter …` sets up: the tables of centre.toml, as the desk shows and takes them.

These models say what a form needs; whether a value will do is said by `callcenter.centre`, which reads the whole file.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from callcenter.centre import TrunkKind
from callcenter.integrations import MailTls
from callcenter.records import LIVE
from desk.models.common import Answer, Request
from desk.models.telephony import Host, Port, ShortNumber, SipSet, SipShown


def names(what: str) -> dict[str, Any]:
    """What a form is told of a text that names something."""
    return {"x-names": what}


Named = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=32)]
Text = Annotated[str, StringConstraints(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]
SomeText = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]
Number = Annotated[str, StringConstraints(min_length=3, max_length=40, pattern=r"^[0-9+() ./-]+$")]
Digits = Annotated[str, StringConstraints(min_length=1, max_length=10, pattern=r"^[0-9]+$")]
Peer = Annotated[str, StringConstraints(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9._:/-]+$")]
Word = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Level = Annotated[int, Field(ge=1, le=10)]
QueueName = Annotated[Named, Field(json_schema_extra=names("queue"))]


class Name(Request):
    name: Named = Field(title="Name", description="Small letters, digits and hyphens. Flows and lists call it so.")


class QueueChange(Request):
    title: Text | None = Field(None, title="Title", description="What people call it.")
    key: Annotated[str, StringConstraints(pattern=r"^[0-9]$")] | None = Field(
        None, title="Key", description="Chooses this queue while our services are down."
    )
    wrap_up_s: int = Field(15, ge=0, le=3600, title="Wrap-up in seconds", description="What an agent has after a call.")
    max_wait_s: int = Field(900, ge=1, le=86_400, title="Longest wait in seconds")
    service_level_s: int = Field(
        20, ge=1, le=3600, title="Service level in seconds", description="An answer within it counts as in time."
    )


class NewQueue(QueueChange, Name):
    """A queue: callers who wait for the same kind of agent."""


class QueueShown(Answer):
    """`used_by`: who refers to it; it cannot be removed before them. `agents`: ids of those who serve it."""

    name: str
    title: str | None = None
    key: str | None = None
    wrap_up_s: int
    max_wait_s: int
    service_level_s: int
    used_by: list[str] = Field(default_factory=list)
    agents: list[str] = Field(default_factory=list)


class NumberChange(Request):
    flow: Named = Field(title="Flow", description="What its callers enter.", json_schema_extra=names("flow"))
    alias: Named = Field(LIVE, title="Version of the flow", description="live, staging, or an alias of your own.")
    fallback_queue: QueueName = Field(
        title="Fallback queue", description="Where callers wait while our services are down."
    )


class Did(Request):
    did: Number = Field(title="Number", description="As +12025550100, or as dialled at home.")


class NewNumber(NumberChange, Did):
    """A number that people dial."""


class NumberShown(Answer):
    did: str
    flow: str
    alias: str
    fallback_queue: str


class AgentChange(Request):
    name: SomeText = Field(title="Name", description="What people call this agent.")
    phone: Digits = Field(title="Phone", description="SIP user of the phone, digits.")
    queues: list[QueueName] = Field([], max_length=200, title="Queues")
    skills: dict[Named, Level] = Field({}, max_length=200, title="Skills", description="1: some; 10: nobody better.")


class AgentId(Request):
    id: Digits = Field(title="Id", description="Digits, as the agent dials them to log in.")


class NewAgent(AgentChange, AgentId):
    """A person who takes calls. `pin` left out: one is made."""

    pin: Annotated[str, StringConstraints(pattern=r"^[0-9]{4,12}$")] | None = Field(
        None, title="PIN", description="4 to 12 digits; one is made if you leave it out."
    )


class AgentShown(Answer):
    """`pin`: whether there is one; without it nobody can log in."""

    id: str
    name: str
    phone: str
    queues: list[str]
    skills: dict[str, int]
    pin: bool


class PhoneShown(Answer):
    """How a phone registers. The password is shown this once."""

    user: str
    password: str
    server: str
    port: int
    tls_port: int | None = None


class MadeAgent(Answer):
    """PIN and phone password to hand over, shown this once."""

    agent: AgentShown
    pin: str
    phone: PhoneShown


class NewPin(Request):
    """`pin` left out: one is made."""

    pin: Annotated[str, StringConstraints(pattern=r"^[0-9]{4,12}$")] | None = None


class MadePin(Answer):
    """A PIN to hand over, shown this once."""

    pin: str


class TrunkChange(Request):
    kind: TrunkKind = Field(title="Kind", description="register: we log in at the carrier; ip: it knows our address.")
    host: Host = Field(title="Host", description="Address or name of the carrier's server.")
    port: Port = Field(5060, title="Port")
    username: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        None, title="User name", description="At the carrier; for kind register."
    )
    match: list[Peer] = Field(
        [], max_length=200, title="Addresses", description="Where its calls come from, if not from the host."
    )
    caller_id: Number | None = Field(
        None, title="Caller id", description="Number shown on calls we place without one of their own."
    )
    channels: int = Field(30, ge=1, le=10_000, title="Channels", description="Calls at a time the carrier allows us.")
    calls_per_second: float = Field(5.0, gt=0, le=1_000, title="Calls per second", description="New calls we place.")
    qualify_s: int = Field(
        60, ge=0, le=3600, title="Asked every … seconds", description="Whether it is alive; 0: it answers no OPTIONS."
    )
    emergency: bool = Field(False, title="Carries emergency calls")


class NewTrunk(TrunkChange, Name):
    """A line to the telephone network. `password`: at the carrier, kept and never shown."""

    password: Word | None = Field(
        None,
        title="Password",
        description="At the carrier; for kind register.",
        json_schema_extra={"format": "password"},
    )


class TrunkShown(Answer):
    """`has_password`: whether one is kept; what it is nobody is told."""

    name: str
    kind: TrunkKind
    host: str
    port: int
    username: str | None = None
    match: list[str] = Field(default_factory=list)
    caller_id: str | None = None
    channels: int
    calls_per_second: float
    qualify_s: int
    emergency: bool
    has_password: bool = False


class NewWord(Request):
    """A password or key; kept and never shown."""

    password: Word


class DestinationChange(Request):
    number: Number = Field(title="Number", description="What is dialled.")
    trunk: Named = Field(title="Trunk", description="Over which line.", json_schema_extra=names("trunk"))


class NewDestination(DestinationChange, Name):
    """Where flows may send callers to."""


class DestinationShown(Answer):
    name: str
    number: str
    trunk: str


class MailboxChange(Request):
    title: Text | None = Field(None, title="Title", description="What people call it.")
    email: Annotated[str, StringConstraints(max_length=320)] | None = Field(
        None, title="Mail to", description="Who is told of a message. Needs a mail server."
    )
    attach: bool = Field(False, title="Send the recording along")
    webhook: Annotated[str, StringConstraints(max_length=2_000)] | None = Field(
        None, title="Webhook", description="A URL below one that is allowed; told of each message."
    )
    secret: Named | None = Field(
        None, title="Secret", description="Name of the key webhooks are signed with; its own name if left out."
    )


class NewMailbox(MailboxChange, Name):
    """Where callers leave messages."""


class MailboxShown(Answer):
    name: str
    title: str | None = None
    email: str | None = None
    attach: bool = False
    webhook: str | None = None
    secret: str | None = None


class IdentitySet(Request):
    name: SomeText = Field("Call centre", title="Name")
    region: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = Field(
        title="Country", description="In which numbers without + are read, such as US."
    )
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(_[A-Z]{2})?$")] = Field(
        "en",
        title="Language",
        description="Of prompts, where no flow says otherwise.",
        json_schema_extra=names("language"),
    )
    time_zone: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(
        "UTC", title="Time zone", description="Such as America/New_York."
    )


class AllowSet(Request):
    """A URL that flows and webhooks may go to, and all below it. `headers`: HTTP header → name of a secret."""

    url: Annotated[str, StringConstraints(min_length=1, max_length=2_000)] = Field(title="URL")
    allow_private: bool = Field(False, title="May be in our own network")
    headers: dict[str, Named] = Field(
        {}, max_length=20, title="Headers", description="HTTP header, and the name of the secret that is sent in it."
    )


class MailSet(Request):
    host: Host = Field(title="Server")
    sender: Annotated[str, StringConstraints(min_length=3, max_length=320)] = Field(title="Sender")
    tls: MailTls = Field(MailTls.STARTTLS, title="Encryption")
    port: Port | None = Field(None, title="Port", description="The usual one for the encryption if left out.")
    username: Annotated[str, StringConstraints(max_length=320)] | None = Field(None, title="User name")
    secret: Named = Field("mail", title="Secret", description="Name of the password.")
    ca_file: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        None, title="Certificate file", description="Of who signed the server's certificate, if nobody usual."
    )


class CentreSet(Request):
    """The centre itself. `mail` null: no mail is sent; `sip`, `emergency` null or left out: they stay as they are."""

    identity: IdentitySet = Field(title="Centre")
    allow: list[AllowSet] = Field(
        [], max_length=200, title="Allowed URLs", description="Where flows and webhooks may go. Nowhere else."
    )
    payment: Named = Field("none", title="Payment provider", description="none or sandbox.")
    mail: MailSet | None = Field(None, title="Mail server")
    sip: SipSet | None = Field(None, title="SIP and sound")
    emergency: Annotated[list[ShortNumber], Field(max_length=20)] | None = Field(
        None, title="Emergency numbers", description="Instead of the country's; none: those."
    )


class IdentityShown(Answer):
    name: str
    region: str
    language: str
    time_zone: str


class AllowShown(Answer):
    url: str
    allow_private: bool = False
    headers: dict[str, str] = Field(default_factory=dict)


class MailShown(Answer):
    host: str
    sender: str
    tls: MailTls
    port: int | None = None
    username: str | None = None
    secret: str
    ca_file: str | None = None


class CentreShown(Answer):
    """`emergency`: numbers set here, `emergency_numbers`: those that hold; `warnings`: allowed but hardly meant."""

    identity: IdentityShown
    allow: list[AllowShown]
    payment: str
    mail: MailShown | None = None
    sip: SipShown
    emergency: list[str]
    emergency_numbers: list[str]
    warnings: list[str]


class SecretShown(Answer):
    """A password or key of another system, by name. `needed_by`: what refers to it."""

    name: str
    is_set: bool
    needed_by: str = ""


class DifferenceShown(Answer):
    table: str
    name: str
    change: str


class PendingShown(Answer):
    """What is not yet as centre.toml says; see `POST /setup/apply`.

    `files`: of Asterisk's configuration, null if they are not to be seen from here; `restart`: tables that services
    take over only when they start again; `blocked`: why nothing can be applied.
    """

    is_anything: bool
    entries: list[DifferenceShown]
    files: list[str] | None = None
    restart: list[str]
    warnings: list[str]
    blocked: str = ""


class Applied(Answer):
    """What was done, for people."""

    text: str
