"""Campaigns and their leads over real HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app import messages
from app.centre_file import load
from callcenter.accounts import Role
from callcenter.outbound import AttemptOutcome, CampaignState, Closing, Decision, Draft
from callcenter.records import ServiceState
from desk.campaigns import field_of, without_commands
from tests.app.office import CENTRE, Hum
from tests.app.test_messages import recording, tone
from tests.desk.house import Answered, House

SPRING = {
    "name": "spring",
    "kind": "sales",
    "queue": "sales",
    "trunk": "carrier",
    "company": "Example Ltd",
    "callback": "(202) 555-0101",
}
LIST = b"number,name\n202-555-0143,Ann\n20255501,Ben\n+12065550144,Eve\n"


@pytest.fixture
async def office(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A centre with a queue, a trunk and an agent, taken over, an admin at its desk, and a voice that hums."""
    voice = Hum()
    monkeypatch.setattr(messages, "default_voice", lambda language: voice)
    settings = house.desk.setup.settings  # type: ignore[attr-defined]
    settings.centre_file.write_text(CENTRE)
    (settings.centre_file.parent / "rendered").mkdir()
    await house.store.apply_centre(load(settings.centre_file).records())
    await house.enter()
    return house


async def add(house: House, **more: object) -> Answered:
    answer = await house.ask("POST", "/campaigns", json={**SPRING, **more})
    assert answer.status == 201, answer.plain
    return answer


async def take(house: House, data: bytes = LIST, query: str = "") -> Answered:
    headers = {"Content-Type": "application/octet-stream"}
    return await house.ask("POST", f"/campaigns/spring/leads{query}", data=data, headers=headers)


async def to(house: House, state: str) -> Answered:
    return await house.ask("POST", "/campaigns/spring/state", json={"state": state})


async def audited(house: House, what: str) -> list[str]:
    return [one["detail"] for one in (await house.ask("GET", f"/audit?what={what}")).plain["items"]]


async def test_a_campaign_is_added_paused_with_the_defaults_and_its_message(office: House) -> None:
    made = (await add(office)).plain
    assert (made["state"], made["caller_id"], made["callback"]) == ("paused", "+12025550100", "+12025550101")
    assert (made["cap_percent"], made["ring_s"], made["interval_min"]) == (3.0, 22.0, 240)
    assert made["says"].startswith("This is a call from Example Ltd")
    listed = (await office.ask("GET", "/campaigns")).plain
    assert [(one["name"], one["leads"]["ready"]) for one in listed["items"]] == [("spring", 0)]
    assert listed["dialer"]["running"] is False
    heard = await office.ask("GET", "/campaigns/spring/message")
    assert (heard.headers["Content-Type"], heard.raw[:4]) == ("audio/wav", b"RIFF")
    assert (await office.ask("POST", "/campaigns", json=SPRING)).code == "conflict"
    assert (await audited(office, "campaign"))[-1].startswith("add spring: kind=sales")


async def test_what_is_wrong_is_told_by_field_and_without_commands(office: House) -> None:
    body = {**SPRING, "queue": "sails", "cap_percent": 5.0, "ring_s": 2.0, "callback": "123"}
    refused = await office.ask("POST", "/campaigns", json=body)
    assert refused.status == 422
    assert sorted(one["key"] for one in refused.plain["details"]) == ["callback", "queue"]
    refused = await office.ask("POST", "/campaigns", json={**SPRING, "cap_percent": 5.0, "ring_s": 2.0})
    assert sorted(one["key"] for one in refused.plain["details"]) == ["cap_percent", "ring_s"]
    assert "--" not in refused.plain["message"]
    assert "callcenter" not in (await to(office, "start")).plain["message"]


async def test_a_change_is_made_in_view_of_what_is(office: House) -> None:
    made = await add(office)
    shown = await office.ask("GET", "/campaigns/spring")
    assert shown.headers["ETag"] == made.headers["ETag"]
    seen = {"If-Match": shown.headers["ETag"]}
    changed = await office.ask("PUT", "/campaigns/spring", json={"cap_percent": 2.5, "company": "X Ltd"}, headers=seen)
    assert (changed.plain["cap_percent"], changed.plain["ring_s"]) == (2.5, 22.0)
    assert changed.plain["says"].startswith("This is a call from X Ltd")
    stale = await office.ask("PUT", "/campaigns/spring", json={"cap_percent": 2.0}, headers=seen)
    assert (stale.status, stale.code) == (412, "conflict")
    assert (await office.ask("PUT", "/campaigns/spring", json={})).status == 428
    # A form sends all that it shows: only what differs is changed.
    fresh = {"If-Match": changed.headers["ETag"]}
    body = {**{key: value for key, value in SPRING.items() if key != "name"}, "company": "X Ltd"}
    body |= {"trunk": "second", "caller_id": "+12025550100", "callback": "+12025550101", "skills": ["english"]}
    changed = await office.ask("PUT", "/campaigns/spring", json=body, headers=fresh)
    assert (changed.plain["trunk"], changed.plain["caller_id"]) == ("second", "+12025550100")
    assert changed.plain["skills"] == ["english"]
    assert (await audited(office, "campaign"))[0] == (
        "change spring: trunk=second, skills=english, caller_id=+12025550100"
    )


