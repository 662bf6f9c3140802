"""Persons, debts, calls back, voicemails and surveys over real HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from callcenter.accounts import Role
from callcenter.care import Callback, SurveyAnswer, Voicemail
from tests.desk.house import Answered, House

NUMBER = "+12025550143"
PERSON = "/persons/%2B12025550143"
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
PERSONS = "number,name,vip\n+12025550143,Ann,yes\n12,Ben,no\n+12065550144,Eve,\n"
DEBTS = "number,reference,amount,currency,due\n+12025550143,A-1,120.50,USD,2026-03-31\n+12025550143,A-2,x,USD,soon\n"


async def change(house: House, tag: str, said: dict[str, object]) -> Answered:
    return await house.ask("PUT", PERSON, json=said, headers={"If-Match": tag})


async def take(house: House, path: str, text: str) -> Answered:
    headers = {"Content-Type": "application/octet-stream"}
    return await house.ask("POST", path, data=text.encode(), headers=headers)


async def test_a_person_is_entered_found_and_changed_where_something_is_said(house: House) -> None:
    await house.enter()
    made = await house.ask("POST", "/persons", json={"number": "+1 202 555 0143", "name": "Ann", "language": "ES"})
    assert (made.status, made.plain["number"], made.plain["language"], made.plain["vip"]) == (201, NUMBER, "es", False)
    changed = await change(house, made.headers["ETag"], {"vip": True})
    changed = await change(house, changed.headers["ETag"], {"note": "calls on Mondays"})
    assert (await house.ask("GET", PERSON)).headers["ETag"] == changed.headers["ETag"]
    found = (await house.ask("GET", "/persons?number=%2B12025550143")).plain["items"]
    assert [(one["name"], one["vip"], one["note"]) for one in found] == [("Ann", True, "calls on Mondays")]
    assert (await house.ask("GET", "/persons?number=%2B12065550144")).plain["items"] == []
    assert (await house.ask("POST", "/persons", json={"number": "123"})).status == 422
    await house.enter(Role.SUPERVISOR)
    assert (await house.ask("GET", "/persons?vip=true")).plain["items"] == found
    assert (await house.ask("POST", "/persons", json={"number": NUMBER})).code == "forbidden"


async def test_two_who_change_a_person_see_each_other(house: House) -> None:
    await house.enter()
    first = (await house.ask("POST", "/persons", json={"number": NUMBER, "name": "Ann"})).headers["ETag"]
    assert (await house.ask("POST", "/persons", json={"number": NUMBER, "name": "Eve"})).code == "conflict"
    await house.store.person_seen(NUMBER, NOW)  # a call takes nothing from whoever has the form open
    assert (await change(house, first, {"language": "es"})).status == 200
    late = await change(house, first, {"name": "Eve"})
    assert (late.status, late.code) == (412, "conflict")
    assert (await house.ask("PUT", PERSON, json={"name": "Eve"})).code == "no-if-match"
    assert (await house.ask("GET", PERSON)).plain["name"] == "Ann"
    emptied = await change(house, (await house.ask("GET", PERSON)).headers["ETag"], {"name": "", "language": ""})
    assert (emptied.plain["name"], emptied.plain["language"], emptied.plain["calls"]) == ("", None, 1)
    # Known from their calls alone: nobody has said who this is.
    assert (await house.ask("POST", "/persons", json={"number": NUMBER, "name": "Zoë"})).status == 201
    unknown = "/persons/%2B12065550144"
    assert (await house.ask("GET", unknown)).status == 404
    assert (await house.ask("PUT", unknown, json={}, headers={"If-Match": first})).status == 404


async def test_persons_of_a_list_are_entered_and_rows_at_fault_told(house: House) -> None:
    await house.enter()
    tried = (await take(house, "/persons/import?dry_run=true", PERSONS)).plain
    assert (tried["good"], tried["new"], tried["bad"]) == (2, None, 1)
    taken = (await take(house, "/persons/import?region=US", PERSONS)).plain
    assert (taken["new"], [one["line"] for one in taken["faults"]]) == (2, [3])
    assert [one["name"] for one in (await house.ask("GET", "/persons?vip=true")).plain["items"]] == ["Ann"]
    assert (await take(house, "/persons/import", "name\nAnn\n")).status == 422


async def test_debts_of_a_list_are_taken_over_and_looked_up(house: House) -> None:
    await house.enter()
    taken = (await take(house, "/debts/import", DEBTS)).plain
    assert (taken["new"], [(one["line"], one["column"]) for one in taken["faults"]]) == (1, [(3, "amount")])
    for query in ("", "?number=%2B12025550143"):
        [debt] = (await house.ask("GET", f"/debts{query}")).plain["items"]
        assert (debt["reference"], debt["amount"], debt["due_on"]) == ("A-1", "120.50", "2026-03-31")
    assert (await take(house, "/debts/import?currency=XXQ", DEBTS)).status == 422
    audited = (await house.ask("GET", "/audit?what=debt")).plain["items"]
    assert [one["detail"] for one in audited] == ["import list: 1 new or changed, 1 read"]


async def test_a_callback_is_called_off_once(house: House) -> None:
    asked = Callback(id="cb1", number=NUMBER, queue="sales", since=NOW, due_at=NOW, updated_at=NOW)
    await house.store.book_callback(asked)
    await house.enter(Role.SUPERVISOR)
    assert [one["id"] for one in (await house.ask("GET", "/callbacks?queue=sales")).plain["items"]] == ["cb1"]
    assert (await house.ask("POST", "/callbacks/cb1/cancel", json={"reason": "wrote a mail"})).status == 204
    again = await house.ask("POST", "/callbacks/cb1/cancel", json={})
    assert (again.status, again.plain["message"]) == (
        409,
        "callback cb1 is over already: cancelled, wrote a mail",
    )
    assert (await house.ask("GET", "/callbacks")).plain["items"] == []
    [over] = (await house.ask("GET", "/callbacks?all=true")).plain["items"]
    assert (over["state"], over["reason"]) == ("cancelled", "wrote a mail")
    assert (await house.ask("POST", "/callbacks/none/cancel", json={})).status == 404


async def test_a_voicemail_is_listened_to_and_noted_as_heard(house: House) -> None:
    left = Voicemail(
        id="vm1", call_id="1.1", box="sales", number=NUMBER, language="en", file="box/vm1", length_s=4, recorded_at=NOW
    )
    await house.store.put_voicemail(left)
    folder = house.desk.screens.parent / "recordings" / "box"
    await house.enter(Role.SUPERVISOR)
    assert (await house.ask("GET", "/voicemails/vm1/audio")).status == 404
    folder.mkdir(parents=True)
    (folder / "vm1.wav").write_bytes(b"RIFF of a voice")
    sound = await house.ask("GET", "/voicemails/vm1/audio")
    assert (sound.headers["Content-Type"], sound.raw) == ("audio/wav", b"RIFF of a voice")
    assert (await house.ask("GET", "/voicemail-boxes")).plain["items"] == [
        {"name": "sales", "messages": 1, "unheard": 1}
    ]
    assert (await house.ask("POST", "/voicemails/vm1/heard")).plain["heard_by"] == "supervisor-1"
    assert (await house.ask("GET", "/voicemails?box=sales&unheard=true")).plain["items"] == []
    assert [one["id"] for one in (await house.ask("GET", "/voicemails?box=sales")).plain["items"]] == ["vm1"]
    assert (await house.ask("POST", "/voicemails/none/heard")).status == 404
    await house.enter()
    details = [one["detail"] for one in (await house.ask("GET", "/audit?what=voicemail")).plain["items"]]
    assert "listen vm1" in details


async def test_surveys_are_counted_by_queue_with_all_together(house: House) -> None:
    now = datetime.now(UTC) - timedelta(hours=1)
    for call, score, queue in (("1.1", 5, "sales"), ("1.2", 2, "sales"), ("1.3", 4, "support")):
        answer = SurveyAnswer(call_id=call, question="how", score=score, queue=queue, flow="main", version=1, at=now)
        await house.store.put_answer(answer)
    await house.enter(Role.SUPERVISOR)
    report = (await house.ask("GET", "/surveys?since=24h")).plain
    assert [(one["of"], one["answers"], one["csat"]) for one in report["items"]] == [
        ("sales", 2, 0.5),
        ("support", 1, 1.0),
    ]
    assert (report["total"]["answers"], report["total"]["satisfied"]) == (3, 2)
    assert (await house.ask("GET", "/surveys?by=version&flow=main")).plain["items"][0]["of"] == "main 1"
    assert (await house.ask("GET", "/surveys?queue=nobody")).plain["total"]["csat"] is None
