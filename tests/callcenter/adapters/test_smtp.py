"""Mail, to a real server on loopback."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from callcenter.adapters import smtp
from callcenter.adapters.smtp import Mailer, read_recording
from callcenter.care import Notice, NoticeKind
from callcenter.integrations import Mail, MailTls
from callcenter.notices import NotDelivered

from .mail import PASSWORD, USER, MailServer, mail_server
from .web import CERTIFICATE

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
NOTICE = Notice(
    id="v1-smtp",
    kind=NoticeKind.SMTP,
    target="sales@example.com",
    subject="Voicemail",
    body={"text": "Somebody left a message.\n", "attach": None},
    due_at=NOW,
)


def mailer(server: MailServer | int, tls: MailTls = MailTls.NONE, folder: Path = Path("."), **change: object) -> Mailer:
    port = server if isinstance(server, int) else server.port
    ca = {} if tls is MailTls.NONE else {"ca_file": str(CERTIFICATE)}
    mail = Mail.model_validate(
        {"host": "localhost", "sender": "cc@example.com", "port": port, "tls": tls.value, **ca, **change}
    )
    return Mailer(server=mail, password=PASSWORD if mail.username else "", folder=folder, now=lambda: NOW)


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@pytest.mark.parametrize("tls", MailTls)
async def test_a_mail_arrives_encrypted_as_wished(tls: MailTls) -> None:
    async with mail_server(tls.value) as server:
        await mailer(server, tls).deliver(NOTICE)
    (letter,) = server.letters
    assert (letter["From"], letter["To"], letter["Subject"]) == ("cc@example.com", "sales@example.com", "Voicemail")
    assert letter["Message-ID"] == "<v1-smtp@example.com>"
    assert letter["Date"].datetime == NOW
    assert letter["Auto-Submitted"] == "auto-generated"
    assert text_of(letter).strip() == "Somebody left a message."
    assert server.encrypted == [tls is not MailTls.NONE]
    assert server.senders == ["cc@example.com"]


async def test_where_the_server_wants_a_log_in_it_gets_one() -> None:
    async with mail_server("starttls", login=True) as server:
        await mailer(server, MailTls.STARTTLS, username=USER).deliver(NOTICE)
        assert server.users == [USER.encode()]
        with pytest.raises(NotDelivered, match="535") as refused:
            await replace(mailer(server, MailTls.STARTTLS, username=USER), password="wrong").deliver(NOTICE)
        assert not refused.value.final  # the operator can mend it
        assert "wrong" not in str(refused.value)
    assert len(server.letters) == 1


async def test_without_its_password_no_log_in_is_tried() -> None:
    async with mail_server("starttls", login=True) as server:
        with pytest.raises(NotDelivered, match="callcenter secret set mail"):
            await replace(mailer(server, MailTls.STARTTLS, username=USER), password="").deliver(NOTICE)


async def test_no_mail_goes_in_clear_where_tls_was_asked_for() -> None:
    async with mail_server("none") as server:
        with pytest.raises(NotDelivered):
            await mailer(server, MailTls.STARTTLS).deliver(NOTICE)
    assert server.letters == []


@pytest.mark.parametrize("tls", [MailTls.STARTTLS, MailTls.TLS])
async def test_a_certificate_nobody_knows_is_refused(tls: MailTls) -> None:
    async with mail_server(tls.value) as server:
        with pytest.raises(NotDelivered, match=r"(?i)certificate") as refused:
            await mailer(server, tls, ca_file=None).deliver(NOTICE)
    assert not refused.value.final
    assert server.letters == []


async def test_certificates_that_cannot_be_read_are_told() -> None:
    with pytest.raises(NotDelivered, match="/no/such"):
        await mailer(9, MailTls.TLS, ca_file="/no/such.pem").deliver(NOTICE)


async def test_the_recording_goes_with_the_mail(tmp_path: Path) -> None:
    (tmp_path / "sales").mkdir()
    recording = bytes(range(256)) * 100
    (tmp_path / "sales" / "1.wav").write_bytes(recording)
    async with mail_server() as server:
        await mailer(server, folder=tmp_path).deliver(replace(NOTICE, body={"text": "x", "attach": "sales/1.wav"}))
    (attached,) = server.letters[0].iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == ("audio/wav", "voicemail.wav")
    assert attached.get_content() == recording


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("gone.wav", "cannot be read"),
        ("../outside.wav", "does not lie in"),
        ("/etc/hostname", "does not lie in"),
        ("link.wav", "does not lie in"),
        ("large.wav", "larger than"),
    ],
)
async def test_a_mail_goes_without_a_recording_that_cannot_and_says_so(
    tmp_path: Path, name: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "MAX_ATTACHMENT", 10)
    folder = tmp_path / "voicemail"
    folder.mkdir()
    (tmp_path / "outside.wav").write_bytes(b"x")
    (folder / "link.wav").symlink_to(tmp_path / "outside.wav")
    (folder / "large.wav").write_bytes(bytes(11))
    async with mail_server() as server:
        await mailer(server, folder=folder).deliver(replace(NOTICE, body={"text": "A message.", "attach": name}))
    assert list(server.letters[0].iter_attachments()) == []
    assert "A message." in text_of(server.letters[0])
    assert why in text_of(server.letters[0])


def test_a_recording_at_the_limit_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "MAX_ATTACHMENT", 10)
    (tmp_path / "1.wav").write_bytes(bytes(10))
    assert read_recording(tmp_path, "1.wav") == read_recording(tmp_path, "1") == bytes(10)


async def test_what_a_caller_is_named_makes_no_header(tmp_path: Path) -> None:
    subject = "From Zoë\r\nBcc: evil@example.com\n\n<b>" + "x" * 300
    async with mail_server() as server:
        await mailer(server).deliver(replace(NOTICE, subject=subject, body={"text": "Zoë 😀\n.\r\n.."}))
    (letter,) = server.letters
    assert letter["Bcc"] is None
    assert letter["Subject"].startswith("From Zoë Bcc: evil@example.com <b>xxx")
    assert len(letter["Subject"]) == 200
    assert text_of(letter).split() == ["Zoë", "😀", ".", ".."]


async def test_a_strange_id_makes_a_message_id_all_the_same() -> None:
    async with mail_server() as server:
        for _ in range(2):
            await mailer(server).deliver(replace(NOTICE, id="a b>\r\n<c"))
    first, second = (letter["Message-ID"] for letter in server.letters)
    assert first == second
    assert first.endswith("@example.com>")
    assert len(first.split()) == 1


@pytest.mark.parametrize(("answer", "final"), [("550 no such mailbox", True), ("450 busy", False), ("452 full", False)])
async def test_a_recipient_is_refused_for_good_or_for_now(answer: str, final: bool) -> None:
    async with mail_server() as server:
        server.to_rcpt = answer
        with pytest.raises(NotDelivered, match=answer) as refused:
            await mailer(server).deliver(NOTICE)
    assert refused.value.final is final


@pytest.mark.parametrize(("answer", "final"), [("554 spam", True), ("451 try later", False)])
async def test_a_mail_is_refused_for_good_or_for_now(answer: str, final: bool) -> None:
    async with mail_server() as server:
        server.to_data = [answer]
        with pytest.raises(NotDelivered, match=answer) as refused:
            await mailer(server).deliver(NOTICE)
    assert refused.value.final is final


async def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NotDelivered, match="localhost") as refused:
            await mailer(taken.getsockname()[1]).deliver(NOTICE)
    assert not refused.value.final


async def test_a_server_that_says_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "STEP_S", 0.1)
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        with pytest.raises(NotDelivered) as refused:
            await mailer(mute.getsockname()[1]).deliver(NOTICE)
    assert not refused.value.final


def test_the_password_is_not_shown() -> None:
    assert PASSWORD not in repr(mailer(25, username=USER))