async def test_leads_are_taken_and_each_row_at_fault_is_told(office: House) -> None:
    await add(office)
    tried = (await take(office, query="?dry_run=true")).plain
    assert (tried["good"], tried["imported"], tried["bad"]) == (2, None, 1)
    assert (await office.ask("GET", "/campaigns/spring/leads")).plain["items"] == []
    taken = (await take(office)).plain
    assert (taken["imported"], taken["already_there"], taken["bad"]) == (2, 0, 1)
    assert [(one["line"], one["column"]) for one in taken["faults"]] == [(3, "number")]
    assert (await take(office)).plain["already_there"] == 2
    ready = (await office.ask("GET", "/campaigns/spring/leads?state=ready&limit=1")).plain["items"]
    assert [one["state"] for one in ready] == ["ready"]
    assert (await take(office, b"name\nAnn\n")).status == 422
    assert (await take(office, "number,name\n202-555-0143,Zoë\n".encode("latin-1"))).code == "config"
    assert (await audited(office, "leads"))[-1] == "import list into spring: 2 new, 2 read, 1 rows at fault"
    assert (await office.ask("POST", "/campaigns/spring/leads/reset", json={})).plain == {"ready": 0}


async def test_leads_are_looked_through_page_by_page_and_by_number(office: House) -> None:
    await add(office)
    await take(office)
    first = (await office.ask("GET", "/campaigns/spring/leads?limit=1")).plain
    second = (await office.ask("GET", f"/campaigns/spring/leads?limit=1&cursor={first['next']}")).plain
    assert sorted(one["name"] for one in first["items"] + second["items"]) == ["Ann", "Eve"]
    [ann] = (await office.ask("GET", "/campaigns/spring/leads?number=(202) 555-0143")).plain["items"]
    assert (ann["number"], ann["name"]) == ("+12025550143", "Ann")
    assert (await office.ask("GET", "/campaigns/spring/leads?outcome=busy")).plain["items"] == []
    for cursor in ("x", "MjAyNg==", "MjAyNi0wMS0wMVQwMDowMDowMCswMDowMCB4"):
        assert (await office.ask("GET", f"/campaigns/spring/leads?cursor={cursor}")).status == 400, cursor
    assert (await office.ask("GET", "/campaigns/spring/leads?number=Ann")).status == 400


async def test_a_lead_is_told_with_the_calls_to_it(office: House) -> None:
    await add(office)
    await take(office, b"number,name,shoe size,any_hour_consent\n+12025550143,Ann,42,form 7\n")
    await to(office, "start")
    [lead] = await office.store.leads("spring")
    now = datetime.now(UTC)
    draft = Draft(id="a1", lead=lead.id, campaign="spring", number=lead.number, cell="main")
    await office.store.reserve([draft], now)
    await office.store.mark_sent(["a1"], now)
    await office.store.pass_gate("a1", now, timedelta(seconds=10))
    await office.store.note_attempt("a1", answered_at=now, agent="11", connected_at=now)
    end = now + timedelta(seconds=7)
    await office.store.close_attempt(Closing(attempt="a1", outcome=AttemptOutcome.CONNECTED, at=end, cause=16))
    shown = (await office.ask("GET", f"/campaigns/spring/leads/{lead.id}")).plain
    assert (shown["data"], shown["consent"], shown["on_dnc"]) == ({"shoe size": "42"}, "form 7", False)
    [attempt] = shown["attempts"]
    assert (attempt["outcome"], attempt["agent"], attempt["talked_s"], attempt["cause"]) == ("connected", "11", 7.0, 16)
    [listed] = (await office.ask("GET", "/campaigns/spring/attempts?outcome=connected")).plain["items"]
    assert (listed["name"], listed["number"], listed["state"]) == ("Ann", "+12025550143", "ended")
    assert (await office.ask("GET", "/campaigns/spring/attempts?outcome=busy")).plain["items"] == []
    await add(office, name="autumn")
    for path in (f"/campaigns/autumn/leads/{lead.id}", "/campaigns/spring/leads/999"):
        assert (await office.ask("GET", path)).status == 404, path


async def test_a_campaign_starts_pauses_drains_and_ends(office: House) -> None:
    await add(office)
    refused = await to(office, "start")
    assert (refused.status, refused.plain["message"]) == (422, "campaign spring cannot start: it has no leads")
    await take(office)
    started = (await to(office, "start")).plain
    assert (started["state"], started["notes"]) == (
        "running",
        ["the dialer does not run: nobody is called before it does"],
    )
    assert (await to(office, "start")).plain["notes"] == ["it was running already"]
    assert (await to(office, "drain")).plain["state"] == "draining"
    assert (await to(office, "end")).plain["state"] == "ended"
    assert (await to(office, "pause")).code == "conflict"
    assert (await office.store.campaign("spring")).state is CampaignState.ENDED  # type: ignore[union-attr]
    details = await audited(office, "campaign")
    assert details[:3] == ["end spring", "drain spring", "start spring"]


