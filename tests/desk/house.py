"""A desk on a store of its own, and people at it, for the tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher

from app.desk_campaigns import CampaignFiles
from app.desk_installation import VoicemailFiles
from app.desk_prompts import PromptFiles
from app.desk_setup import SetupFiles
from app.premises import premises
from callcenter.accounts import Role, Token, User, digest
from callcenter.adapters.local_bus import LocalBus
from callcenter.adapters.passwords import Passwords
from callcenter.adapters.store import Store
from callcenter.records import Closure
from callcenter.settings import Settings
from desk.access import TOKEN_PREFIX
from desk.ports import Desk
from desk.premises import Premises
from desk.service.app import desk_app

CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
PASSWORD = "correct horse battery"
API = "/api/v1"
ROOT = Path(__file__).parent.parent.parent


@dataclass(slots=True)
class Here:
    """The installation: the prompts of this repository, and no centre.toml unless a test says so."""

    found: Premises = field(default_factory=lambda: premises(Settings(prompts_dir=ROOT / "prompts")))

    async def premises(self) -> Premises:
        return self.found


HERE = Here()
TEXTS = """\
# What is said.
welcome: Thank you for calling.
closed: We are closed.  # so far
main-menu: >-
  For sales, press 1.
  For support, press 2.
"""


class Still(SetupFiles):
    """A set-up without an Asterisk: the closure is put into the store alone, and nothing is applied."""

    async def put_closure(self, prompt: str, by: str) -> tuple[str, ...]:
        now = datetime.now(UTC)
        await self.store.set_closure(Closure(prompt=prompt, by=by, since=now) if prompt else None)
        return ("Asterisk was not told",)


def still(store: Store, folder: Path) -> tuple[Still, PromptFiles]:
    """Return the set-up and the prompts of an installation in `folder`."""
    prompts = folder / "prompts"
    prompts.mkdir(exist_ok=True)
    for language in ("en", "es"):
        (prompts / f"{language}.yaml").write_text(TEXTS, "utf-8")
    settings = Settings(data_dir=folder, prompts_dir=prompts)
    return Still(settings, store), PromptFiles(settings)


@dataclass(slots=True)
class House:
    """A desk that runs, and whoever signed in."""

    desk: Desk
    client: TestClient[Any, Any]
    hashed: str
    csrf: str = ""

    @property
    def store(self) -> Store:
        return self.desk.store

    async def user(self, name: str, role: Role, *, must_change: bool = False) -> User:
        now = datetime.now(UTC)
        user = User(
            name=name,
            role=role,
            password_hash=self.hashed,
            must_change=must_change,
            created_at=now,
            changed_at=now,
        )
        await self.store.add_user(user, "test")
        return user

    async def sign_in(self, name: str, password: str = PASSWORD) -> ClientResponse:
        response = await self.client.post(f"{API}/session", json={"name": name, "password": password})
        if response.status == 201:
            self.csrf = (await response.json())["csrf"]
        return response

    async def enter(self, role: Role = Role.ADMIN) -> None:
        """Sign in as somebody of a role."""
        name = f"{role}-1"
        if await self.store.user(name) is None:
            await self.user(name, role)
        assert (await self.sign_in(name)).status == 201

    async def token(self, role: Role, name: str = "t1") -> str:
        secret = f"{TOKEN_PREFIX}{name}-{role}"
        now = datetime.now(UTC)
        await self.store.add_token(
            Token(id=name, secret_hash=digest(secret), role=role, note="test", by="test", created_at=now)
        )
        return secret

    async def ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **how: Any) -> Answered:
        """Send a request as the desk's own pages do."""
        sent = {"X-CSRF-Token": self.csrf, **(headers or {})}
        async with self.client.request(method, f"{API}{path}", headers=sent, **how) as response:
            body = await response.read()
            plain = await response.json() if response.content_type == "application/json" and body else None
            return Answered(status=response.status, headers=response.headers.copy(), plain=plain, raw=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    status: int
    headers: Mapping[str, str]
    plain: Any
    raw: bytes

    @property
    def code(self) -> str:
        return str(self.plain["code"])


async def open_house(url: str, folder: Path) -> House:
    """Return a house on the store at `url`, which has its schema."""
    store = await Store.open(url)
    setup, prompts = still(store, folder)
    desk = Desk(
        store=store,
        bus=LocalBus(),
        installation=HERE,
        setup=setup,
        prompts=prompts,
        campaigns=CampaignFiles(replace(setup.settings, rendered_dir=str(folder / "rendered")), store),
        voicemails=VoicemailFiles(replace(setup.settings, recordings_dir=str(folder / "recordings"))),
        passwords=Passwords(CHEAP),
        screens=folder / "screens",
    )
    client = TestClient(TestServer(desk_app(desk)))
    house = House(desk=desk, client=client, hashed=CHEAP.hash(PASSWORD))
    await house.user("root", Role.ADMIN)  # so that the desk makes nobody the first admin
    await client.start_server()
    return house


async def close(house: House) -> None:
    await house.client.close()
    await house.store.close()
    await house.desk.bus.close()
