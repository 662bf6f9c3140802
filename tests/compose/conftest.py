"""The whole compose file under a project of its own: own volumes, networks, ports and secrets; all of it goes again."""

from __future__ import annotations

import io
import ipaddress
import json
import os
import subprocess
import tarfile
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import tomlkit

from app import secrets_file
from app.demo import centre as demo_centre
from app.install.env_file import ensure_env_file
from app.ports import free_sip_port, free_tcp_port
from app.runtime.compose import Project
from app.runtime.content import ROOT
from app.runtime.process import output, run
from callcenter.centre import parse
from sim.phones.plans import AgentPhone

PIN = "4711"
SALT = bytes(16)
RTP = (15_000, 15_199)
SERVICES_OWNER = (5070, 5060)
LATER_VERSION = f"callcenter:cctest{os.getpid()}"
Headers = Mapping[str, str]
NONE: Final[Headers] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A call centre that compose runs, with the demo's queues and agents."""

    project: Project
    sip_port: int
    desk_port: int
    carrier_port: int
    phones: list[AgentPhone]

    def callcenter(self, *command: str, stdin: str = "") -> str:
        """What `callcenter …` says, given in the dialer's container."""
        whole = self.project.command("exec", "-T", "dialer", "callcenter", *command)
        done = subprocess.run(
            whole,
            input=stdin,
            env={**os.environ, **self.project.environment()},
            cwd=self.project.root,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def sql(self, query: str) -> list[list[str]]:
        """Rows of `query`, asked inside the postgres container."""
        psql = ["psql", "-U", "callcenter", "-d", "callcenter", "-A", "-t", "-F", "\t", "-c", query]
        done = self.project.run("exec", "-T", "postgres", *psql)
        assert done.ok, done.text
        return [line.split("\t") for line in done.out.splitlines() if line]


def ask(
    installation: Installation, token: str, method: str, path: str, body: object = None, tag: str = ""
) -> tuple[dict[str, Any], str]:
    """Ask the desk's API; return the answer and its ETag."""
    content = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} | ({"If-Match": tag} if tag else {})
    answer, found = send(installation, token, method, path, content, headers)
    return json.loads(answer), found


def send(
    installation: Installation, token: str, method: str, path: str, body: bytes | None = None, headers: Headers = NONE
) -> tuple[bytes, str]:
    """As `ask`, with bodies that are no JSON."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{installation.desk_port}/api/v1{path}",
        method=method,
        data=body,
        headers={"Authorization": f"Bearer {token}", **headers},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read(), answer.headers.get("ETag", "")


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("compose")
    sip_port, desk_port = free_sip_port(), free_tcp_port()
    carrier_port = free_sip_port(0, demo_centre.TRUNK_ADDRESS)
    environ = {
        "CALLCENTER_NET": free_net(),
        "CALLCENTER_AMI_PORT": str(free_tcp_port()),
        "CALLCENTER_WS_PORT": str(free_tcp_port()),
        "CALLCENTER_DESK_PORT": str(desk_port),
    }
    env_file = folder / ".env"
    ensure_env_file(env_file)
    project = Project(name=f"cctest{os.getpid()}", root=ROOT, env_file=env_file, environ=environ)
    try:
        phones = put_centre(project, folder / "data", sip_port, carrier_port)
        project.up()
        yield Installation(
            project=project, sip_port=sip_port, desk_port=desk_port, carrier_port=carrier_port, phones=phones
        )
    finally:
        print(project.run("logs", "--tail", "60", "--no-color").out)
        project.down(volumes=True)
        run(["docker", "image", "rm", "--force", LATER_VERSION])  # if a test has made it


def put_centre(project: Project, folder: Path, sip_port: int, carrier_port: int) -> list[AgentPhone]:
    """Put the demo's centre.toml and passwords into the volume of data, as an administrator would have made them."""
    pins = {agent: PIN for agent in demo_centre.AGENTS}
    ports = demo_centre.DemoPorts(sip=sip_port, rtp_first=RTP[0], rtp_last=RTP[1])
    document = demo_centre.document(ports, pins, SALT)
    document["trunk"][0]["port"] = carrier_port
    plan = parse(document)
    secrets = secrets_file.load_or_create(folder, plan)
    files = {"centre.toml": tomlkit.dumps(document), "secrets.toml": (folder / "secrets.toml").read_text()}
    made = project.run("up", "--no-start", "--no-build", "render")
    assert made.ok, made.text
    container = output(["docker", "ps", "-aq", *labelled(project.name, "render")]).strip()
    copy = ["docker", "cp", "-", f"{container}:/var/lib/callcenter"]
    done = subprocess.run(copy, input=packed(files), capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return [AgentPhone(agent=a.id, user=a.phone, password=secrets.phones[a.phone], pin=PIN) for a in plan.agents]


def labelled(project: str, service: str = "") -> list[str]:
    """Filters of `docker ps` for the containers of a project, or of one service of it."""
    filters = [f"label=com.docker.compose.project={project}"]
    filters += [f"label=com.docker.compose.service={service}"] if service else []
    return [part for one in filters for part in ("--filter", one)]


def packed(files: dict[str, str]) -> bytes:
    """A tar of `files` that belong to our services' user alone."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            entry.mode = 0o600
            entry.uid, entry.gid = SERVICES_OWNER
            tar.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def free_net() -> str:
    """First three bytes of a /24 that no Docker network and no route of this machine overlaps."""
    ids = output(["docker", "network", "ls", "-q"]).split()
    networks = json.loads(output(["docker", "network", "inspect", *ids]))
    taken = [ipaddress.ip_network(one["Subnet"]) for net in networks for one in net["IPAM"]["Config"] or []]
    for third in range(100, 200):
        candidate = ipaddress.ip_network(f"172.28.{third}.0/24")
        if not any(candidate.overlaps(other) for other in taken if other.version == candidate.version):
            return f"172.28.{third}"
    raise AssertionError("no free /24 in 172.28.100.0–172.28.199.0")


class Tally:
    """Counts tests for the closing line."""

    passed = 0
    failed = 0


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        Tally.failed += 1
    elif report.when == "call":
        Tally.passed += 1


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    print(f"\n{Tally.passed} passed, {Tally.failed} failed")
