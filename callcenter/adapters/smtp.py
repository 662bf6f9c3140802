"""Sends notices by mail, with a recording if the notice says so."""

from __future__ import annotations

import asyncio
import hashlib
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Final

import aiosmtplib

from callcenter.care import Notice
from callcenter.errors import CallCenterError
from callcenter.integrations import Mail, MailTls
from callcenter.notices import NotDelivered

# What servers take at least, once it is base64 (4/3): about 10 minutes of 8 kHz, 16 bit.
MAX_ATTACHMENT: Final = 10 * 1024 * 1024
SUFFIX: Final = ".wav"
STEP_S: Final = 15.0  # for each answer of the server
UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]")
SUBJECT_LENGTH: Final = 200


class NoRecording(CallCenterError):
    """A recording cannot go with the mail; the text says why."""

    code = "no-recording"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailer:
    """Sends mail. `password` is used if the server wants a log-in; `folder`: of recordings; `now`: aware UTC."""

    server: Mail
    password: str = field(default="", repr=False)
    folder: Path
    now: Callable[[], datetime]

    async def deliver(self, notice: Notice) -> None:
        """Send one notice; raise NotDelivered."""
        message = await self._message(notice)
        mail = self.server
        if mail.username is not None and not self.password:
            raise NotDelivered(f"the password of {mail.host} is not set: `callcenter secret set {mail.secret}`")
        try:
            await aiosmtplib.send(
                message,
                hostname=mail.host,
                port=mail.smtp_port,
                username=mail.username,
                password=self.password if mail.username is not None else None,
                use_tls=mail.tls is MailTls.TLS,
                start_tls=mail.tls is MailTls.STARTTLS,
                tls_context=None if mail.tls is MailTls.NONE else _context(mail),
                timeout=STEP_S,
            )
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise NotDelivered(f"{mail.host}: {_told(error)}", final=_is_final(error)) from None

    async def _message(self, notice: Notice) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"] = self.server.sender
        message["To"] = _one_line(notice.target)
        message["Subject"] = _one_line(notice.subject)[:SUBJECT_LENGTH]
        message["Date"] = format_datetime(self.now())
        message["Message-ID"] = message_id(notice.id, self.server.sender)
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: so that no out-of-office note answers it
        text, name = str(notice.body.get("text", "")), notice.body.get("attach")
        if not name:
            message.set_content(text)
            return message
        try:
            recording = await asyncio.to_thread(read_recording, self.folder, str(name))
        except NoRecording as error:
            message.set_content(f"{text}\nThe recording is not attached: {error}.\n")
            return message
        message.set_content(text)
        message.add_attachment(recording, maintype="audio", subtype="wav", filename="voicemail.wav")
        return message


def read_recording(folder: Path, name: str) -> bytes:
    """Return a recording in `folder`, named with or without suffix; raise NoRecording, also for what lies elsewhere."""
    path = (folder / f"{name.removesuffix(SUFFIX)}{SUFFIX}").resolve()
    if not path.is_relative_to(folder.resolve()):
        raise NoRecording("it does not lie in the folder of recordings")
    try:
        if path.stat().st_size > MAX_ATTACHMENT:
            raise NoRecording(f"it is larger than {MAX_ATTACHMENT // 1024**2} MB")
        return path.read_bytes()
    except OSError as error:
        raise NoRecording(f"it cannot be read ({error.strerror})") from None


def message_id(notice: str, sender: str) -> str:
    """Return the Message-ID of a notice: the same at every try.

    >>> message_id("7-smtp", "callcenter@example.com")
    '<7-smtp@example.com>'
    """
    local = notice if notice and not UNSAFE.search(notice) else hashlib.sha256(notice.encode()).hexdigest()
    return f"<{local}@{sender.rpartition('@')[2]}>"


def _one_line(text: str) -> str:
    """A name somebody gave may hold line breaks; no header may."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _context(mail: Mail) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=mail.ca_file)
    except OSError as error:
        raise NotDelivered(f"{mail.ca_file}: {error.strerror or error}") from None


def _is_final(error: Exception) -> bool:
    """Whether the server will never take this mail. A wrong password or sender the operator can still mend."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(one.code >= 500 for one in error.recipients)
    return isinstance(error, aiosmtplib.SMTPDataError) and error.code >= 500


def _told(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _one_line(f"{error.code} {error.message}")[:SUBJECT_LENGTH]
    return _one_line(str(error))[:SUBJECT_LENGTH] or type(error).__name__