async def test_a_supervisor_pauses_and_lets_go_on_and_does_nothing_else(office: House) -> None:
    await add(office)
    await take(office)
    await to(office, "start")
    await office.enter(Role.SUPERVISOR)
    assert (await to(office, "pause")).plain["state"] == "paused"
    assert (await to(office, "start")).plain["state"] == "running"
    for state in ("drain", "end"):
        assert (await to(office, state)).code == "forbidden"
    await office.enter()
    await to(office, "end")
    await office.enter(Role.SUPERVISOR)
    assert (await to(office, "start")).code == "forbidden"


async def test_the_status_tells_what_the_dialer_decided_and_the_drops(office: House) -> None:
    await add(office)
    await take(office)
    await to(office, "start")
    now = datetime.now(UTC)
    for name, text in (("dialer:main", "calls for 1 campaign"), ("campaign:main:spring", "2 calls: 2 agents ready")):
        await office.store.put_service_state(ServiceState(name=name, text=text, since=now, seen_at=now))
    shown = (await office.ask("GET", "/campaigns/spring/status")).plain
    assert shown["dialer"]["running"] is True
    assert shown["campaign"]["leads"] == {"ready": 2, "dialing": 0, "done": 0}
    assert {one["cap"] for one in shown["campaign"]["drops"]} == {0.03}
    assert datetime.fromisoformat(shown["at"]) - now < timedelta(minutes=1)


async def test_an_own_recording_is_taken_as_the_message(office: House) -> None:
    await add(office)
    headers = {"Content-Type": "application/octet-stream"}
    assert (await office.ask("PUT", "/campaigns/spring/message", data=b"", headers=headers)).status == 428
    headers["If-Match"] = (await office.ask("GET", "/campaigns/spring/message")).headers["ETag"]
    own = await office.ask("PUT", "/campaigns/spring/message", data=recording(tone(5)), headers=headers)
    assert (own.status, own.plain["says"], own.plain["has_message"]) == (200, "", True)
    late = await office.ask("PUT", "/campaigns/spring/message", data=recording(tone(5)), headers=headers)
    assert (late.status, late.code) == (412, "conflict")
    headers["If-Match"] = own.headers["ETag"]
    wrong = await office.ask("PUT", "/campaigns/spring/message", data=b"no sound", headers=headers)
    assert (wrong.status, "--" in wrong.plain["message"]) == (422, False)


async def test_what_is_not_there_is_not_found(office: House) -> None:
    for path in ("/campaigns/spring", "/campaigns/spring/status", "/campaigns/spring/leads"):
        answer = await office.ask("GET", path)
        assert (answer.status, answer.plain["message"]) == (404, 'there is no campaign "spring"'), path
    assert (await to(office, "start")).status == 404


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("the law: change it with `callcenter campaign change spring`", "the law"),
        ("it has no message; `callcenter campaign change spring` makes one", "it has no message"),
        ('there is no queue "x": add it with `callcenter queue add`', 'there is no queue "x"'),
        ("--message: the recording is silent", "message: the recording is silent"),
    ],
)
def test_commands_are_not_told_at_the_desk(told: str, said: str) -> None:
    assert without_commands(told) == said


def test_options_are_the_desks_fields() -> None:
    assert [field_of(one) for one in ("--opt-out-key", "--ring", "cap")] == ["opt_out_key", "ring_s", "cap_percent"]


async def test_why_it_dialled_is_told_with_the_decisions_around_it(office: House) -> None:
    await add(office)
    now = await office.store.now()
    for seconds in (30, 4, 2):
        decision = Decision(
            campaign="spring",
            cell="main",
            at=now - timedelta(seconds=seconds),
            asked=7,
            placed=6,
            cancelled=0,
            floor={"idle": 2.0},
            reasons=("price 4 %", "7 calls"),
        )
        await office.store.keep_decisions([decision])
    told = (await office.ask("GET", "/campaigns/spring/decisions")).plain
    assert (told["decision"]["asked"], told["decision"]["placed"], len(told["around"])) == (7, 6, 2)
    assert told["decision"]["reasons"] == ["price 4 %", "7 calls"]
    then = (now - timedelta(seconds=20)).isoformat().replace("+00:00", "Z")
    earlier = (await office.ask("GET", f"/campaigns/spring/decisions?at={then}&around_s=0")).plain
    assert earlier["decision"]["at"] < told["decision"]["at"]
    assert earlier["around"] == []
    assert (await office.ask("GET", "/campaigns/spring/decisions?at=soon")).status == 400


async def test_the_share_of_people_taken_for_machines_is_set_in_percent(office: House) -> None:
    made = (await add(office, amd=True, mode="predictive", amd_misses_percent=1.5)).plain
    assert (made["mode"], made["amd_misses_percent"]) == ("predictive", 1.5)
    refused = await office.ask(
        "POST", "/campaigns", json={**SPRING, "name": "x", "amd": True, "amd_misses_percent": 4.0}
    )
    assert [one["key"] for one in refused.plain["details"]] == ["amd_misses_percent"]
