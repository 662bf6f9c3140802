"""The health page, over real HTTP."""

from aiohttp.test_utils import TestClient, TestServer

from desk.service import desk_app


async def well() -> str:
    return ""


async def ill() -> str:
    return "no answer from <redis>"


async def test_health_is_200_when_every_part_is_well() -> None:
    async with TestClient(TestServer(desk_app({"sql": well}))) as client:
        response = await client.get("/health")
        assert response.status == 200
        assert await response.json() == {"ok": True, "parts": {"sql": "ok"}}
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]


async def test_health_is_503_and_says_what_is_wrong() -> None:
    async with TestClient(TestServer(desk_app({"sql": well, "redis": ill}))) as client:
        response = await client.get("/health")
        assert response.status == 503
        assert (await response.json())["parts"] == {"sql": "ok", "redis": "no answer from <redis>"}


async def test_the_page_escapes_what_it_shows() -> None:
    async with TestClient(TestServer(desk_app({"redis": ill}))) as client:
        text = await (await client.get("/")).text()
        assert "no answer from &lt;redis&gt;" in text
        assert "<redis>" not in text
