"""A centre with everything that can be rendered, and readers of what was rendered."""

import re
from typing import Any

from app import render
from app.render import RenderOptions
from app.secrets_file import AMI_USERS, Secrets
from callcenter.centre import Centre, parse

AMI = {user: user[0] * 24 for user in AMI_USERS}


SECRETS = Secrets(
    ami=AMI, phones={"1007": "p" * 24, "1008": "q" * 24}, trunks={"carrier": "pass;word"}, closure_pin="80808080"
)


OPTIONS = RenderOptions()


def document() -> dict[str, Any]:
    return {
        "centre": {"name": "Example", "region": "US"},
        "sip": {
            "external_address": "203.0.113.10",
            "local_nets": ["10.0.0.0/8", "192.168.0.0/16"],
            "phone_nets": ["10.0.0.0/8"],
        },
        "trunk": [
            {
                "name": "carrier",
                "kind": "register",
                "host": "sip.example.com",
                "username": "12345",
                "caller_id": "+12025550199",
                "emergency": True,
            },
            {
                "name": "second",
                "kind": "ip",
                "host": "192.0.2.1",
                "port": 5070,
                "match": ["192.0.2.0/28", "192.0.2.64"],
                "caller_id": "+12025550198",
                "emergency": True,
                "qualify_s": 0,
            },
        ],
        "number": [
            {"did": "+12025550100", "flow": "main", "fallback_queue": "support"},
            {"did": "+442079460000", "flow": "main", "fallback_queue": "sales"},
        ],
        "agent": [
            {"id": "7", "name": "Agent Seven", "phone": "1007", "queues": ["sales"]},
            {"id": "8", "name": "Agent Eight", "phone": "1008", "queues": ["support"]},
        ],
        "queue": [{"name": "sales", "key": "1", "wrap_up_s": 5}, {"name": "support", "key": "2"}],
        "destination": [{"name": "night-desk", "number": "+12025550177", "trunk": "carrier"}],
    }


def centre(**changes: Any) -> Centre:
    return parse({**document(), **changes})


def files(**changes: Any) -> dict[str, str]:
    return render.render(centre(**changes), SECRETS, OPTIONS)


def sections(text: str) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Read conf as Asterisk does: (section, templates, [(key, value)]); keys before any section are section ""."""
    found: list[tuple[str, str, list[tuple[str, str]]]] = [("", "", [])]
    for written in text.splitlines():
        line = re.sub(r"(?<!\\);.*", "", written).replace("\\;", ";").strip()
        if head := re.fullmatch(r"\[([^]]+)\](?:\(([^)]*)\))?", line):
            found.append((head[1], head[2] or "", []))
        elif line:
            key, equals, value = line.partition("=")
            assert equals, line
            found[-1][2].append((key.strip(), value.removeprefix(">").strip()))
    return found


def section(text: str, name: str, template: str = "") -> list[tuple[str, str]]:
    return next(options for found, templates, options in sections(text) if (found, templates) == (name, template))
