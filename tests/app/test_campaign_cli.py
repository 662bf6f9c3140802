"""`callcenter campaign`, from its arguments to the store, the message's sound and what it prints."""

import json
import math
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import campaign_options, campaign_status
from app.campaign_options import Known, make
from callcenter.adapters.store import Store
from callcenter.errors import StoreError
from callcenter.faults import FaultsError
from callcenter.outbound import (
    Attempt,
    AttemptOutcome,
    CampaignKind,
    CampaignState,
    Closing,
    Draft,
    Lead,
    LeadState,
)
from callcenter.records import Agent, CentreRecords, ServiceState
from dialer import leads
from tests.app.office import SPRING, Office, command, options
from tests.app.test_messages import recording, tone

NUMBERS = ("+12025550143", "+12065550144", "+12075550145", "+12085550146")
KNOWN = Known(
    region="US",
    queues=frozenset({"sales", "support"}),
    trunks={"carrier": "+12025550100", "mute": ""},
    agents=(Agent(id="7", name="First desk", phone="1007", queues=("sales",)),),
)
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


def fill(office: Office, *numbers: str, name: str = "spring", due: timedelta = timedelta(0)) -> None:
    async def work(store: Store) -> None:
        now = await store.now()
        await store.add_leads([Lead(campaign=name, number=n, next_at=now + due, created_at=now) for n in numbers])

    office.store(work)


def says(office: Office, text: str, *, seen: timedelta = timedelta(0), name: str = "dialer:main") -> None:
    """Let the dialer (or what is called `name`) have said `text`, last `seen` ago."""

    async def work(store: Store) -> None:
        at = await store.now() - seen
        await store.put_service_state(ServiceState(name=name, text=text, since=at, seen_at=at))

    office.store(work)


# ----------------------------------------------------------------------------------------------------- add


def test_add_keeps_a_paused_campaign_with_the_defaults_and_says_what_comes_next(office: Office) -> None:
    said = office.add().splitlines()
    assert said[0] == "campaign spring added: paused, shows +12025550100"
    assert said[1] == f'people for whom no agent is free hear: "{office.voice.spoken[0]}"'
    assert said[2:] == [
        "next: `callcenter leads import FILE --campaign spring`, then `callcenter campaign start spring`"
    ]
    found = office.campaign()
    assert found.state is CampaignState.PAUSED
    assert (found.kind, found.region, found.title) == (CampaignKind.SALES, "US", "spring")
    assert (found.caller_id, found.callback) == ("+12025550100", "+12025550101")
    assert (found.cap, found.ring, found.max_wait) == (0.03, timedelta(seconds=22), timedelta(seconds=2))
    assert found.message == "/etc/asterisk/rendered/campaigns/spring"
    assert (office.rendered / "campaigns" / "spring.wav").exists()


def test_add_takes_every_option(office: Office) -> None:
    office.add(
        kind="collections",
        caller_id="+12025550109",
        title="Spring",
        mode="ratio",
        cap="2.5 %",
        ring="30",
        max_wait="1.5",
        interval="2d",
        max_tries="5",
        language="en-gb",
        skills="english, english,billing",
        region="GB",
        callback="+442079460000",
        opt_out_key="*",
        weight="2",
    )
    assert replace(office.campaign(), created_at=NOW) == replace(
        office.campaign(),
        kind=CampaignKind.COLLECTIONS,
        caller_id="+12025550109",
        title="Spring",
        mode="ratio",
        cap=0.025,
        ring=timedelta(seconds=30),
        max_wait=timedelta(seconds=1.5),
        interval=timedelta(days=2),
        max_tries=5,
        language="en_GB",
        skills=("english", "billing"),
        region="GB",
        callback="+442079460000",
        opt_out_key="*",
        weight=2.0,
        created_at=NOW,
    )
    assert office.campaign().amd is False
    office("campaign", "change", "spring", "--amd")
    assert office.campaign().amd is True


def test_numbers_are_read_as_dialled_in_the_campaigns_region(office: Office) -> None:
    office.add(region="GB", callback="020 7946 0000")
    assert office.campaign().callback == "+442079460000"


def test_everything_that_is_missing_is_told_at_once(office: Office) -> None:
    assert office.refused("campaign", "add", "spring") == (
        "campaign spring: --kind: is missing; --queue: is missing; --trunk: is missing; --company: is missing; "
        "--callback: is missing"
    )


