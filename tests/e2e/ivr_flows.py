"""Flows of which each tries one thing on real calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

END = {"kind": "hangup"}
BYE = {"bye": {"kind": "play", "prompts": ["goodbye"], "exits": {"next": "end"}}, "end": END}
SORRY = {"sorry": {"kind": "play", "prompts": ["all-busy"], "exits": {"next": "end"}}}


def say(*prompts: str, then: str) -> dict[str, Any]:
    return {"kind": "play", "prompts": list(prompts), "exits": {"next": then}}


FLOWS: Mapping[str, dict[str, Any]] = {
    # A wait flow that is left by a key: a call back, or a message.
    "wait-test": {
        "start": "queue",
        "nodes": {
            "queue": {
                "kind": "queue",
                "queue": "collections",
                "prompts": ["please-wait"],
                "wait_flow": "waiting",
                "exits": {"done": "bye", "unavailable": "sorry", "call-me": "call-me"},
            },
            "call-me": {
                "kind": "callback",
                "queue": "collections",
                "exits": {"booked": "bye", "failed": "sorry", "declined": "sorry"},
            },
            **BYE,
            **SORRY,
        },
    },
    "waiting": {
        "start": "music",
        "nodes": {
            "music": {
                "kind": "music",
                "seconds": 2,
                "keys": {"1": "call-me"},
                "exits": {"next": "place", "call-me": "r"},
            },
            "place": say("still-waiting", then="music"),
            "r": {"kind": "return", "by": "call-me"},
        },
    },
    "voicemail-test": {
        "start": "leave",
        "nodes": {
            "leave": {
                "kind": "voicemail",
                "box": "sales",
                "silence_s": 2,
                "exits": {"saved": "bye", "empty": "empty", "failed": "sorry"},
            },
            "empty": say("did-not-hear", then="end"),
            **BYE,
            **SORRY,
        },
    },
    # Told of the recording, then a sub-flow takes the card.
    "payment-test": {
        "start": "told",
        "nodes": {
            "told": {"kind": "consent", "ask": "no", "exits": {"next": "speak"}},
            "speak": {
                "kind": "collect",
                "prompts": ["enter-account"],
                "into": "account",
                "max_digits": 4,
                "exits": {"done": "pay", "failed": "sorry"},
            },
            "pay": {
                "kind": "subflow",
                "flow": "card-test",
                "arguments": {"amount": "1250", "reference": "account"},
                "results": {"last4": "card_last4"},
                "exits": {"paid": "bye", "failed": "sorry"},
            },
            **BYE,
            **SORRY,
        },
    },
    "card-test": {
        "parameters": ["amount", "reference"],
        "start": "number",
        "nodes": {
            **{
                name: {
                    "kind": "collect",
                    "prompts": [f"card-{name}"],
                    "takes": takes,
                    "into": f"card_{name}",
                    "exits": {"done": then, "failed": "no"},
                }
                for name, takes, then in (
                    ("number", "card", "expiry"),
                    ("expiry", "expiry", "code"),
                    ("code", "code", "charge"),
                )
            },
            "charge": {
                "kind": "payment",
                "amount": "amount",
                "currency": "USD",
                "reference": "reference",
                "exits": {"paid": "yes", "declined": "no", "failed": "no"},
            },
            "yes": {"kind": "return", "by": "paid"},
            "no": {"kind": "return", "by": "failed"},
        },
    },
    "transfer-test": {
        "start": "go",
        "nodes": {
            "go": {
                "kind": "transfer",
                "destination": "night-desk",
                "prompts": ["connecting"],
                "exits": {"answered": "bye", "failed": "sorry", "busy": "busy"},
            },
            "busy": say("all-busy", "goodbye", then="end"),
            **BYE,
            **SORRY,
        },
    },
    "nowhere-test": {
        "start": "go",
        "nodes": {
            "go": {
                "kind": "transfer",
                "destination": "no-such-desk",
                "prompts": ["connecting"],
                "exits": {"answered": "bye", "failed": "sorry"},
            },
            **BYE,
            **SORRY,
        },
    },
    "survey-test": {
        "start": "queue",
        "nodes": {
            "queue": {
                "kind": "queue",
                "queue": "sales",
                "prompts": ["please-wait"],
                "wait_flow": "waiting",
                "exits": {"done": "ask", "unavailable": "sorry"},
            },
            "ask": {"kind": "survey", "exits": {"done": "bye", "declined": "sorry"}},
            **BYE,
            **SORRY,
        },
    },
    "language-test": {
        "languages": ["en", "es"],
        "start": "choose",
        "nodes": {
            "choose": {
                "kind": "language",
                "offers": [{"language": "en", "key": "1"}, {"language": "es", "key": "2"}],
                "exits": {"next": "welcome"},
            },
            "welcome": say("welcome", then="english"),
            "english": say("en/closed", then="bye"),
            **BYE,
        },
    },
    "http-test": {
        "start": "ask",
        "nodes": {
            "ask": {
                "kind": "collect",
                "prompts": ["enter-account"],
                "into": "account",
                "max_digits": 1,
                "terminator": "",
                "exits": {"done": "fetch", "failed": "sorry"},
            },
            "fetch": {
                "kind": "http",
                "url": "http://127.0.0.1:{PORT}/accounts/{account}",
                "timeout_s": 3,
                "retries": 0,
                "results": {"balance": "balance"},
                "exits": {"ok": "rich", "failed": "sorry", "timeout": "late", "not-found": "unknown"},
            },
            "rich": {
                "kind": "branch",
                "cases": [{"when": "balance > 100", "exit": "rich"}],
                "exits": {"rich": "welcome", "else": "bye"},
            },
            "welcome": say("welcome", then="bye"),
            "late": say("still-waiting", then="end"),
            "unknown": say("did-not-hear", then="end"),
            **BYE,
            **SORRY,
        },
    },
    "prompts-test": {
        "languages": ["es", "en"],
        "start": "say",
        "nodes": {"say": say("welcome", "closed", "main-menu", then="bye"), **BYE},
    },
    # Two menus, one before and one after a pause, that must be of one version.
    "version-test": {
        "start": "ask",
        "nodes": {
            "ask": {
                "kind": "menu",
                "prompts": ["main-menu"],
                "choices": {"on": {"keys": ["1"]}},
                "exits": {"on": "say", "failed": "end"},
            },
            "say": say("welcome", then="inner"),
            "inner": {"kind": "subflow", "flow": "version-inner", "exits": {"next": "queue"}},
            "queue": {
                "kind": "queue",
                "queue": "collections",
                "prompts": ["please-wait"],
                "wait_flow": "waiting",
                "max_wait_s": 3,
                "exits": {"done": "end", "unavailable": "bye"},
            },
            **BYE,
        },
    },
    "version-inner": {"start": "say", "nodes": {"say": say("connecting", then="r"), "r": {"kind": "return"}}},
}
