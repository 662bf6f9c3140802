"""What is said of a voicemail, when it is said again, and how webhooks are signed."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from callcenter.care import Callback, Notice, NoticeKind, Voicemail
from callcenter.integrations import Mailbox
from callcenter.notices import (
    MAX_TRIES,
    callback_notices,
    next_try,
    signature,
    voicemail_notices,
    webhook_body,
)

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
VOICEMAIL = Voicemail(
    id="main-1772463600.7-v",
    call_id="main-1772463600.7",
    box="support",
    number="+12025550143",
    language="es",
    file="support/1.wav",
    length_s=12.4,
    recorded_at=NOW,
)
BOX = Mailbox(name="support", title="Support desk", email="s@example.com", webhook="https://h.example/x", attach=True)
SHIPPED = Path(__file__).parents[2] / "docs" / "integrations.md"


def test_a_voicemail_is_told_by_mail_and_webhook() -> None:
    mail, hook = voicemail_notices(VOICEMAIL, BOX, NEW_YORK)
    assert (mail.kind, mail.target, mail.due_at) == (NoticeKind.SMTP, "s@example.com", NOW)
    assert mail.subject == "Voicemail for Support desk from +12025550143"
    assert mail.body["attach"] == "support/1.wav"
    for part in (
        "+12025550143",
        "2026-03-02 10:00 EST",
        "12 s",
        "es",
        "callcenter voicemail heard main-1772463600.7-v",
    ):
        assert part in mail.body["text"]
    assert (hook.kind, hook.target) == (NoticeKind.WEBHOOK, "https://h.example/x")
    assert json.loads(webhook_body(hook)) == {
        "id": "main-1772463600.7-v-webhook",
        "kind": "voicemail",
        "box": "support",
        "voicemail": "main-1772463600.7-v",
        "call": "main-1772463600.7",
        "number": "+12025550143",
        "language": "es",
        "file": "support/1.wav",
        "length_s": 12.4,
        "recorded_at": "2026-03-02T15:00:00+00:00",
    }


def test_each_way_is_left_out_where_nobody_asked_for_it() -> None:
    quiet = Mailbox(name="support")
    assert voicemail_notices(VOICEMAIL, quiet, NEW_YORK) == []
    plain = Mailbox(name="support", email="s@example.com")
    (mail,) = voicemail_notices(replace(VOICEMAIL, number=""), plain, NEW_YORK)
    assert mail.subject == "Voicemail for support from an unknown number"
    assert mail.body["attach"] is None


def test_the_same_voicemail_has_the_same_notices() -> None:
    assert voicemail_notices(VOICEMAIL, BOX, NEW_YORK) == voicemail_notices(VOICEMAIL, BOX, NEW_YORK)


def test_pauses_grow_to_an_hour_and_end_after_a_day() -> None:
    rng, at, pauses = random.Random(7), NOW, []
    for tries in range(1, 100):
        due = next_try(tries, at, rng)
        if due is None:
            break
        pauses.append((due - at).total_seconds())
        at = due
    assert len(pauses) == MAX_TRIES - 1
    for pause, middle in zip(pauses, [10, 30, 120, 600, 1800, *[3600] * 23], strict=True):
        assert 0.8 * middle <= pause <= 1.2 * middle
    assert len(set(pauses)) == len(pauses)
    assert timedelta(hours=19) < at - NOW < timedelta(hours=29)


def notice(**body: object) -> Notice:
    return Notice(id="n", kind=NoticeKind.WEBHOOK, target="https://h.example/", body=body, due_at=NOW)


def test_the_same_notice_is_posted_as_the_same_bytes() -> None:
    assert webhook_body(notice(b=1, a="é")) == webhook_body(notice(a="é", b=1)) == b'{"a":"\\u00e9","b":1,"id":"n"}'


def test_the_receivers_code_of_the_documentation_knows_our_signature_from_others() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", SHIPPED.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - the example of our own documentation
    is_genuine: Callable[[str, bytes, str, float], bool] = names["is_genuine"]
    header, body = signature("key", 1000, b"{}"), b"{}"
    assert is_genuine(header, body, "key", 1100.0)
    assert not is_genuine(header, b"{ }", "key", 1100.0)
    assert not is_genuine(header, body, "other", 1100.0)
    assert not is_genuine(header, body, "key", 1301.0)
    assert not is_genuine(header.replace("t=1000", "t=1100"), body, "key", 1100.0)


def test_a_callback_that_is_given_up_is_told_once_and_why() -> None:
    wish = Callback(
        id="a", number="+12025550143", queue="support", since=NOW, due_at=NOW, call_id="main-1.2", updated_at=NOW
    )
    told = callback_notices(wish, "given up: busy, tries: 3", BOX, NOW)
    assert told == callback_notices(wish, "given up: busy, tries: 3", BOX, NOW)
    mail, hook = told
    assert (mail.kind, mail.target, mail.due_at) == (NoticeKind.SMTP, "s@example.com", NOW)
    assert mail.subject == "Not reached: +12025550143, who asked Support desk for a call back"
    assert "could not be reached: given up: busy, tries: 3." in mail.body["text"]
    body = json.loads(webhook_body(hook))
    assert (body["kind"], body["callback"], body["number"]) == ("callback-failed", "a", "+12025550143")
    silent = Mailbox(name="support")
    assert callback_notices(wish, "", silent, NOW) == []