@pytest.mark.parametrize(
    ("key", "written", "said"),
    [
        ("kind", "surveys", '"surveys" is no kind: use sales or collections'),
        ("queue", "sale", 'there is no queue "sale"; did you mean "sales"?'),
        ("trunk", "carier", 'there is no trunk "carier"; did you mean "carrier"?'),
        ("company", " ", "needs 1 to 80 printable characters on one line"),
        ("company", "A\nB", "needs 1 to 80 printable characters on one line"),
        ("callback", "911", '"911" '),
        ("callback", "+19005550100", "+19005550100 is a premium-rate number: people must be able to call back at no"),
        ("caller_id", "anonymous", '"anonymous" has letters: give the digits'),
        ("title", "x" * 81, "needs 1 to 80 printable characters on one line"),
        ("mode", "psychic", "pacing mode 'psychic' does not exist: use one of progressive, ratio"),
        ("cap", "3", '"3" is no share: write 3% or 0.03'),
        ("cap", "much", '"much" is no share: write 3% or 0.03'),
        ("cap", "3.1%", "3.1 % is more than the 3 % of rule us-drops (47 CFR 64.1200(a)(7)"),
        ("ring", 14.9, "14.9 s is less than the 15 s of rule us-ring (16 CFR 310.4(b)(4)(ii)"),
        ("ring", 60.1, "60.1 is not between 1 and 60 s"),
        ("ring", math.nan, "nan is not between 1 and 60 s"),
        ("max_wait", 2.1, "2.1 s is more than the 2 s of rule us-drops (47 CFR 64.1200(a)(7)"),
        ("max_wait", 0, "0 is not between 0.1 and 60 s"),
        ("interval", "4", '"4" is no length of time: write e.g. 90m, 4h or 2d'),
        ("interval", "30s", "30s is not between 1m and 365d"),
        ("interval", "366d", "366d is not between 1m and 365d"),
        ("max_tries", 0, "0 is not between 1 and 100"),
        ("language", "english", "'english' is no language"),
        ("skills", "big deals", "'big deals' is no name"),
        ("region", "us", "'us' is no region: use the ISO 3166 code"),
        ("opt_out_key", "12", '"12" is no key: use one of 0 to 9 or *'),
        ("opt_out_key", "#", '"#" ends the input on a telephone keypad: use 0 to 9 or *'),
        ("weight", 0, "0 is not between 0.01 and 100"),
        ("weight", math.inf, "inf is not between 0.01 and 100"),
    ],
)
def test_a_value_that_is_wrong_is_told_with_its_option_and_how_to_mend_it(
    key: str, written: str | float, said: str
) -> None:
    with pytest.raises(FaultsError) as caught:
        make("spring", {**SPRING, key: written}, KNOWN, NOW)
    (fault,) = caught.value.faults
    assert fault.key == "--" + key.replace("_", "-")
    assert fault.text.startswith(said)


def test_what_is_refused_leaves_nothing_behind(office: Office) -> None:
    told = office.refused("campaign", "add", "spring", *options({**SPRING, "cap": "5%", "queue": "sale"}))
    assert told == 'campaign spring: --queue: there is no queue "sale"; did you mean "sales"?'
    assert office.store(lambda store: store.campaigns()) == []
    assert not (office.rendered / "campaigns").exists()


def test_all_faults_are_told_together() -> None:
    values = {**SPRING, "queue": "sals", "cap": "x", "ring": 300.0, "region": "XX", "callback": "(202) 555-0101"}
    with pytest.raises(FaultsError) as caught:
        make("spring", values, KNOWN, NOW)
    # A number without + cannot be judged while the region is wrong.
    assert [fault.key for fault in caught.value.faults] == ["--queue", "--cap", "--ring", "--region"]


def test_what_the_law_says_is_told_together_and_depends_on_kind_and_country() -> None:
    values = {**SPRING, "cap": "4%", "ring": 10.0, "max_wait": 5.0}
    with pytest.raises(FaultsError) as caught:
        make("spring", values, KNOWN, NOW)
    assert [fault.key for fault in caught.value.faults] == ["--ring", "--cap", "--max-wait"]
    with pytest.raises(FaultsError, match=r"--cap: 4 % is more than the 3 % of rule own-drops"):
        make("spring", {**SPRING, "region": "DE", "callback": "+4930123456", "cap": "4%"}, KNOWN, NOW)


def test_without_a_region_anywhere_it_has_to_be_given() -> None:
    with pytest.raises(FaultsError, match=r'--region: is missing: the country whose rules apply, e\.g\. "US"'):
        make("spring", SPRING, replace(KNOWN, region=""), NOW)
    assert make("spring", {**SPRING, "region": "US"}, replace(KNOWN, region=""), NOW).callback == "+12025550101"


