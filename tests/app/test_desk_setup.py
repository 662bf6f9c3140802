"""What the desk sees of an installation that has a folder for Asterisk's configuration."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from app import taking_over
from app.centre_file import load
from app.desk_setup import SetupFiles
from callcenter.adapters.store import Store
from callcenter.dialplan import AMI_ACD, AMI_RELOAD
from callcenter.errors import NotFound
from callcenter.settings import Settings
from desk.setup import Added, Removed, TableSet
from tests.doubles_ami import SUCCESS, FakeAmi

SECRET = "s3cret"
CENTRE = '[centre]\nregion = "US"\n\n[[queue]]\nname = "sales"\n'


@pytest.fixture
async def setup(tmp_path: Path) -> AsyncIterator[SetupFiles]:
    (tmp_path / "centre.toml").write_text(CENTRE, "utf-8")
    settings = Settings(data_dir=tmp_path, rendered_dir=str(tmp_path / "rendered"))
    async with await Store.open(settings.sql_url) as store:
        await store.migrate()
        yield SetupFiles(settings, store)


def render(settings: Settings) -> None:
    """Write Asterisk's configuration, as `callcenter reload` does."""
    taking_over.write_conf(settings, load(settings.centre_file), taking_over.rendered_dir(settings))


async def test_files_that_asterisk_has_not_yet_are_told(setup: SetupFiles) -> None:
    before = await setup.pending()
    assert before.files is not None
    assert "queues.conf" in before.files
    render(setup.settings)
    await setup.store.apply_centre((await setup.centre()).centre.records())
    assert (await setup.pending()).is_anything is False
    await setup.change([Added(table="queue", values={"name": "support"})])
    after = await setup.pending()
    assert after.files is not None
    assert "queues.conf" in after.files
    assert [(one.name, one.change) for one in after.entries] == [("support", "added")]


async def test_asterisk_is_told_to_read_what_changed_and_the_store_takes_it_over(setup: SetupFiles) -> None:
    words = "".join(f'{user} = "{SECRET}"\n' for user in (AMI_ACD, AMI_RELOAD))
    (setup.settings.data_dir / "secrets.toml").write_text(f"[ami]\n{words}", "utf-8")
    async with FakeAmi(secret=SECRET) as asterisk:
        asterisk.answers |= {"Reload": SUCCESS, "UserEvent": SUCCESS}
        setup.settings = replace(setup.settings, ami_port=asterisk.port)
        said = await setup.apply()
        assert "modules reloaded" in said
        assert any(action["Module"] == ["app_queue.so"] for _, action in asterisk.named("Reload"))
        assert len(asterisk.named("UserEvent")) == 1
    assert [queue.name for queue in await setup.store.queues()] == ["sales"]
    assert (await setup.pending()).is_anything is False


async def test_a_trunk_without_its_password_keeps_everything_from_being_applied(setup: SetupFiles) -> None:
    line = {"name": "line", "kind": "register", "host": "sip.example.com", "username": "us"}
    await setup.change([Added(table="trunk", values=line)])
    assert "callcenter trunk password line" in (await setup.pending()).blocked
    await setup.keep_trunk_password("line", "word")
    assert (await setup.pending()).blocked == ""
    assert (await setup.secrets()).trunks == {"line"}


async def test_what_services_read_at_their_start_waits_for_the_next(setup: SetupFiles) -> None:
    await setup.change([TableSet(table="payment", values={"provider": "sandbox"})])
    assert (await setup.pending()).restart == ("payment",)
    await setup.change([TableSet(table="payment", values=None)])
    assert (await setup.pending()).restart == ()


async def test_all_changes_are_made_or_none(setup: SetupFiles) -> None:
    with pytest.raises(NotFound, match="nothing-of-the-kind"):
        await setup.change([Removed(table="queue", name="sales"), Removed(table="queue", name="nothing-of-the-kind")])
    assert [queue.name for queue in (await setup.centre()).centre.queues] == ["sales"]
