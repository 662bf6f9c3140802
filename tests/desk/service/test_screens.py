"""The screens as they were built: each file as it is, places within them, nothing from outside the folder."""

from __future__ import annotations

import gzip

import pytest

from tests.desk.house import House


@pytest.fixture
def built(house: House) -> House:
    folder = house.desk.screens
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>desk</title>")
    (folder / "assets/main-1a2b.js").write_text("let x = 1")
    (folder / "assets/main-1a2b.js.gz").write_bytes(gzip.compress(b"let x = 1"))
    (folder.parent / "secret.txt").write_text("secret")
    return house


async def test_assets_stay_for_ever_and_come_compressed(built: House) -> None:
    response = await built.client.get("/assets/main-1a2b.js")
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.content_type in {"text/javascript", "application/javascript"}
    assert await response.text() == "let x = 1"


@pytest.mark.parametrize("path", ["/", "/index.html", "/flows/main", "/sign-in"])
async def test_a_place_within_the_screens_is_the_entry_page(built: House, path: str) -> None:
    response = await built.client.get(path)
    assert response.status == 200
    assert response.headers["Cache-Control"] == "no-cache"
    assert await response.text() == "<title>desk</title>"


@pytest.mark.parametrize(
    "path", ["/assets/gone.js", "/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/.git/config"]
)
async def test_what_is_no_file_of_the_screens_is_not_there(built: House, path: str) -> None:
    response = await built.client.get(path)
    assert response.status == 404
    assert "secret" not in (await response.json())["message"]


async def test_what_is_no_address_of_the_api_is_no_screen(built: House) -> None:
    response = await built.client.get("/api/v1/nothing")
    assert response.status == 404
    assert (await response.json())["code"] == "not-found"
