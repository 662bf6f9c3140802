"""docker-compose.yml as a whole: up, guarded, called into, a record in PostgreSQL. Run by `make test-compose` only."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import pytest

from app.runtime.process import output
from sim.phones.agents import AgentPhones
from sim.phones.callers import Callers
from sim.phones.carrier import Carrier
from sim.phones.people import Outcome, PersonPlan
from sim.phones.plans import CallerPlan, Keys, Line
from tests.compose.conftest import Installation, ask, labelled

pytestmark = pytest.mark.timeout(300)
T = TypeVar("T")
ROWS_S, LOOK_S = 30.0, 0.2
AGENT = "11"
CALLER = "+12025550147"
LEADS = ("+12065550123", "+12065550124", "+12065550125")
CAMPAIGN = (
    *("--kind", "sales", "--queue", "sales", "--trunk", "demo", "--company", "Example Ltd"),
    *("--callback", "+12025550100"),
)


def test_everything_is_up_and_healthy(installation: Installation) -> None:
    states = installation.project.states()
    assert states == {
        "asterisk": "healthy",
        "redis": "healthy",
        "postgres": "healthy",
        "migrate": "exited 0",
        "render": "exited 0",
        "prompts": "exited 0",
        "ivr": "healthy",
        "acd": "healthy",
        "dialer": "healthy",
        "desk": "healthy",
    }


def test_no_container_is_root_or_may_write_its_own_files(installation: Installation) -> None:
    ids = output(["docker", "ps", "-aq", *labelled(installation.project.name)]).split()
    for one in json.loads(output(["docker", "inspect", *ids])):
        name = one["Config"]["Labels"]["com.docker.compose.service"]
        assert one["Config"]["User"] not in {"", "0", "root"}, name
        assert one["HostConfig"]["ReadonlyRootfs"], name
        assert one["HostConfig"]["CapDrop"] == ["ALL"], name
        assert "no-new-privileges:true" in one["HostConfig"]["SecurityOpt"], name


def test_the_manager_interface_is_on_the_private_bridge_alone(installation: Installation) -> None:
    net = installation.project.environ["CALLCENTER_NET"]
    port = int(installation.project.environ["CALLCENTER_AMI_PORT"])
    with socket.create_connection((f"{net}.1", port), timeout=2) as link:
        assert link.recv(64).startswith(b"Asterisk Call Manager")
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=2)


def test_the_desk_says_all_is_well(installation: Installation) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{installation.desk_port}/health", timeout=5) as answer:
        assert answer.status == 200


def test_the_desk_has_the_screens(installation: Installation) -> None:
    desk = f"http://127.0.0.1:{installation.desk_port}/"
    with urllib.request.urlopen(desk, timeout=5) as answer:
        (script,) = re.findall(r'<script type="module" [^>]*src="/([^"]+)"', answer.read().decode())
    with urllib.request.urlopen(desk + script, timeout=5) as answer:
        assert answer.status == 200


def test_what_is_set_up_at_the_desk_is_taken_over_by_asterisk(installation: Installation) -> None:
    token = installation.callcenter("token", "add", "set-up", "--role", "admin").split()[-1]
    _, tag = ask(installation, token, "GET", "/setup/queues")
    added, _ = ask(installation, token, "POST", "/setup/queues", {"name": "night"}, tag)
    assert added["name"] == "night"
    pending, _ = ask(installation, token, "GET", "/setup/pending")
    assert [entry["name"] for entry in pending["entries"]] == ["night"]
    assert pending["files"]
    assert pending["blocked"] == ""
    ask(installation, token, "POST", "/setup/apply")
    pending, _ = ask(installation, token, "GET", "/setup/pending")
    assert not pending["is_anything"]
    assert ["night"] in installation.sql("SELECT name FROM queues WHERE active")


async def test_a_caller_reaches_an_agent_and_leaves_one_record(installation: Installation) -> None:
    agents_line = Line(name="agents", server_port=installation.sip_port, local_ip="127.0.0.3")
    trunk = Line(name="trunk", server_port=installation.sip_port, local_ip="127.0.0.2")
    phones = [phone for phone in installation.phones if phone.agent == AGENT]
    async with AgentPhones(phones, agents_line) as agents:
        await agents.log_in_all()
        async with Callers(trunk, agents=agents.tones) as callers:
            plan = CallerPlan(
                did="+12025550100", caller=CALLER, keys=(Keys(after_s=2, digits="1"),), talk_s=2.0, patience_s=30
            )
            ended = await callers.place(plan).ended()
    assert ended.agent == AGENT
    rows = installation.sql("SELECT caller, outcome, queue, agent, ended_at IS NOT NULL FROM calls WHERE did <> ''")
    assert [row[1:] for row in rows if row[0] == CALLER] == [["reached-agent", "sales", AGENT, "t"]]


async def apart(command: Callable[..., T], *arguments: str) -> T:
    """Run a command of compose beside the phones, which go on speaking: Asterisk hangs up on who is silent for long."""
    return await asyncio.to_thread(command, *arguments)


async def until_rows(installation: Installation, query: str, rows: list[list[str]]) -> None:
    """Wait until `query` gives `rows`; what was not written while the database was away comes a little later."""
    found: list[list[str]] = []
    for _ in range(round(ROWS_S / LOOK_S)):
        found = await apart(installation.sql, query)
        if found == rows:
            return
        await asyncio.sleep(LOOK_S)
    assert found == rows


@asynccontextmanager
async def people_and_agent(installation: Installation) -> AsyncIterator[Carrier]:
    """An agent who is logged in, and the network behind the trunk: everybody answers and talks for two seconds."""
    agents_line = Line(name="agents", server_port=installation.sip_port, local_ip="127.0.0.3")
    network = Line(
        name="carrier", server_port=installation.sip_port, local_ip="127.0.0.2", local_port=installation.carrier_port
    )
    phones = [phone for phone in installation.phones if phone.agent == AGENT]
    async with AgentPhones(phones, agents_line) as agents:
        await agents.log_in_all()
        async with Carrier(network, answers, agents=agents.tones) as carrier:
            yield carrier


def answers(number: str) -> PersonPlan:
    return PersonPlan(number=number, outcome=Outcome.ANSWERS, ring_s=0.5, talk_s=2.0, patience_s=30)


def add_campaign(installation: Installation, name: str, *numbers: str) -> None:
    installation.callcenter("campaign", "add", name, *CAMPAIGN)
    rows = "".join(f"{number},agreed to be called at any time\n" for number in numbers)
    installation.callcenter("leads", "import", "-", "--campaign", name, stdin="number,any_hour_consent\n" + rows)


async def test_a_campaign_calls_a_lead_who_talks_with_an_agent(installation: Installation) -> None:
    add_campaign(installation, "spring", LEADS[0])
    async with people_and_agent(installation) as carrier:
        await apart(installation.callcenter, "campaign", "start", "spring")
        (call,) = await carrier.until(lambda calls: calls and all(one.ended_at for one in calls))
    assert (call.number, call.agent) == (LEADS[0], AGENT)
    assert "dialing" in installation.callcenter("campaign", "status")
    ended = "SELECT number, outcome, agent FROM attempts WHERE ended_at IS NOT NULL"
    await until_rows(installation, ended, [[LEADS[0], "connected", AGENT]])


async def test_without_the_database_nobody_is_called_and_with_it_the_campaign_goes_on(
    installation: Installation,
) -> None:
    project = installation.project
    add_campaign(installation, "summer", *LEADS[1:])
    async with people_and_agent(installation) as carrier:
        await apart(installation.callcenter, "campaign", "start", "summer")
        await carrier.until(lambda calls: any(call.agent for call in calls))
        assert (await apart(project.run, "stop", "-t", "1", "postgres")).ok
        before = len(carrier.calls)
        await carrier.until(lambda calls: all(call.ended_at for call in calls))
        refused = await apart(project.run, "exec", "-T", "dialer", "callcenter", "campaign", "status")
        assert not refused.ok
        assert "Traceback" not in refused.text
        assert len(carrier.calls) == before
        assert (await apart(project.run, "start", "postgres")).ok
        await carrier.until(lambda calls: len(calls) == len(LEADS[1:]) and all(call.ended_at for call in calls))
    assert {call.agent for call in carrier.calls} == {AGENT}
    ended = "SELECT number, outcome FROM attempts WHERE campaign = 'summer' AND ended_at IS NOT NULL ORDER BY number"
    await until_rows(installation, ended, [[number, "connected"] for number in sorted(LEADS[1:])])
