"""An installation's prompts and a new version's: the folders before and after, whatever is killed in between."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app import check, up_cli
from app.desk_prompts import PromptFiles
from app.files import locked
from app.prompts_cli import prompts_app
from app.prompts_ledger import LEDGER
from app.prompts_update import AUDIO_LOCK, Outcome, Wish, outlook, update
from callcenter import dialplan
from callcenter.adapters.prompts_kept import RECORDED, file_of, read
from callcenter.errors import ConfigError, NotFound
from callcenter.settings import Settings
from desk.recordings import Source
from tests.app.prompt_site import FIRST, SECOND, Site, sound, spoken

ROOT = Path(__file__).parents[2]


class Killed(BaseException):
    pass


@pytest.fixture
def site(tmp_path: Path) -> Site:
    folders = {"prompts_dir": tmp_path / "here", "shipped_prompts_dir": str(tmp_path / "shipped")}
    made = Site(Settings(data_dir=tmp_path, **folders))  # type: ignore[arg-type]
    made.ship(FIRST)
    return made


def test_an_empty_folder_is_filled_and_found_complete_the_next_time(site: Site) -> None:
    assert site.update() == Outcome(language="de", added=3)
    assert site.said() == spoken(FIRST)
    assert (site.here / "de.yaml").read_text() == (site.shipped / "de.yaml").read_text()
    before = (site.here / LEDGER).stat()
    assert site.update() == Outcome(language="de")
    assert (site.here / LEDGER).stat().st_mtime_ns == before.st_mtime_ns


def test_a_new_version_changes_what_nobody_touched(site: Site) -> None:
    site.update()
    site.ship(SECOND)
    assert outlook(site.settings) == [Outcome(language="de", added=1, updated=1, removed=1)]
    assert site.update() == Outcome(language="de", added=1, updated=1, removed=1)
    assert site.said() == spoken(SECOND)
    assert (site.here / "de.yaml").read_text() == (site.shipped / "de.yaml").read_text()


def test_own_recordings_words_and_prompts_stay_and_comments_too(site: Site) -> None:
    site.update()
    site.record("hello")
    site.reword("bye", "Tschüss.")
    site.reword("ours", "Unser Haus.")
    sound(site.here, "bye", "Tschüss.")
    sound(site.here, "ours", "Unser Haus.")
    site.ship(SECOND)
    assert site.update() == Outcome(language="de", added=1, own=3, both=("hello",))
    theirs = {"hello": ("Guten Tag.", "mine"), "bye": ("Tschüss.", "Tschüss."), "ours": ("Unser Haus.", "Unser Haus.")}
    assert site.said() == spoken({key: SECOND[key] for key in ("menu", "wait")}) | theirs
    assert read(site.here / "de")["hello"].voice == RECORDED
    assert (site.here / "de.yaml").read_text().startswith("# What is said\n")


def test_a_damaged_file_of_what_is_shipped_is_mended(site: Site) -> None:
    site.update()
    file_of(site.here / "de", "hello").write_text("half")
    file_of(site.here / "de", "bye").unlink()
    site.update()
    assert site.said() == spoken(FIRST)


def test_the_shipped_one_can_be_taken_after_all(site: Site) -> None:
    site.update()
    site.record("hello")
    site.ship(SECOND)
    assert site.update().both == ("hello",)
    assert site.update(Wish(language="de", back=["hello"])).both == ()
    assert site.said() == spoken(SECOND)


def test_who_keeps_their_own_is_told_no_more(site: Site) -> None:
    site.update()
    site.record("hello")
    site.ship(SECOND)
    assert site.update(Wish(language="de", keep=["hello"])).both == ()
    assert site.update() == Outcome(language="de", own=1)
    assert site.said()["hello"] == ("Guten Tag.", "mine")


def test_languages_come_go_and_are_done_without(site: Site) -> None:
    site.ship({"hello": "Buongiorno."}, "it")
    assert [outcome.added for outcome in update(site.settings)] == [3, 1]
    (site.here / "de.yaml").unlink()
    shutil.rmtree(site.here / "de")
    shutil.rmtree(site.shipped / "it")
    (site.shipped / "it.yaml").unlink()
    site.ship(SECOND)
    gone, withdrawn = update(site.settings)
    assert (gone, withdrawn) == (Outcome(language="de", gone=True), Outcome(language="it", removed=1))
    assert not (site.here / "it.yaml").exists()
    assert list((site.here / "it").glob("*.ulaw")) == []
    assert site.update().gone
    assert site.update(Wish(language="de", back=None)) == Outcome(language="de", added=3)
    assert site.said() == spoken(SECOND)


def test_without_its_memory_nothing_of_theirs_is_overwritten(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.update()
    site.record("hello")
    (site.here / LEDGER).write_text('{"de": {"shipped": []')
    site.ship(SECOND)
    assert site.update() == Outcome(language="de", added=1, own=2, both=("hello",))
    assert site.said()["hello"] == ("Guten Tag.", "mine")
    assert "what differs from the shipped prompts is taken for your own" in caplog.text


def test_a_catalogue_that_cannot_be_read_keeps_no_other_language_from_its_update(site: Site) -> None:
    site.update()
    site.ship(SECOND)
    site.ship({"hello": "Buongiorno."}, "it")
    (site.here / "de.yaml").write_text("hello: [")
    broken, fine = update(site.settings)
    assert broken.trouble.startswith("prompts/de.yaml: line 1, column 9: ")
    assert fine == Outcome(language="it", added=1)
    assert (site.here / "de.yaml").read_text() == "hello: ["


def test_a_shipped_file_that_is_damaged_is_not_taken(site: Site) -> None:
    file_of(site.shipped / "de", "bye").write_text("half")
    assert "the shipped prompt de/bye is damaged" in site.update().trouble
    file_of(site.shipped / "de", "bye").write_text(FIRST["bye"])
    assert site.update().trouble == ""
    assert site.said() == spoken(FIRST)


def test_on_a_full_disk_all_stays_as_it_was(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.update()
    site.ship(SECOND)
    written = 0

    def fsync(handle: int) -> None:
        nonlocal written
        written += 1
        if written == 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        assert site.update().trouble == "the prompts cannot be written: No space left on device"
    assert site.said() == spoken(FIRST)
    assert list((site.here / "de").glob("*.part")) == []
    site.update()
    assert site.said() == spoken(SECOND)


def test_where_prompts_are_used_as_shipped_there_is_nothing_to_do(site: Site, tmp_path: Path) -> None:
    same = Settings(prompts_dir=site.shipped, shipped_prompts_dir=str(site.shipped))
    assert (update(same), outlook(same), update(Settings(prompts_dir=site.shipped))) == ([], [], [])
    with pytest.raises(ConfigError, match="no shipped prompts in"):
        update(Settings(prompts_dir=tmp_path / "x", shipped_prompts_dir=str(tmp_path / "none")))


def test_a_wish_for_what_there_is_not_is_refused(site: Site) -> None:
    with pytest.raises(NotFound, match="no prompts in 'fr' are shipped, only in de"):
        site.update(Wish(language="fr"))
    with pytest.raises(NotFound, match="there is no prompt 'helo' in de"):
        site.update(Wish(language="de", back=["helo"]))


def steps_until(site: Site, monkeypatch: pytest.MonkeyPatch, limit: int) -> int:
    """Update, and be killed before the file system is changed once more than `limit` times; return how often it was."""
    done = 0

    def counted(change: Any) -> Any:
        def instead(*arguments: Any, **options: Any) -> Any:
            nonlocal done
            if done == limit:
                raise Killed
            done += 1
            return change(*arguments, **options)

        return instead

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", counted(Path.replace))
        patch.setattr(Path, "unlink", counted(Path.unlink))
        try:
            site.update()
        except Killed:
            return -1
    return done


def test_an_update_killed_before_any_of_its_steps_is_made_up_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = 0
    while True:
        shutil.rmtree(site.here, ignore_errors=True)
        site.ship(FIRST)
        site.update()
        site.record("menu")
        site.ship(SECOND)
        ended = steps_until(site, monkeypatch, limit)
        assert site.update().both == ()
        assert site.said() == spoken(SECOND) | {"menu": ("Wählen Sie.", "mine")}
        assert outlook(site.settings) == [Outcome(language="de", own=1)]
        if ended >= 0:
            break
        limit += 1
    assert limit == ended == 7  # memory, two sounds, manifest, catalogue, a file less, memory


def test_a_first_update_killed_before_any_of_its_steps_is_made_up_for(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in range(7):
        shutil.rmtree(site.here, ignore_errors=True)
        assert steps_until(site, monkeypatch, limit) == -1
        site.update()
        assert site.said() == spoken(FIRST)
        assert outlook(site.settings) == [Outcome(language="de")]


KILLS_ITSELF = """
import os, signal, sys
from pathlib import Path
from app.prompts_update import update
from callcenter.settings import Settings
plain, left = Path.replace, [3]
def replace(self, target):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return plain(self, target)
Path.replace = replace
update(Settings(prompts_dir=Path(sys.argv[1]), shipped_prompts_dir=sys.argv[2]))
"""


def test_a_process_killed_for_good_leaves_no_lock_and_nothing_half(site: Site) -> None:
    site.update()
    site.ship(SECOND)
    command = [sys.executable, "-c", KILLS_ITSELF, str(site.here), str(site.shipped)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    site.update()
    assert site.said() == spoken(SECOND)


def run(site: Site, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    monkeypatch.setenv("CALLCENTER_PROMPTS_DIR", str(site.here))
    monkeypatch.setenv("CALLCENTER_SHIPPED_PROMPTS_DIR", site.settings.shipped_prompts_dir)
    return CliRunner().invoke(prompts_app, list(arguments))


def test_the_commands_say_what_they_did(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(site, monkeypatch, "update")
    assert (first.exit_code, first.stdout) == (0, "de: 3 added, 0 updated, 0 removed, 0 changed here and kept\n")
    site.record("hello")
    site.ship(SECOND)
    told = run(site, monkeypatch, "update").stdout.splitlines()
    assert told[0] == "de: 1 added, 0 updated, 1 removed, 1 changed here and kept"
    assert told[1] == (
        "de/hello: your own was kept, though the shipped one has changed: `callcenter prompts restore hello --language "
        "de` takes the shipped one, `callcenter prompts keep hello --language de` keeps yours and says no more"
    )
    kept = run(site, monkeypatch, "keep", "hello", "--language", "de")
    assert kept.stdout == "de: 0 added, 0 updated, 0 removed, 1 changed here and kept\n"
    back = run(site, monkeypatch, "restore", "hello", "--language", "de")
    assert back.stdout == "de: 0 added, 1 updated, 0 removed, 0 changed here and kept\n"
    assert site.said() == spoken(SECOND)
    neither = run(site, monkeypatch, "restore", "--language", "de")
    assert "name the prompts to put back, or give --all" in str(neither.exception)


def test_an_update_fails_only_where_nothing_could_be_played(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    run(site, monkeypatch, "update")
    (site.here / "de.yaml").write_text("hello: [")
    warned = run(site, monkeypatch, "update")
    assert warned.exit_code == 0
    assert warned.stderr.startswith("de: prompts are not brought up to date: prompts/de.yaml: line 1, column 9: ")
    shutil.rmtree(site.here)
    file_of(site.shipped / "de", "bye").unlink()
    assert run(site, monkeypatch, "update").exit_code == 1


def test_without_a_folder_of_its_own_a_choice_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CALLCENTER_SHIPPED_PROMPTS_DIR", raising=False)
    monkeypatch.setenv("CALLCENTER_PROMPTS_DIR", str(site.shipped))
    runner = CliRunner()
    assert runner.invoke(prompts_app, ["update"]).stdout.endswith("prompts are used as they are shipped\n")
    refused = runner.invoke(prompts_app, ["keep", "hello", "--language", "de"])
    assert "are the shipped ones: there are none to choose from" in str(refused.exception)


async def test_the_check_tells_what_is_not_up_to_date_and_what_to_decide(site: Site) -> None:
    site.ship(FIRST | {dialplan.CLOSURE_PROMPT: "Zu."})
    site.update()
    site.record("hello")
    site.ship(SECOND | {dialplan.CLOSURE_PROMPT: "Zu."})
    with pytest.raises(ConfigError, match="prompts of de were not brought up to date: callcenter prompts update"):
        await check._prompts(site.settings)
    await asyncio.to_thread(site.update)
    file_of(site.here / "de", "menu").write_text("half")
    with pytest.raises(ConfigError, match=r"\(de/menu\): callcenter prompts update, and for your own"):
        await check._prompts(site.settings)
    await asyncio.to_thread(site.update)
    assert "note: de/hello: your own was kept" in await check._prompts(site.settings)
    site.update(Wish(language="de", keep=["hello"]))
    assert (await check._prompts(site.settings)).endswith(f"in {site.here}")


async def test_the_desk_speaks_what_is_shipped_by_the_shipped_voice(site: Site) -> None:
    site.update()
    site.record("hello")
    desk = PromptFiles(site.settings)
    assert (await desk.audio("de", "menu")).startswith(b"RIFF")
    again = await desk.speak("de", "hello")
    assert (again.source, again.voice) == (Source.SPOKEN, "somebody")
    assert site.said() == spoken(FIRST)
    assert outlook(site.settings) == [Outcome(language="de")]


def test_an_update_waits_for_whoever_records_at_the_desk(site: Site) -> None:
    site.update()
    site.ship(SECOND)
    with ThreadPoolExecutor() as threads:
        with locked(site.here / AUDIO_LOCK.format("de")):
            waiting = threads.submit(site.update)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.2)
            site.record("hello")
        assert waiting.result() == Outcome(language="de", added=1, removed=1, own=1, both=("hello",))
    assert site.said()["hello"] == ("Guten Tag.", "mine")


def test_a_centre_starts_with_the_prompts_it_has_where_they_cannot_be_updated(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    up_cli._update_prompts(site.settings)
    up_cli._update_prompts(Settings(prompts_dir=site.here, shipped_prompts_dir=str(tmp_path / "none")))
    first, second = capsys.readouterr().err.splitlines()
    assert first == "de: 3 added, 0 updated, 0 removed, 0 changed here and kept"
    assert second.startswith("the prompts are not brought up to date: no shipped prompts in ")
