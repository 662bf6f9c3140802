"""Webhooks, to a real server on loopback."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from callcenter.adapters.fetch import Fetcher, FetchPolicy, FetchWorld
from callcenter.adapters.webhook import Webhooks
from callcenter.allowlist import Allowed, AllowList
from callcenter.care import Notice, NoticeKind
from callcenter.notices import NotDelivered, signature, webhook_body

from .web import Answer, WebServer, endless, reply, saying, web_server

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
KEYS = {"sales": "k3y"}


@asynccontextmanager
async def webhooks(answer: Answer, *, listed: bool = True) -> AsyncIterator[tuple[WebServer, Webhooks, Notice]]:
    async with web_server(answer) as server:
        url = f"http://127.0.0.1:{server.port}/hook"
        allow = AllowList(Allowed(url=url, private=True)) if listed else AllowList()
        notice = Notice(
            id="v1-webhook", kind=NoticeKind.WEBHOOK, target=f"{url}?box=sales", body={"box": "sales"}, due_at=NOW
        )
        async with Fetcher(allow, {}, FetchWorld(rng=random.Random(1)), FetchPolicy(failures=2)) as fetcher:
            yield server, Webhooks(fetcher=fetcher, keys=KEYS, now=lambda: NOW), notice


async def test_a_notice_is_posted_and_signed() -> None:
    async with webhooks(saying(reply(204))) as (server, hooks, notice):
        await hooks.deliver(notice)
    (asked,) = server.asked
    assert asked.line == "POST /hook?box=sales HTTP/1.1"
    assert json.loads(asked.body) == {"box": "sales", "id": "v1-webhook"}
    assert asked.body == webhook_body(notice)
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["callcenter-delivery"] == "v1-webhook"
    assert asked.headers["callcenter-signature"] == signature("k3y", 1772463600, asked.body)


@pytest.mark.parametrize("answer", [reply(200, b"<html>"), reply(201, b"{}"), reply(202)])
async def test_any_2xx_is_taken_whatever_it_says(answer: bytes) -> None:
    async with webhooks(saying(answer)) as (_, hooks, notice):
        await hooks.deliver(notice)


async def test_an_endless_answer_is_not_waited_for() -> None:
    async with webhooks(endless) as (_, hooks, notice):
        await hooks.deliver(notice)


@pytest.mark.parametrize(
    ("answer", "final"),
    [
        (reply(400), True), (reply(404), True), (reply(410), True), (reply(302, Location="/x"), True),
        (reply(408), False), (reply(425), False), (reply(429), False), (reply(500), False), (reply(503), False),
        (b"", False),
    ],
)  # fmt: skip
async def test_a_webhook_is_refused_for_good_or_for_now(answer: bytes, final: bool) -> None:
    async with webhooks(saying(answer)) as (server, hooks, notice):
        with pytest.raises(NotDelivered) as refused:
            await hooks.deliver(notice)
    assert refused.value.final is final
    assert len(server.asked) == 1


async def test_a_url_that_is_not_listed_is_not_asked_but_may_be_yet() -> None:
    async with webhooks(saying(reply()), listed=False) as (server, hooks, notice):
        with pytest.raises(NotDelivered, match="allow-list") as refused:
            await hooks.deliver(notice)
    assert not refused.value.final
    assert server.connections == 0


async def test_nothing_is_sent_unsigned() -> None:
    async with webhooks(saying(reply())) as (server, hooks, notice):
        with pytest.raises(NotDelivered, match='key of mailbox "other"'):
            await hooks.deliver(replace(notice, body={"box": "other"}))
    assert server.connections == 0


async def test_a_receiver_that_fails_is_left_alone_for_a_while() -> None:
    async with webhooks(saying(reply(500))) as (server, hooks, notice):
        for _ in range(4):
            with pytest.raises(NotDelivered):
                await hooks.deliver(notice)
    assert len(server.asked) == 2


def test_the_keys_are_not_shown() -> None:
    assert "k3y" not in repr(Webhooks(fetcher=None, keys=KEYS, now=lambda: NOW))  # type: ignore[arg-type]
