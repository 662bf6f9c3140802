"""The demo's centre: queues, eight agents, one number, two campaigns, everything on loopback. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from callcenter.outbound import Campaign, CampaignKind, Lead
from callcenter.pins import Cost, hash_pin
from sim.phones.demand import Choice, Demand, lead_number

DID: Final = "+12025550100"  # from the range kept for examples
QUEUES: Final = {"sales": ("Sales", "1"), "support": ("Support", "2"), "collections": ("Collections", "3")}
# Who serves what: everybody two queues, so that one busy queue can lean on the others.
AGENTS: Final = {
    "11": ("sales", "support"),
    "12": ("sales", "support"),
    "13": ("sales", "collections"),
    "14": ("support", "sales"),
    "15": ("support", "collections"),
    "16": ("support", "collections"),
    "17": ("collections", "sales"),
    "18": ("collections", "support"),
}
# Campaigns have queues and agents of their own: an agent who also takes callers may be gone when somebody answers.
CAMPAIGN_QUEUES: Final = {"sales-calls": "Sales campaign", "collections-calls": "Collections campaign"}
DEMO_AGENTS: Final = AGENTS | {
    "16": ("sales-calls", "collections-calls"),
    "17": ("collections-calls", "sales-calls"),
    "18": ("sales-calls", "collections-calls"),
}
LEADS: Final = 200  # of each campaign
WRAP_UP_S: Final = 5
TRUNK_ADDRESS: Final = "127.0.0.2"  # where simulated callers call from
PHONE_ADDRESS: Final = "127.0.0.3"  # where agents' phones register from
# What callers press in flow main; collections asks for an account number.
CHOICES: Final = (
    Choice(queue="sales", keys=("1",), weight=5),
    Choice(queue="support", keys=("2",), weight=3),
    Choice(queue="collections", keys=("3", "12345678#"), weight=2),
)
CHEAP: Final = Cost(n=2**4)  # the demo's PINs guard nothing and change at each start


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPorts:
    """SIP port and range of RTP ports, free on loopback."""

    sip: int
    rtp_first: int
    rtp_last: int


def document(
    ports: DemoPorts, pins: dict[str, str], salt: bytes, agents: Mapping[str, tuple[str, ...]] = AGENTS
) -> dict[str, Any]:
    """Return the demo's `centre.toml` as a document. `pins`: agent id → PIN; `agents`: id → queues."""
    return {
        "centre": {"name": "Demo call centre", "region": "US", "language": "en", "time_zone": "America/New_York"},
        "sip": {"bind": "127.0.0.1", "port": ports.sip, "rtp_first": ports.rtp_first, "rtp_last": ports.rtp_last},
        "trunk": [
            # The simulated carrier comes up after Asterisk: without OPTIONS nobody takes it for dead until then.
            {
                "name": "demo",
                "kind": "ip",
                "host": TRUNK_ADDRESS,
                "match": [TRUNK_ADDRESS],
                "caller_id": DID,
                "qualify_s": 0,
            },
        ],
        "queue": [
            {"name": name, "title": title, "key": key, "wrap_up_s": WRAP_UP_S} for name, (title, key) in QUEUES.items()
        ]
        + [{"name": name, "title": title, "wrap_up_s": WRAP_UP_S} for name, title in CAMPAIGN_QUEUES.items()],
        "number": [{"did": DID, "flow": "main", "fallback_queue": "support"}],
        "mailbox": [{"name": "support", "title": "Support"}],
        "payment": {"provider": "sandbox"},
        "agent": [
            {
                "id": agent,
                "name": f"Agent {agent}",
                "phone": phone_of(agent),
                "queues": list(queues),
                "pin_hash": hash_pin(pins[agent], salt, CHEAP),
            }
            for agent, queues in agents.items()
        ],
    }


def demand(calls_per_minute: float) -> Demand:
    """Return what the demo's callers do; `calls_per_minute` is per agent."""
    return Demand(
        did=DID,
        calls_per_minute=calls_per_minute * sum("calls" not in queues[0] for queues in DEMO_AGENTS.values()),
        choices=CHOICES,
        pause_s=3.0,
        talk_median_s=12.0,
        talk_sigma=0.4,
        patience_mean_s=60.0,
    )


def campaigns(now: datetime) -> list[Campaign]:
    """Return the demo's campaigns; the messages are made where Asterisk finds them."""
    common: dict[str, Any] = {
        "trunk": "demo",
        "caller_id": DID,
        "region": "US",
        "company": "Demo call centre",
        "callback": DID,
        "created_at": now,
    }
    return [
        Campaign(name="sales", title="Sales", kind=CampaignKind.SALES, queue="sales-calls", **common),
        Campaign(
            name="collections", title="Collections", kind=CampaignKind.COLLECTIONS, queue="collections-calls", **common
        ),
    ]


def leads(campaign: str, now: datetime) -> list[Lead]:
    """Return a campaign's leads: people of the demo, who have agreed to be called at any time, so that it runs then."""
    first = 0 if campaign == "sales" else LEADS
    return [
        Lead(
            campaign=campaign,
            number=lead_number(first + index),
            consent="demo",
            next_at=now,
            created_at=now,
        )
        for index in range(LEADS)
    ]


def phone_of(agent: str) -> str:
    """Return the SIP user of a demo agent's phone.

    >>> phone_of("11")
    '1011'
    """
    return f"10{agent}"
