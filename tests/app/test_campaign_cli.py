"""`callcenter campaign`: changing, its message, listing, and what the audit notes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app import campaign_options
from callcenter.adapters.store import Store
from callcenter.errors import StoreError
from callcenter.outbound import CampaignState
from tests.app.campaigns import NUMBERS, fill
from tests.app.office import SPRING, Office, command, options
from tests.app.test_messages import recording, tone


def test_change_changes_what_is_given_and_keeps_the_rest(office: Office) -> None:
    office.add(ring="30")
    before = office.campaign()
    assert office("campaign", "change", "spring", "--cap", "1%") == "campaign spring changed, shows +12025550100\n"
    assert office.campaign() == replace(before, cap=0.01)
    assert office.refused("campaign", "change", "sprin") == 'there is no campaign "sprin"; did you mean "spring"?'
    assert "--ring: 5 s is less than" in office.refused("campaign", "change", "spring", "--ring", "5")


def test_change_keeps_the_state(office: Office) -> None:
    office.add()
    fill(office, *NUMBERS)
    office("campaign", "start", "spring")
    office("campaign", "change", "spring", "--title", "New")
    assert office.campaign().state is CampaignState.RUNNING


def test_another_trunk_brings_its_number_unless_one_is_given(office: Office) -> None:
    office.add()
    office("campaign", "change", "spring", "--trunk", "second")
    assert office.campaign().caller_id == "+12025550102"
    office("campaign", "change", "spring", "--trunk", "carrier", "--caller-id", "+12025550109")
    assert office.campaign().caller_id == "+12025550109"
    office("campaign", "change", "spring", "--trunk", "mute")
    assert office.campaign().caller_id == "+12025550109"


def test_the_message_is_spoken_anew_when_it_says_something_else_or_is_gone(office: Office) -> None:
    office.add()
    office("campaign", "change", "spring", "--ring", "30", "--company", "Example Ltd.")
    assert len(office.voice.spoken) == 1
    assert "Other Ltd" in office("campaign", "change", "spring", "--company", "Other Ltd")
    office("campaign", "change", "spring", "--opt-out-key", "1")
    office("campaign", "change", "spring", "--kind", "collections")
    assert len(office.voice.spoken) == 4
    (office.rendered / "campaigns" / "spring.wav").unlink()
    assert "people for whom no agent is free hear:" in office("campaign", "change", "spring")
    assert len(office.voice.spoken) == 5


def test_an_own_recording_is_kept_until_another_comes(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "own.wav"
    file.write_bytes(recording(tone(5)))
    office.add(message=str(file))
    sound = (office.rendered / "campaigns" / "spring.wav").read_bytes()
    assert office.voice.spoken == []
    said = office("campaign", "change", "spring", "--company", "Other Ltd")
    assert "note: the message is your own recording and was kept: does it still say the right thing?" in said
    assert (office.rendered / "campaigns" / "spring.wav").read_bytes() == sound
    assert "recording" not in office("campaign", "change", "spring", "--ring", "30")
    office("campaign", "change", "spring", "--message", "-", stdin=recording(tone(9)))
    assert len((office.rendered / "campaigns" / "spring.wav").read_bytes()) > len(sound)
    assert office.voice.spoken == []


def test_a_recording_that_is_none_changes_nothing(office: Office, tmp_path: Path) -> None:
    office.add()
    before = office.campaign()
    told = office.refused("campaign", "change", "spring", "--message", str(tmp_path / "none.wav"), "--ring", "30")
    assert told == (
        f"cannot read {tmp_path / 'none.wav'}: No such file or directory: "
        "give - and the file on standard input if this is a container"
    )
    told = office.refused("campaign", "change", "spring", "--message", "-", "--ring", "30", stdin=b"no sound")
    assert told.startswith("--message: the recording is no WAV and no MP3 file")
    assert office.campaign() == before


def test_a_change_without_the_rendered_folder_is_possible_where_the_message_stays(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.add()
    monkeypatch.delenv("CALLCENTER_RENDERED_DIR")
    office("campaign", "change", "spring", "--ring", "30")
    assert office.refused("campaign", "change", "spring", "--company", "Other").startswith("CALLCENTER_RENDERED_DIR")


def test_list_and_show(office: Office) -> None:
    assert office("campaign", "list") == "none\n"
    office.add(skills="english")
    fill(office, *NUMBERS)
    assert office("campaign", "list").splitlines() == [
        "name    title   state   kind   queue  trunk    mode         ready",
        "spring  spring  paused  sales  sales  carrier  progressive  4",
    ]
    assert json.loads(office("campaign", "list", "--json"))[0]["state"] == "paused"
    shown = office("campaign", "show", "spring").splitlines()
    assert "callback     +12025550101" in shown
    assert "interval_s   14400.0" in shown
    assert "skills       english" in shown
    assert shown[-1] == f"says         {office.voice.spoken[0]}"
    (row,) = json.loads(office("campaign", "show", "spring", "--json"))
    assert (row["ring_s"], row["skills"], row["says"]) == (22.0, ["english"], office.voice.spoken[0])
    assert office.refused("campaign", "show", "autumn") == 'there is no campaign "autumn"; there is spring'


def test_who_did_what_is_noted(office: Office) -> None:
    office.add()
    fill(office, *NUMBERS)
    office("campaign", "change", "spring", "--ring", "30")
    office("campaign", "start", "spring")
    office("campaign", "end", "spring")
    add, *others = office.audits()
    assert add.startswith("campaign: add spring: kind=sales, queue=sales, trunk=carrier, company=Example Ltd")
    assert others == ["campaign: change spring: ring=30.0", "campaign: start spring", "campaign: end spring"]


def test_what_is_refused_is_not_noted(office: Office) -> None:
    office.refused("campaign", "add", "spring", "--kind", "x")
    office.add()
    office.refused("campaign", "start", "spring")
    assert len(office.audits()) == 1


def test_every_option_has_a_reader_and_every_reader_an_option() -> None:
    for name in ("add", "change"):
        assert {param.name for param in command("campaign").commands[name].params} == {
            *campaign_options.READERS,
            "name",
            "message",
        }


def test_a_database_that_fails_midway_is_one_line(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(self: Store, campaign: object) -> bool:
        raise StoreError("SQLite x: the disk is full: make room")

    monkeypatch.setattr(Store, "put_campaign", fails)
    assert office.refused("campaign", "add", "spring", *options(SPRING)) == "SQLite x: the disk is full: make room"
