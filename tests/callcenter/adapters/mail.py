"""A real mail server on loopback, in the same loop, that takes or refuses as it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from .web import CERTIFICATE

USER, PASSWORD = "cc", "w0rd"


@dataclass(slots=True)
class MailServer:
    """What it took, and what it answers to recipients and data."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    senders: list[str | None] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    users: list[bytes] = field(default_factory=list)
    to_rcpt: str = "250 OK"
    to_data: list[str] = field(default_factory=list)  # for each letter, then "250 OK"
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if self.to_rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        message = message_from_bytes(content if isinstance(content, bytes) else b"", policy=default)
        self.letters.append(message)
        self.senders.append(envelope.mail_from)
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        self.came.set()
        return self.to_data.pop(0) if self.to_data else "250 OK"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        if good:
            self.users.append(data.login)
        return AuthResult(success=good, handled=good)


@contextlib.asynccontextmanager
async def mail_server(tls: str = "none", *, login: bool = False) -> AsyncIterator[MailServer]:
    """`tls`: none, starttls or tls, as in centre.toml; `login`: only who logs in may send."""
    seen = MailServer()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    options: dict[str, Any] = {"hostname": "mail.test"}
    if tls == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    if login:
        options |= {"authenticator": seen.authenticate, "auth_required": True, "auth_require_tls": tls == "starttls"}
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(seen, **options), "127.0.0.1", 0, ssl=context if tls == "tls" else None
    )
    seen.port = server.sockets[0].getsockname()[1]
    try:
        yield seen
    finally:
        server.close()
        await server.wait_closed()
