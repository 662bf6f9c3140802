"""Telling people and systems outside of what happened: what is said, how it is signed, when it is tried again. Pure.

A notice is written in the transaction of what it tells of and sent afterwards, at least once; its id makes a second
one recognisable.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from callcenter.care import Callback, Notice, NoticeKind, Voicemail
from callcenter.errors import CallCenterError
from callcenter.integrations import Mailbox
from callcenter.records import JSON

# Pauses after each try; the last one then again and again. An outage over a night is survived.
PAUSES_S: Final = (10.0, 30.0, 120.0, 600.0, 1_800.0, 3_600.0)
MAX_TRIES: Final = 29  # about a day
SPREAD: Final = 0.2  # of a pause, so that what failed together does not come again together


class NotDelivered(CallCenterError):
    """A notice was not taken. `final`: it never will be."""

    code = "not-delivered"

    def __init__(self, text: str, *, final: bool = False) -> None:
        super().__init__(text)
        self.final = final


def voicemail_notices(voicemail: Voicemail, box: Mailbox, zone: ZoneInfo) -> list[Notice]:
    """Return what is to be sent of a voicemail in `box`; `zone`: of the times people read.

    The same voicemail has the same notices, so writing them twice sends none twice.
    """
    told = []
    if box.email is not None:
        letter = {"text": voicemail_text(voicemail, box, zone), "attach": voicemail.file if box.attach else None}
        subject = f"Voicemail for {box.title or box.name} from {voicemail.number or 'an unknown number'}"
        told.append(_notice(voicemail.id, NoticeKind.SMTP, box.email, (subject, letter), voicemail.recorded_at))
    if box.webhook is not None:
        body = {
            "kind": "voicemail",
            "box": box.name,
            "voicemail": voicemail.id,
            "call": voicemail.call_id,
            "number": voicemail.number,
            "language": voicemail.language,
            "file": voicemail.file,
            "length_s": voicemail.length_s,
            "recorded_at": voicemail.recorded_at.isoformat(),
        }
        told.append(_notice(voicemail.id, NoticeKind.WEBHOOK, box.webhook, ("", body), voicemail.recorded_at))
    return told


def callback_notices(callback: Callback, reason: str, box: Mailbox, now: datetime) -> list[Notice]:
    """Return what is to be sent, to the mailbox of its queue, of a callback that was given up at `now`.

    The same callback has the same notices, as above.
    """
    told, mark = [], f"callback-{callback.id}"
    if box.email is not None:
        subject = f"Not reached: {callback.number}, who asked {box.title or box.name} for a call back"
        text = (
            f"{callback.number} asked to be called back and could not be reached: {reason}.\n\n"
            f"Queue:    {callback.queue}\n"
            f"Language: {callback.language}\n"
            f"Call:     {callback.call_id}\n"
        )
        told.append(_notice(mark, NoticeKind.SMTP, box.email, (subject, {"text": text, "attach": None}), now))
    if box.webhook is not None:
        body = {
            "kind": "callback-failed",
            "box": box.name,
            "callback": callback.id,
            "call": callback.call_id,
            "number": callback.number,
            "language": callback.language,
            "queue": callback.queue,
            "reason": reason,
        }
        told.append(_notice(mark, NoticeKind.WEBHOOK, box.webhook, ("", body), now))
    return told


def voicemail_text(voicemail: Voicemail, box: Mailbox, zone: ZoneInfo) -> str:
    """What the mail says."""
    at = voicemail.recorded_at.astimezone(zone)
    return (
        f"Somebody left a message for {box.title or box.name}.\n\n"
        f"From:     {voicemail.number or 'unknown'}\n"
        f"At:       {at:%Y-%m-%d %H:%M} {at.tzname()}\n"
        f"Length:   {round(voicemail.length_s)} s\n"
        f"Language: {voicemail.language}\n\n"
        f"Mark it as heard: callcenter voicemail heard {voicemail.id}\n"
    )


def _notice(about: str, kind: NoticeKind, target: str, said: tuple[str, JSON], due_at: datetime) -> Notice:
    subject, body = said
    return Notice(id=f"{about}-{kind}", kind=kind, target=target, subject=subject, body=body, due_at=due_at)


def next_try(tries: int, now: datetime, rng: random.Random) -> datetime | None:
    """Return when a notice is due again after so many tries in vain, None: given up."""
    if tries >= MAX_TRIES:
        return None
    pause = PAUSES_S[min(max(tries, 1), len(PAUSES_S)) - 1]
    return now + timedelta(seconds=pause * rng.uniform(1 - SPREAD, 1 + SPREAD))


def webhook_body(notice: Notice) -> bytes:
    """Return what is posted: the same bytes at every try."""
    return json.dumps({"id": notice.id, **notice.body}, sort_keys=True, separators=(",", ":")).encode()


def signature(key: str, at: int, body: bytes) -> str:
    """Return the header Callcenter-Signature of `body` sent `at` (seconds since 1970).

    HMAC-SHA256 over time and body, so that neither a body nor an old time can be put under another's signature.

    >>> signature("k", 1, b"{}")
    't=1,v1=3dd49b2593d0f9a349e9e71c4bde3e2b862c2be4003fe9b4ba81332029310158'
    """
    digest = hmac.new(key.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"
