"""The outbox is emptied: once per claim, again after failures, and by somebody else after a kill."""

from __future__ import annotations

import asyncio
import logging
import random
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from callcenter.adapters.fetch import Fetcher, FetchWorld
from callcenter.adapters.smtp import Mailer
from callcenter.adapters.store import Store
from callcenter.adapters.webhook import Webhooks
from callcenter.allowlist import Allowed, AllowList
from callcenter.care import NoticeKind, Voicemail
from callcenter.integrations import Mail, Mailbox
from callcenter.notices import MAX_TRIES, NotDelivered, voicemail_notices
from ivr.service.notices import NoticePolicy, Way
from tests.callcenter.adapters.mail import mail_server
from tests.callcenter.adapters.web import reply, saying, web_server
from tests.doubles import START, Clock
from tests.ivr.service.outbox import DAY, Outbox, Post, looked, noted, notice, running, stored


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its schema, made once."""
    file = tmp_path_factory.mktemp("outbox") / "callcenter.db"

    async def make() -> None:
        async with await Store.open(f"sqlite:///{file}") as store:
            await store.migrate()

    asyncio.run(make())
    return file


@pytest.fixture
async def outbox(tmp_path: Path, empty: Path) -> AsyncIterator[Outbox]:
    shutil.copy(empty, tmp_path)
    async with await Store.open(f"sqlite:///{tmp_path / 'callcenter.db'}") as store:
        yield Outbox(store, Clock())


async def test_a_notice_is_sent_and_noted_once(outbox: Outbox) -> None:
    post = Post()
    await outbox.store.put_notices([notice()])
    async with running(outbox, post):
        assert await noted(outbox) == [("sent", "n01")]
        outbox.clock.advance(DAY.total_seconds())
        assert await looked(outbox) == [0, 0]
    assert post.tried == ["n01"]
    assert (await stored(outbox)).sent_at == START
    assert (await stored(outbox)).tries == 1


async def test_nothing_is_sent_before_it_is_due(outbox: Outbox) -> None:
    post = Post()
    await outbox.store.put_notices([notice(due_at=START + timedelta(seconds=10))])
    async with running(outbox, post):
        assert await looked(outbox) == [0, 0]
        outbox.clock.advance(10)
        await noted(outbox)


async def test_what_is_new_is_sent_at_once_when_told(outbox: Outbox) -> None:
    async with running(outbox, Post(), look_every_s=3600.0) as notices:
        await looked(outbox, 1)
        await outbox.store.put_notices([notice()])
        notices.look()
        assert await noted(outbox) == [("sent", "n01")]


async def test_many_are_sent_some_at_a_time_by_several_workers_each_once(outbox: Outbox) -> None:
    one, other = Post(), Post()
    one.gate.clear()
    other.gate.clear()
    await outbox.store.put_notices([notice(number) for number in range(40)])
    async with running(outbox, one, at_once=3), running(outbox, other, at_once=3):
        await asyncio.gather(one.three.wait(), other.three.wait())
        one.gate.set()
        other.gate.set()
        await noted(outbox, 40)
    assert sorted(one.tried + other.tried) == [f"n{number:02}" for number in range(40)]
    assert (one.most, other.most) == (3, 3)


async def test_a_slow_one_does_not_hold_up_the_others(outbox: Outbox) -> None:
    slow, quick = Post(), Post()
    slow.gate.clear()
    await outbox.store.put_notices([notice(1), *(notice(number, kind=NoticeKind.WEBHOOK) for number in range(2, 6))])
    async with running(outbox, {NoticeKind.SMTP: slow, NoticeKind.WEBHOOK: quick}, at_once=2):
        assert await noted(outbox, 4) == [("sent", f"n{number:02}") for number in range(2, 6)]
        slow.gate.set()
        assert await noted(outbox) == [("sent", "n01")]


async def test_what_fails_is_sent_again_after_a_pause(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    post = Post(NotDelivered("451 busy"), NotDelivered("451 busy still"))
    await outbox.store.put_notices([notice()])
    async with running(outbox, post):
        assert await noted(outbox) == [("failed", "n01")]
        due = (await stored(outbox)).due_at
        assert due is not None
        assert 8 <= (due - START).total_seconds() <= 12
        assert (await stored(outbox)).error == "451 busy"
        outbox.clock.advance(7)
        assert await looked(outbox) == [0, 0]
        outbox.clock.advance(5)
        assert await noted(outbox) == [("failed", "n01")]
        outbox.clock.advance(40)
        assert await noted(outbox) == [("sent", "n01")]
    last = await stored(outbox)
    assert (last.tries, last.error) == (3, "")
    assert "451 busy still" in caplog.text


async def test_what_is_refused_for_good_is_given_up_with_a_line_in_log_and_audit(
    outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    post = Post(NotDelivered("550 no such mailbox", final=True))
    await outbox.store.put_notices([notice()])
    async with running(outbox, post):
        assert await noted(outbox) == [("given up", "n01")]
        outbox.clock.advance(DAY.total_seconds())
        assert await looked(outbox) == [0, 0]
    assert (await stored(outbox)).due_at is None
    told = "n01 by smtp given up after 1 tries: 550 no such mailbox"
    assert [(entry.what, entry.detail) for entry in await outbox.store.audits()] == [("notice", told)]
    assert [record.levelno for record in caplog.records if "given up" in record.getMessage()] == [logging.ERROR]


async def test_tries_have_an_end(outbox: Outbox) -> None:
    post = Post(*[NotDelivered("451 busy")] * 100)
    await outbox.store.put_notices([notice()])
    async with running(outbox, post):
        fates: list[str] = []
        while not fates or fates[-1] == "failed":
            fates += [fate for fate, _ in await noted(outbox)]
            outbox.clock.advance(2 * 3600)
    assert fates == ["failed"] * (MAX_TRIES - 1) + ["given up"]


async def test_a_way_that_hangs_is_left(outbox: Outbox) -> None:
    post = Post()
    post.gate.clear()
    await outbox.store.put_notices([notice()])
    async with running(outbox, post, send_s=0.05):
        assert await noted(outbox) == [("failed", "n01")]
    assert (await stored(outbox)).error == "not sent within 0.05 s"


async def test_a_fault_of_ours_with_one_stops_no_other(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    post = Post(KeyError("bug"))
    await outbox.store.put_notices([notice(1), notice(2)])
    async with running(outbox, post, at_once=1):
        assert await noted(outbox, 2) == [("failed", "n01"), ("sent", "n02")]
    assert "KeyError('bug')" in (await stored(outbox)).error


async def test_where_nobody_set_a_way_it_is_tried_later(outbox: Outbox) -> None:
    await outbox.store.put_notices([notice(kind=NoticeKind.WEBHOOK)])
    async with running(outbox, Post()):
        assert await noted(outbox) == [("failed", "n01")]
    assert "no way to send by webhook" in (await stored(outbox)).error


async def test_while_sql_is_down_it_goes_on_looking(outbox: Outbox) -> None:
    outbox.broken = 3
    await outbox.store.put_notices([notice()])
    async with running(outbox, Post()):
        assert await noted(outbox) == [("sent", "n01")]


async def test_what_was_sent_while_sql_was_down_is_noted_later_and_not_sent_twice(outbox: Outbox) -> None:
    post = Post()
    post.gate.clear()
    await outbox.store.put_notices([notice()])
    async with running(outbox, post, look_every_s=3600.0):
        await post.began.wait()
        outbox.broken = 2
        post.gate.set()
        assert await noted(outbox) == [("sent", "n01")]
    assert post.tried == ["n01"]


async def test_what_cannot_be_noted_at_all_is_sent_again_when_the_claim_lapses(outbox: Outbox) -> None:
    post = Post()
    post.gate.clear()
    await outbox.store.put_notices([notice()])
    async with running(outbox, post, look_every_s=3600.0) as notices:
        await post.began.wait()
        outbox.broken = 3
        post.gate.set()
        await outbox.mended.wait()
        notices.look()
        assert await looked(outbox, 1) == [0]
        outbox.clock.advance(121)
        notices.look()
        assert await noted(outbox) == [("sent", "n01")]
    assert post.tried == ["n01", "n01"]


async def test_at_the_end_what_is_on_its_way_arrives(outbox: Outbox) -> None:
    post = Post()
    post.gate.clear()
    await outbox.store.put_notices([notice()])
    async with running(outbox, post):
        await post.began.wait()
        asyncio.get_running_loop().call_later(0.05, post.gate.set)
    assert await noted(outbox) == [("sent", "n01")]


async def test_at_the_end_nobody_waits_long_and_the_claim_lapses(outbox: Outbox) -> None:
    post = Post()
    post.gate.clear()
    await outbox.store.put_notices([notice()])
    async with running(outbox, post, drain_s=0.05):
        await post.began.wait()
    assert post.under_way == 0
    assert outbox.noted.empty()
    outbox.clock.advance(121)
    post.gate.set()
    async with running(outbox, post):
        assert await noted(outbox) == [("sent", "n01")]


async def test_what_was_sent_long_ago_is_forgotten(outbox: Outbox) -> None:
    await outbox.store.put_notices([notice(1), notice(2)])
    await outbox.store.notice_sent("n01", START - timedelta(days=31))
    async with running(outbox, Post()):
        await noted(outbox)
    assert await outbox.store.notice("n01") is None
    assert await outbox.store.notice("n02") is not None


async def test_a_voicemail_reaches_its_owner_by_mail_with_the_recording_and_by_webhook(
    outbox: Outbox, tmp_path: Path
) -> None:
    (tmp_path / "1.wav").write_bytes(b"RIFF-and-so-on")
    async with mail_server() as mail, web_server(saying(reply(503), reply(200))) as web:
        url = f"http://127.0.0.1:{web.port}/hook"
        box = Mailbox(name="support", email="s@example.com", webhook=url, attach=True)
        voicemail = Voicemail(
            id="v1", call_id="c1", box="support", number="+12025550143", language="en", file="1.wav", length_s=3.2,
            recorded_at=START,
        )  # fmt: skip
        for _ in range(2):  # whoever is not sure that it was kept keeps it again
            await outbox.store.put_voicemail(voicemail, voicemail_notices(voicemail, box, ZoneInfo("UTC")))
        server = Mail.model_validate(
            {"host": "127.0.0.1", "sender": "cc@example.com", "port": mail.port, "tls": "none"}
        )
        allow = AllowList(Allowed(url=url, private=True))
        async with Fetcher(allow, {}, FetchWorld(rng=random.Random(1))) as fetcher:
            ways: dict[NoticeKind, Way] = {
                NoticeKind.SMTP: Mailer(server=server, folder=tmp_path, now=outbox.clock),
                NoticeKind.WEBHOOK: Webhooks(fetcher=fetcher, keys={"support": "k"}, now=outbox.clock),
            }
            async with running(outbox, ways):
                first = set(await noted(outbox, 2))
                outbox.clock.advance(20)
                assert await noted(outbox) == [("sent", "v1-webhook")]
    assert first == {("sent", "v1-smtp"), ("failed", "v1-webhook")}
    (letter,) = mail.letters
    (attached,) = letter.iter_attachments()
    assert attached.get_content() == b"RIFF-and-so-on"
    one, two = web.asked
    assert one.body == two.body
    assert one.headers["callcenter-delivery"] == two.headers["callcenter-delivery"] == "v1-webhook"
    assert one.headers["callcenter-signature"] != two.headers["callcenter-signature"]  # each of its own time


KILLED = """
import asyncio, random, sys
from pathlib import Path
from datetime import datetime, UTC
from callcenter.adapters.smtp import Mailer
from callcenter.adapters.store import Store
from callcenter.care import NoticeKind
from callcenter.integrations import Mail
from ivr.service.notices import Notices