def test_a_trunk_that_shows_no_number_needs_one(office: Office) -> None:
    assert office.refused("campaign", "add", "spring", *options({**SPRING, "trunk": "mute"})) == (
        "campaign spring: --caller-id: is missing: trunk mute has none of its own"
    )
    office.add(trunk="mute", caller_id="+12025550109")


def test_add_says_what_is_hardly_meant(office: Office) -> None:
    said = office.add(kind="collections", company="Fast Debt Recovery", skills="spanish")
    assert "note: no agent with spanish serves queue sales: nobody would be called\n" in said
    assert """note: "Debt" in the company's name tells whoever answers of a debt (12 CFR 1006.2(j))\n""" in said


@pytest.mark.parametrize("name", ["Spring", "a b", "../x", "x" * 33, "all"])
def test_a_name_that_is_none_is_refused(office: Office, name: str) -> None:
    assert office.refused("campaign", "add", name, *options(SPRING)).startswith(f"campaign: {name!r}")


def test_a_name_that_is_taken_is_refused_and_nothing_changes(office: Office) -> None:
    office.add()
    assert office.refused("campaign", "add", "spring", *options({**SPRING, "company": "Other"})) == (
        "there is a campaign spring already: `callcenter campaign change spring` changes it"
    )
    assert office.campaign().company == "Example Ltd"


