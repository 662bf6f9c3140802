"""The health page, over real HTTP."""

from dataclasses import replace

from aiohttp.test_utils import TestClient, TestServer

from desk.service.app import desk_app
from tests.desk.house import House


async def well() -> str:
    return ""


async def ill() -> str:
    return "no answer from <redis>"


async def test_health_is_200_when_every_part_is_well(house: House) -> None:
    async with TestClient(TestServer(desk_app(replace(house.desk, checks={"sql": well})))) as client:
        response = await client.get("/health")
        assert response.status == 200
        assert await response.json() == {"ok": True, "parts": {"sql": "ok"}}
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]


async def test_health_is_503_and_says_what_is_wrong(house: House) -> None:
    async with TestClient(TestServer(desk_app(replace(house.desk, checks={"sql": well, "redis": ill})))) as client:
        response = await client.get("/health")
        assert response.status == 503
        assert (await response.json())["parts"] == {"sql": "ok", "redis": "no answer from <redis>"}


async def test_without_screens_the_page_says_how_to_build_them_and_escapes_what_it_shows(house: House) -> None:
    async with TestClient(TestServer(desk_app(replace(house.desk, checks={"redis": ill})))) as client:
        text = await (await client.get("/")).text()
        assert "make web" in text
        assert "no answer from &lt;redis&gt;" in text
        assert "<redis>" not in text
