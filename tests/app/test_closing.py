"""Block list and closure from the command line."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from app import closing
from app.closing_cli import block_app, close, reopen
from callcenter.adapters.store import Store
from callcenter.errors import CallCenterError
from callcenter.records import Closure
from callcenter.settings import Settings
from tests.doubles_ami import SUCCESS, FakeAmi, event, refused

GOT = "Response: Success\r\nActionID: {id}\r\nEventList: start\r\nMessage: Result will follow\r\n\r\n"
COMPLETE = event("DBGetComplete", ActionID="{id}", EventList="Complete", ListItems="1")


def db_says(value: str) -> str:
    return GOT + event("DBGetResponse", ActionID="{id}", Family="callcenter", Key="closure", Val=value) + COMPLETE


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("DATABASE_URL", "REDIS_URL", "AMI_HOST", "PROMPTS_DIR"):
        monkeypatch.delenv(f"CALLCENTER_{name}", raising=False)
    monkeypatch.setenv("CALLCENTER_DATA_DIR", str(tmp_path))
    return Settings(data_dir=tmp_path, ami_acd_secret="s3cret")


def cc(*arguments: str) -> str:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.add_typer(block_app, name="block")
    app.command()(close)
    app.command()(reopen)
    result = CliRunner().invoke(app, arguments)
    if result.exception is not None:
        raise result.exception
    return result.output


def refusal(*arguments: str) -> str:
    with pytest.raises(CallCenterError) as caught:
        cc(*arguments)
    return str(caught.value)


async def stored(settings: Settings) -> Closure | None:
    async with await Store.open(settings.sql_url) as store:
        await store.migrate()
        return await store.closure()


async def with_ami(settings: Settings, ask: Callable[[FakeAmi, Settings], Awaitable[None]], answer: str) -> FakeAmi:
    async with FakeAmi() as fake:
        fake.answers["DBGet"] = answer
        fake.answers["Originate"] = SUCCESS
        await ask(fake, Settings(data_dir=settings.data_dir, ami_port=fake.port, ami_acd_secret="s3cret"))
        return fake


# ---------------------------------------------------------------------------------------------- block list


def test_a_caller_is_blocked_and_let_in_again(settings: Settings) -> None:
    assert cc("block", "list") == "none\n"
    assert cc("block", "add", "+1 415 555 0123", "--reason", "abuse") == "+14155550123 is blocked\n"
    [row] = json.loads(cc("block", "list", "--json"))
    assert (row["number"], row["reason"]) == ("+14155550123", "abuse")
    assert cc("block", "list").splitlines()[1].startswith("+14155550123  abuse   20")
    assert cc("block", "remove", "+14155550123") == "+14155550123 is no longer blocked\n"
    assert refusal("block", "remove", "+14155550123") == "+14155550123 is not blocked"


def test_a_number_without_plus_is_read_at_home(settings: Settings) -> None:
    assert refusal("block", "add", "4155550123") == "'4155550123' is no telephone number: write it as +12025550100"
    settings.centre_file.write_text('[centre]\nregion = "US"\n')
    assert cc("block", "add", "4155550123") == "+14155550123 is blocked\n"


# ------------------------------------------------------------------------------------------------- closure


async def test_closing_asks_asterisk_to_and_remembers(settings: Settings) -> None:
    async def close(fake: FakeAmi, there: Settings) -> None:
        assert await closing.put_closure(there, "closed-storm", "admin") == ()

    fake = await with_ami(settings, close, db_says("closed-storm"))
    [(_, call)] = fake.named("Originate")
    assert call["Channel"] == ["Local/close-closed-storm@astdb-set/n"]
    assert [action["UserEvent"] for _, action in fake.named("UserEvent")] == [["CentreChanged"]]
    closure = await stored(settings)
    assert closure is not None
    assert (closure.prompt, closure.by) == ("closed-storm", "admin")


async def test_reopening(settings: Settings) -> None:
    async def reopen(fake: FakeAmi, there: Settings) -> None:
        assert await closing.put_closure(there, "", "admin") == ()

    fake = await with_ami(settings, reopen, db_says(""))
    [(_, call)] = fake.named("Originate")
    assert call["Channel"] == ["Local/reopen@astdb-set/n"]
    assert await stored(settings) is None


@pytest.mark.parametrize("answer", [db_says(""), refused("Database entry not found")])
async def test_what_asterisk_does_not_take_over_is_said(
    settings: Settings, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "TAKEN_OVER_S", 0.1)

    async def close(fake: FakeAmi, there: Settings) -> None:
        [trouble] = await closing.put_closure(there, "closed-storm", "admin")
        assert trouble.startswith("Asterisk was not told, callers notice nothing yet (AstDB did not change")
        assert trouble.endswith("a phone can do it with *91")

    await with_ami(settings, close, answer)
    assert await stored(settings) is not None


async def test_asterisk_is_told_even_if_nothing_can_be_stored(settings: Settings) -> None:
    async def close(fake: FakeAmi, there: Settings) -> None:
        settings.data_dir.joinpath("callcenter.db").mkdir()
        [trouble] = await closing.put_closure(there, "closed-storm", "admin")
        assert trouble.startswith("it is not stored, a restart of the services undoes it (")

    fake = await with_ami(settings, close, db_says("closed-storm"))
    assert len(fake.named("Originate")) == 1


def test_the_commands_say_what_holds_now(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    async def put(there: Settings, prompt: str, by: str) -> tuple[str, ...]:
        assert by
        told.append((there.ami_acd_secret, prompt))
        return troubles

    told: list[tuple[str, str]] = []
    troubles: tuple[str, ...] = ()
    monkeypatch.setattr("app.closing_cli.put_closure", put)
    settings.data_dir.joinpath("secrets.env").write_text("CALLCENTER_AMI_ACD_SECRET=from-file\n")
    assert cc("close") == "closed: every caller hears 'closed-emergency' until `callcenter reopen`\n"
    assert cc("reopen") == "open\n"
    assert told == [("from-file", "closed-emergency"), ("from-file", "")]
    troubles = ("one half", "the other")
    assert refusal("close") == "one half; the other"


def test_a_prompt_nobody_recorded_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    (settings.data_dir / "prompts" / "en").mkdir(parents=True)
    (settings.data_dir / "prompts" / "en" / "closed-storm.wav").touch()
    (settings.data_dir / "prompts" / "en" / "welcome.wav").touch()
    monkeypatch.setenv("CALLCENTER_PROMPTS_DIR", str(settings.data_dir / "prompts"))
    assert refusal("close", "--prompt", "closed-strom").endswith('; did you mean "closed-storm"?')
    assert "is no name" in refusal("close", "--prompt", "../x")
    assert asyncio.run(stored(settings)) is None


def test_the_audit_names_the_operator_even_without_an_account(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4242")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert cc("block", "add", "+14155550123") == "+14155550123 is blocked\n"

    async def audits() -> list[str]:
        async with await Store.open(settings.sql_url) as store:
            return [entry.who for entry in await store.audits()]

    assert asyncio.run(audits()) == [f"uid {os.getuid()}"]