def test_without_the_rendered_folder_the_message_has_no_place(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CALLCENTER_RENDERED_DIR")
    assert office.refused("campaign", "add", "spring", *options(SPRING)).startswith(
        "CALLCENTER_RENDERED_DIR is not set"
    )
    assert office.store(lambda store: store.campaigns()) == []


def test_without_centre_toml_the_stores_centre_counts(office: Office) -> None:
    office.file.unlink()
    office.add(region="US")
    assert 'no queue "sals"; did you mean "sales"?' in office.refused("campaign", "change", "spring", "--queue", "sals")


def test_what_is_not_there_can_be_added(office: Office) -> None:
    office.file.write_text('[centre]\nregion = "US"\n')
    told = office.refused("campaign", "add", "spring", *options(SPRING))
    assert '--queue: there is no queue "sales": add it with `callcenter queue add`' in told
    assert '--trunk: there is no trunk "carrier": add it with `callcenter trunk add`' in told


# ------------------------------------------------------------------------------------------- change, message


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


# ------------------------------------------------------------------------------------------------ list, show


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


# ----------------------------------------------------------------------------------- start, pause, drain, end


def test_a_campaign_goes_through_its_states(office: Office) -> None:
    office.add()
    fill(office, *NUMBERS)
    says(office, "dialing")
    for verb, state in (
        ("start", CampaignState.RUNNING),
        ("drain", CampaignState.DRAINING),
        ("pause", CampaignState.PAUSED),
        ("end", CampaignState.ENDED),
        ("start", CampaignState.RUNNING),
        ("pause", CampaignState.PAUSED),
    ):
        assert office("campaign", verb, "spring") == f"campaign spring is {state}\n"
        assert office.campaign().state is state


@pytest.mark.parametrize(
    ("state", "verb", "said"),
    [
        (CampaignState.PAUSED, "drain", "campaign spring is paused: drain is for one that is running"),
        (CampaignState.ENDED, "pause", "campaign spring is ended: pause is for one that is draining or running"),
        (CampaignState.ENDED, "drain", "campaign spring is ended: drain is for one that is running"),
    ],
)
def test_what_makes_no_sense_in_a_state_is_refused(office: Office, state: CampaignState, verb: str, said: str) -> None:
    office.add()
    office.store(lambda store: store.set_campaign_state("spring", state))
    assert office.refused("campaign", verb, "spring") == said
    assert office.campaign().state is state


def test_saying_it_twice_does_no_harm(office: Office) -> None:
    office.add()
    assert office("campaign", "pause", "spring") == "campaign spring is paused\nnote: it was paused already\n"


def test_a_start_says_everything_that_is_missing(office: Office) -> None:
    office.add()
    (office.rendered / "campaigns" / "spring.wav").unlink()
    office.file.write_text('[centre]\nregion = "US"\n[[queue]]\nname = "sale"\n')
    office.store(office_without)
    assert office.refused("campaign", "start", "spring") == (
        "campaign spring cannot start: "
        f"the sound of its message is missing: {office.rendered}/campaigns/spring.wav; "
        "`callcenter campaign change spring` makes one; "
        'there is no queue "sales"; did you mean "sale"?; '
        'there is no trunk "carrier": `callcenter trunk add`; '
        "it has no leads: `callcenter leads import FILE --campaign spring`"
    )
    assert office.campaign().state is CampaignState.PAUSED


async def office_without(store: Store) -> None:
    """Take queues and trunks out of use."""
    await store.apply_centre(CentreRecords(agents=[], queues=[], numbers=[], trunks=[]))


def test_a_start_tells_what_is_not_taken_over_yet(office: Office) -> None:
    office.add()
    fill(office, *NUMBERS)
    office.store(office_without)
    assert office.refused("campaign", "start", "spring") == (
        'campaign spring cannot start: queue "sales" is not taken over yet: `callcenter reload`; '
        'trunk "carrier" is not taken over yet: `callcenter reload`'
    )


def test_a_list_that_is_done_cannot_start(office: Office) -> None:
    office.add()
    fill(office, *NUMBERS)

    async def finish(store: Store) -> None:
        await store.finish_leads([lead.id for lead in await store.leads("spring")])

    office.store(finish)
    assert office.refused("campaign", "start", "spring") == (
        "campaign spring cannot start: all of its 4 leads are done: import more, or "
        "`callcenter leads reset --campaign spring` calls them once more"
    )


def test_a_campaign_that_law_has_overtaken_cannot_start(office: Office) -> None:
    office.add()
    fill(office, *NUMBERS)
    generous = replace(office.campaign(), cap=0.05)
    office.store(lambda store: store.put_campaign(generous))
    told = office.refused("campaign", "start", "spring")
    assert "--cap: 5 % is more than the 3 % of rule us-drops" in told
    assert told.endswith("change it with `callcenter campaign change spring`")


def test_a_start_says_why_nothing_happens_yet(office: Office) -> None:
    office.add(skills="spanish")
    fill(office, *NUMBERS, due=timedelta(hours=2))
    said = office("campaign", "start", "spring").splitlines()
    assert said[:2] == [
        "campaign spring is running",
        "note: no agent with spanish serves queue sales: nobody would be called",
    ]
    assert said[2].startswith("note: its first lead may be called at ")
    assert said[3:] == ["note: the dialer does not run: nobody is called before it does"]


def test_a_message_that_lies_where_we_cannot_look_stops_a_start(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.add()
    fill(office, *NUMBERS)
    monkeypatch.delenv("CALLCENTER_RENDERED_DIR")
    assert office.refused("campaign", "start", "spring") == (
        "campaign spring cannot start: CALLCENTER_RENDERED_DIR is not set, so its message cannot be looked at"
    )


@pytest.mark.parametrize("verb", ["start", "pause", "drain", "end", "status"])
def test_a_campaign_that_does_not_exist_is_told(office: Office, verb: str) -> None:
    assert office.refused("campaign", verb, "autumn") == (
        'there is no campaign "autumn": make it with `callcenter campaign add`'
    )


# --------------------------------------------------------------------------------------------------- status


def ended(office: Office, *outcomes: AttemptOutcome, at: datetime) -> None:
    """Let leads of campaign spring have been called and ended so `at` a time, then one more call be up."""

    async def attempt(store: Store, lead: Lead) -> Attempt:
        draft = Draft(id=f"a{lead.id}", lead=lead.id, campaign="spring", number=lead.number, cell="main")
        (found,) = await store.reserve([draft], at)
        assert isinstance(found, Attempt)
        await store.mark_sent([found.id], at)
        passed = await store.pass_gate(found.id, at, timedelta(seconds=9))
        assert isinstance(passed, Attempt)
        return passed

    async def work(store: Store) -> None:
        waiting = await store.leads("spring", LeadState.READY)
        for lead, outcome in zip(waiting, outcomes, strict=False):
            found = await attempt(store, lead)
            later = {"lead_state": LeadState.READY, "next_at": at + timedelta(hours=4)}
            await store.close_attempt(Closing(attempt=found.id, outcome=outcome, at=at, **later))  # type: ignore[arg-type]
        await attempt(store, waiting[len(outcomes)])

    office.store(work)


def running(office: Office, *outcomes: AttemptOutcome) -> None:
    """A running campaign with calls of an hour ago."""
    office.add()
    fill(office, *NUMBERS, due=timedelta(hours=-2))
    office("campaign", "start", "spring")
    ended(office, *outcomes, at=datetime.now(UTC) - timedelta(minutes=1))


def test_status_tells_what_has_come_of_a_campaign(office: Office) -> None:
    running(office, AttemptOutcome.CONNECTED, AttemptOutcome.DROPPED, AttemptOutcome.BUSY)
    says(office, "dialing")
    lines = office("campaign", "status", "spring").splitlines()
    assert ageless(lines[0]) == "dialer: dialing (for … s)"
    assert lines[1] == "campaign spring (spring): running"
    assert lines[2].startswith("  leads      ready 3, dialing 1, done 0; next due in 3 h 5")
    assert lines[3] == "  in flight  dialing 1"
    assert lines[5] == "  so far     busy 1, connected 1, dropped 1"
    assert lines[6:] == [
        "  drops      1 of 2 answered by a person, 50 %; at most 3 % in 30 days (us-drops)",
        "  drops      1 of 2 answered by a person, 50 %; at most 3 % in 24 h (own-drops)",
    ]
    head, row = office("campaign", "status").splitlines()[1:]
    assert head.split("  ")[0] == "campaign"
    assert row.split()[:5] == ["spring", "running", "3", "1", "0"]
    assert row.endswith("50 % of 3 %")


def ageless(line: str) -> str:
    """Ages in seconds depend on how fast the machine is."""
    return re.sub(r"\b[0-9]+ s\b", "… s", line)


PACED = "3 ready agents; 2 calls in flight for them"


def test_status_tells_what_the_pacer_decided(office: Office) -> None:
    running(office)
    says(office, PACED, name="campaign:main:spring")
    says(office, "of another cell", name="campaign:north:spring")
    assert f"  pacing     {PACED}" in office("campaign", "status", "spring").splitlines()
    assert f"pacing: spring: {PACED}" in office("campaign", "status").splitlines()
    (spring,) = json.loads(office("campaign", "status", "--json"))["campaigns"]
    assert spring["pacing"]["text"] == PACED
    assert datetime.fromisoformat(spring["pacing"]["seen_at"]).utcoffset() == timedelta(0)
    says(office, PACED, name="campaign:main:spring", seen=timedelta(minutes=3))
    told = office("campaign", "status", "spring")
    assert f"  pacing     {PACED} (said 3 min ago, nothing since)\n" in told


def test_what_was_decided_before_a_pause_is_not_told(office: Office) -> None:
    running(office)
    says(office, PACED, name="campaign:main:spring")
    office("campaign", "pause", "spring")
    assert "pacing" not in office("campaign", "status") + office("campaign", "status", "spring")
    office.add("autumn")
    told = json.loads(office("campaign", "status", "--json"))["campaigns"]
    assert [one["pacing"] is None for one in told] == [True, False]


def test_status_of_everything_is_each_service_with_its_age_and_then_the_campaigns(office: Office) -> None:
    running(office)
    says(office, "dialing")
    says(office, PACED, name="campaign:main:spring")
    says(office, "standing still: no link to Asterisk", name="dialer:north", seen=timedelta(minutes=3))
    head, main, north, *rest = office("status").splitlines()
    assert head.split() == ["service", "for", "seen", "says"]
    assert ageless(main).split() == ["dialer:main", "…", "s", "…", "s", "ago", "dialing"]
    assert north.endswith("3 min ago  does not run; its last words: standing still: no link to Asterisk")
    assert [ageless(line) for line in rest] == [ageless(line) for line in office("campaign", "status").splitlines()]
    told = json.loads(office("status", "--json"))
    assert [(one["name"], one["running"]) for one in told["services"]] == [
        ("dialer:main", True),
        ("dialer:north", False),
    ]
    assert told["campaigns"] == json.loads(office("campaign", "status", "--json"))["campaigns"]


def test_status_of_nothing_says_so(office: Office) -> None:
    assert office("status") == "dialer: the dialer does not run (never seen)\nnone\n"


def test_a_data_folder_that_cannot_be_made_is_one_line(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_DATA_DIR", "/proc/x")
    assert office.refused("campaign", "list") == (
        "the data folder /proc/x cannot be made: No such file or directory; CALLCENTER_DATA_DIR names another"
    )


def test_status_for_programs(office: Office) -> None:
    running(office, AttemptOutcome.DROPPED)
    says(office, "standing still: no link to Asterisk", seen=timedelta(seconds=30))
    told = json.loads(office("campaign", "status", "--json"))
    assert (told["dialer"]["running"], told["dialer"]["text"]) == (False, "standing still: no link to Asterisk")
    (spring,) = told["campaigns"]
    assert (spring["name"], spring["state"], spring["leads"]) == (
        "spring",
        "running",
        {"ready": 3, "dialing": 1, "done": 0},
    )
    assert (spring["total"], spring["in_flight"]) == ({"dropped": 1}, {"dialing": 1})
    assert spring["drops"][0] == {
        "rule": "us-drops",
        "window_s": 30 * 86_400,
        "cap": 0.03,
        "answered": 1,
        "dropped": 1,
        "rate": 1.0,
    }
    assert datetime.fromisoformat(spring["next_due"]).utcoffset() == timedelta(0)


def test_without_campaigns_and_dialer_status_says_so(office: Office) -> None:
    assert office("campaign", "status") == "dialer: the dialer does not run (never seen)\nnone\n"
    assert json.loads(office("campaign", "status", "--json")) == {
        "dialer": {"running": False, "text": "", "since": None, "seen_at": None},
        "campaigns": [],
    }


@pytest.mark.parametrize(
    ("seen_s", "line"),
    [
        (1, "dialer: standing still: no link to Asterisk (for 1 s)"),
        (60, "dialer: the dialer does not run (last seen "),
    ],
)
def test_the_dialers_own_words_count_while_it_says_them(office: Office, seen_s: int, line: str) -> None:
    says(office, "standing still: no link to Asterisk", seen=timedelta(seconds=seen_s))
    said = office("campaign", "status").splitlines()[0]
    assert said.startswith(line)
    assert said.endswith(", 1 min ago)") is (seen_s == 60)


def test_the_dialer_of_another_cell_is_not_ours(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    says(office, "dialing")
    monkeypatch.setenv("CALLCENTER_CELL", "north")
    assert "never seen" in office("campaign", "status")


def test_a_running_campaign_that_is_not_dialled_says_why(office: Office) -> None:
    office.add()
    fill(office, *NUMBERS)
    office("campaign", "start", "spring")
    (office.rendered / "campaigns" / "spring.wav").unlink()
    assert "note: spring: the sound of its message is missing" in office("campaign", "status")
    assert "  note       the sound of its message is missing" in office("campaign", "status", "spring")
    office("campaign", "pause", "spring")
    assert "missing" not in office("campaign", "status")


def test_with_the_database_away_status_says_it_in_one_line(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", "postgresql+psycopg://nobody:secret@127.0.0.1:1/none")
    for words in (("campaign", "status", "--json"), ("status",)):
        told = office.refused(*words)
        assert told.startswith("the database is away, and without it nobody is called: PostgreSQL none on 127.0.0.1: ")
        assert "secret" not in told


def test_today_begins_at_midnight_where_the_centre_is() -> None:
    at = datetime(2026, 7, 2, 3, 30, tzinfo=UTC)  # the evening before, in New York
    assert campaign_status.midnight("America/New_York", at) == datetime(2026, 7, 1, 4, tzinfo=UTC)
    assert campaign_status.midnight("UTC", at) == datetime(2026, 7, 2, tzinfo=UTC)


# ---------------------------------------------------------------------------------------------------- audit


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


# ----------------------------------------------------------------------------------------------------- docs


def shown(value: object) -> str:
    """A default as an operator would write it."""
    if isinstance(value, timedelta):
        hours = value.total_seconds() / 3600
        return f"{hours:g}h" if hours >= 1 else f"{value.total_seconds():g}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value) if value != () else "none"


def test_every_option_is_told_with_its_default() -> None:
    text = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text().split("\n## Campaigns\n")[1]
    told = dict(re.findall(r"^\| `--([a-z-]+)` \| `?([^|`]+?)`? \| \S", text, re.MULTILINE))
    found = make("spring", SPRING, KNOWN, NOW)
    special = {"cap": "3%", "caller-id": "the trunk's", "title": "its name", "region": "the centre's"}
    expected = {
        key.replace("_", "-"): "required" if key in campaign_options.REQUIRED else shown(getattr(found, key))
        for key in campaign_options.READERS
    }
    assert told == {**expected, **special, "message": "spoken"}
    assert found.cap == campaign_options.share_in(special["cap"])


def test_every_column_of_a_list_is_told() -> None:
    text = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text().split("\n### Lists of leads\n")[1]
    assert re.findall(r"^\| `(\w+)` \|", text.split("\n#")[0], re.MULTILINE) == list(leads.KNOWN)
