"""The part of `centre.toml` about other systems: HTTP, payments, mail, and mailboxes that tell of voicemails. Pure.

`faults` finds what is wrong between these tables; `callcenter.centre` asks it. Passwords and keys are named here and
kept in secrets.toml (`callcenter secret set`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Final, Protocol, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from callcenter import fields as kinds
from callcenter.allowlist import Allowed, AllowList, forbidden, literal, read_prefix, read_url
from callcenter.faults import Fault, nearest
from callcenter.outgoing import NotAllowed
from callcenter.table import Table

# Enough of RFC 5321 for mailboxes people have; no comment, no quoting, nothing that could begin another header.
EMAIL: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?=.{1,253}\Z)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
HEADER_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}", re.ASCII)
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


def check_prefix(text: str) -> str:
    """A URL to list, in its one spelling."""
    return str(read_prefix(text))


def check_url(text: str) -> str:
    """A whole URL, in its one spelling."""
    return str(read_url(text))


def check_email(text: str) -> str:
    if not EMAIL.fullmatch(text) or ".." in text:
        raise ValueError(f'{text!r} is no mail address: use e.g. "sales@example.com"')
    return text


def check_header(text: str) -> str:
    if not HEADER_NAME.fullmatch(text):
        raise ValueError(f'{text!r} is no name of an HTTP header: use e.g. "Authorization"')
    return text


def check_provider(text: str) -> str:
    if text not in PROVIDERS:
        raise ValueError(f'there is no payment provider "{text}"' + nearest(text, PROVIDERS))
    return text


def as_entry(value: Any) -> Any:
    """An entry of the allow-list may be written as its URL alone."""
    return {"url": value} if isinstance(value, str) else value


NO_PROVIDER: Final = "none"
PROVIDERS: Final = (NO_PROVIDER, "sandbox")  # callcenter.adapters.payments has them; a test compares

Prefix = Annotated[str, AfterValidator(check_prefix)]
WebAddress = Annotated[str, AfterValidator(check_url)]
Email = Annotated[str, AfterValidator(check_email)]
HeaderName = Annotated[str, AfterValidator(check_header)]


class AllowEntry(Table):
    """An entry of `allow`: a URL, and what goes with requests below it. `headers`: HTTP header → name of a secret."""

    url: Prefix
    allow_private: bool = False
    headers: Mapping[HeaderName, kinds.Name] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check(self) -> Self:
        address = literal(read_prefix(self.url))
        why = "" if address is None else forbidden(str(address), private=self.allow_private)
        if why:
            mend = ": add allow_private = true" if not forbidden(str(address), private=True) else ""
            raise ValueError(f"{why.partition(',')[0]}{mend}")
        return self


class Http(Table):
    """[http]: where flows and webhooks may go. Nowhere, if nothing is listed."""

    allow: tuple[Annotated[AllowEntry, BeforeValidator(as_entry)], ...] = ()

    def allow_list(self) -> AllowList:
        return AllowList(*(Allowed(url=e.url, private=e.allow_private, headers=e.headers) for e in self.allow))


class PaymentTable(Table):
    """[payment]: who takes callers' money."""

    provider: Annotated[str, AfterValidator(check_provider)] = NO_PROVIDER


class MailTls(StrEnum):
    STARTTLS = "starttls"
    TLS = "tls"  # from the first byte
    NONE = "none"


PORTS: Final[Mapping[MailTls, int]] = {MailTls.STARTTLS: 587, MailTls.TLS: 465, MailTls.NONE: 25}


class Mail(Table):
    """[mail]: the server that takes our mail. `secret` names the password (default: "mail")."""

    host: kinds.Host
    sender: Email
    tls: MailTls = MailTls.STARTTLS
    port: kinds.Port | None = None
    username: kinds.Username | Email | None = None
    secret: kinds.Name = "mail"
    ca_file: kinds.FilePath | None = None

    @property
    def smtp_port(self) -> int:
        return self.port or PORTS[self.tls]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.tls is MailTls.NONE and self.username is not None and self.host not in LOOPBACK:
            raise ValueError('the password would cross the network in clear: use tls = "starttls" or "tls"')
        if self.tls is MailTls.NONE and self.ca_file is not None:
            raise ValueError('ca_file without TLS: remove it, or use tls = "starttls" or "tls"')
        return self


class Mailbox(Table):
    """[[mailbox]]: where callers leave messages, and who is told. `secret` names the key webhooks are signed with."""

    name: kinds.Name
    title: kinds.Title | None = None
    email: Email | None = None
    webhook: WebAddress | None = None
    attach: bool = False
    secret: kinds.Name | None = None

    @property
    def secret_name(self) -> str:
        return self.secret or self.name

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.attach and self.email is None:
            raise ValueError("attach = true needs email: the recording goes with the mail")
        if self.secret is not None and self.webhook is None:
            raise ValueError("secret needs webhook: it is what webhooks are signed with")
        return self


class Integrations(Protocol):
    """The tables of a centre that are about other systems."""

    @property
    def http(self) -> Http: ...

    @property
    def payment(self) -> PaymentTable: ...

    @property
    def mail(self) -> Mail | None: ...

    @property
    def mailboxes(self) -> Sequence[Mailbox]: ...


def faults(tables: Integrations) -> Iterator[Fault]:
    """What is wrong between tables that are fine alone."""
    allow = tables.http.allow_list()
    for box in tables.mailboxes:
        table = f"[[mailbox]] {box.name}"
        if box.email is not None and tables.mail is None:
            yield Fault(table=table, key="email", text="needs a mail server: add [mail] with host and sender")
        if box.webhook is not None:
            try:
                allow.find(box.webhook)
            except NotAllowed:
                text = f"{box.webhook} is not on the allow-list: add it to allow of [http]"
                yield Fault(table=table, key="webhook", text=text)


def warnings(tables: Integrations) -> Iterator[str]:
    """What is allowed but hardly meant."""
    for entry in tables.http.allow:
        if entry.url.startswith("http://") and entry.headers and not entry.allow_private:
            yield f"[http] allow {entry.url}: its secret headers cross the network in clear; use https"
    for box in tables.mailboxes:
        if box.email is None and box.webhook is None:
            yield f'mailbox "{box.name}" tells nobody of its messages: set email or webhook'


def secrets_wanted(tables: Integrations) -> dict[str, str]:
    """Names of secrets that are needed → what for."""
    wanted = {name: f"[http] allow {e.url}" for e in tables.http.allow for name in e.headers.values()}
    wanted |= {box.secret_name: f"[[mailbox]] {box.name}" for box in tables.mailboxes if box.webhook is not None}
    if tables.mail is not None and tables.mail.username is not None:
        wanted[tables.mail.secret] = "[mail]"
    return wanted


def webhook_keys(tables: Integrations, secrets: Mapping[str, str]) -> dict[str, str]:
    """What webhooks are signed with, by mailbox; without those whose secret is not set."""
    boxes = (box for box in tables.mailboxes if box.webhook is not None)
    return {box.name: secrets[box.secret_name] for box in boxes if box.secret_name in secrets}
