"""`callcenter campaign status` and `callcenter status`, for people and for programs."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from app import campaign_status
from callcenter.adapters.store import Store
from callcenter.outbound import Attempt, AttemptOutcome, Closing, Draft, Lead, LeadState
from tests.app.campaigns import NUMBERS, fill, says
from tests.app.office import Office


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
