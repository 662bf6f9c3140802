"""The demo's centre: three queues, eight agents, one number, everything on loopback. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from callcenter.pins import Cost, hash_pin
from sim.phones.demand import Choice, Demand

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
# Of the leads: each area code has a hundred numbers kept for examples. None of the callers' area codes.
LEAD_AREAS: Final = ("205", "206", "207", "208", "209", "210", "214", "215", "216", "217")
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


def document(ports: DemoPorts, pins: dict[str, str], salt: bytes) -> dict[str, Any]:
    """Return the demo's `centre.toml` as a document. `pins`: agent id → PIN."""
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
        ],
        "number": [{"did": DID, "flow": "main", "fallback_queue": "support"}],
        "agent": [
            {
                "id": agent,
                "name": f"Agent {agent}",
                "phone": phone_of(agent),
                "queues": list(queues),
                "pin_hash": hash_pin(pins[agent], salt, CHEAP),
            }
            for agent, queues in AGENTS.items()
        ],
    }


def demand(calls_per_minute: float) -> Demand:
    """Return what the demo's callers do; `calls_per_minute` is per agent."""
    return Demand(
        did=DID,
        calls_per_minute=calls_per_minute * len(AGENTS),
        choices=CHOICES,
        pause_s=3.0,
        talk_median_s=12.0,
        talk_sigma=0.4,
        patience_mean_s=60.0,
    )


def phone_of(agent: str) -> str:
    """Return the SIP user of a demo agent's phone.

    >>> phone_of("11")
    '1011'
    """
    return f"10{agent}"