class Stuck(Store):
    async def notice_sent(self, notice, now):
        print("sent", flush=True)
        await asyncio.Event().wait()

async def main():
    mail = Mail.model_validate({"host": "127.0.0.1", "sender": "cc@example.com", "port": sys.argv[2], "tls": "none"})
    async with await Store.open(sys.argv[1]) as store:
        store.__class__ = Stuck
        way = Mailer(server=mail, folder=Path("/nowhere"), now=lambda: datetime.now(UTC))
        await Notices(store, {NoticeKind.SMTP: way}, random.Random()).run()

asyncio.run(main())
"""


async def test_who_is_killed_between_sending_and_noting_leaves_a_second_mail_that_can_be_recognised(
    outbox: Outbox, tmp_path: Path
) -> None:
    await outbox.store.put_notices([notice(due_at=datetime.now(UTC))])
    async with mail_server() as mail:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", KILLED, f"sqlite:///{tmp_path / 'callcenter.db'}", str(mail.port),
            stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[3],
        )  # fmt: skip
        assert process.stdout is not None
        try:
            async with asyncio.timeout(60):
                assert await process.stdout.readline() == b"sent\n"
        finally:
            process.send_signal(signal.SIGKILL)
        assert await process.wait() == -signal.SIGKILL
        server = Mail.model_validate(
            {"host": "127.0.0.1", "sender": "cc@example.com", "port": mail.port, "tls": "none"}
        )
        outbox.clock = Clock(datetime.now(UTC))
        async with running(outbox, Mailer(server=server, folder=tmp_path, now=outbox.clock)):
            assert await looked(outbox) == [0, 0]  # the claim of the dead one still holds
            outbox.clock.advance(121)
            assert await noted(outbox) == [("sent", "n01")]
    assert [letter["Message-ID"] for letter in mail.letters] == ["<n01@example.com>"] * 2
    assert (await stored(outbox)).tries == 2


def test_a_claim_lasts_longer_than_sending_and_noting_may_take() -> None:
    policy = NoticePolicy()
    assert policy.lease.total_seconds() > policy.send_s + sum(policy.note_s)
