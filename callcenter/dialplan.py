"""Every name that our code shares with asterisk/conf: contexts, variables, AGI routes, user events, phone codes.

A test looks each of these names up in asterisk/conf (or in what `callcenter render` adds to it), so a rename
here without one there fails at once.
"""

from __future__ import annotations

from typing import Final

# Contexts of extensions.conf.
CONTEXT_INBOUND: Final = "inbound"  # calls from a trunk: extension is the dialled number (DID)
CONTEXT_WAITING: Final = "waiting"  # a caller comes back to the IVR: wait goes on, or after-call flow
CONTEXT_CONNECT: Final = "connect"  # a caller is redirected here to meet AGENT_CHANNEL
CONTEXT_AGENT: Final = "agent"  # what an agent's phone may dial
CONTEXT_PARK: Final = "agent-park"  # the nailed-up leg of a logged-in agent rests here
CONTEXT_MEMBER: Final = "agent-member"  # Local/<agent>@agent-member: how app_queue reaches a parked agent
CONTEXT_FALLBACK: Final = "fallback"  # our services do not answer: fallback.py, then static app_queue
CONTEXT_CLOSED: Final = "closed"  # emergency closure: a recorded message in front of everything
CONTEXT_ASTDB_SET: Final = "astdb-set"  # our way to write AstDB: close-<prompt>, phone, forget-<phone>, …
CONTEXT_EMERGENCY: Final = "emergency"  # rendered: emergency numbers, straight to the trunk
CONTEXT_OWN_NUMBERS: Final = "own-numbers"  # rendered: our own DIDs, as an agent's phone may dial them
CONTEXT_AFTER_IVR: Final = "after-ivr"  # reads NEXT when an IVR session has ended
CONTEXT_TRANSFER: Final = "transfer"  # a flow sends the caller to one of the centre's destinations
CONTEXT_DESTINATIONS: Final = "destinations"  # rendered: how each of them is dialled; a flow can dial nothing else
# Calls we place.
CONTEXT_GATE: Final = "dial-gate"  # Local/<attempt>@dial-gate: the gate's word first, then the trunk
CONTEXT_DIALED: Final = "dialed"  # the two halves after an answer: priority 1 the Local channel, 2 the person
CONTEXT_ANSWERED: Final = "answered"  # the person waits for an agent, for MAX_WAIT seconds
CONTEXT_CALLBACK: Final = "callback"  # the person asked to be called: on to the IVR, like a caller
CONTEXT_BROWSER: Final = "browser"  # what a browser's phone may dial: try-<token>, the draft of a flow
CONTEXT_TALKED: Final = "talked"  # the person comes back from `connect`
CONTEXT_SAFE_HARBOUR: Final = "safe-harbour"  # no agent in time: the message the law asks for

# Channel variables.
VAR_DID: Final = "CC_DID"  # dialled number as it came, digits and + only
VAR_NEXT: Final = "CC_NEXT"  # set by our FastAGI before it ends a session; unset means it died: fall back
VAR_QUEUE: Final = "CC_QUEUE"  # queue the caller asked for; the fallback uses it
VAR_AGENT: Final = "CC_AGENT"  # agent id reserved for this caller
VAR_AGENT_CHANNEL: Final = "CC_AGENTCHAN"  # the reserved agent's parked channel
VAR_AGENT_LOST: Final = "CC_AGENT_LOST"  # set by the acd: the agent's phone vanished during the talk
VAR_DESTINATION: Final = "CC_DESTINATION"  # name of the destination a flow sends the caller to
VAR_TRANSFERRED: Final = "CC_TRANSFERRED"  # Dial's status; set while the caller comes back from a destination
VAR_RECORDING: Final = "CC_RECORDING"  # file of the call's recording without suffix, once the caller was told
VAR_RECORDING_PAUSED: Final = "CC_RECORDING_PAUSED"  # yes: at a secure question; `connect` goes on recording
VAR_BRIDGE_RESULT: Final = "BRIDGERESULT"  # Asterisk's own: how Bridge() ended
# Of calls we place: the gate sets these, from the ledger, on the Local channel; the person's leg inherits them.
VAR_GO: Final = "CC_GO"  # GO_DIAL lets the call through; anything else, or nothing, does not
VAR_ATTEMPT: Final = "CC_ATTEMPT"  # id in the ledger; also the leg's account code, which every event carries
VAR_NUMBER: Final = "CC_NUMBER"  # E.164 as the trunk wants it
VAR_TRUNK: Final = "CC_TRUNK"  # PJSIP endpoint of the trunk
VAR_CALLER_ID: Final = "CC_CALLER_ID"  # our number shown
VAR_RING: Final = "CC_RING_S"  # how long it may ring; of transfers too
VAR_CALL_QUEUE: Final = "CC_CALL_QUEUE"  # whose agents take the call
VAR_SKILLS: Final = "CC_SKILLS"  # what they must have besides, with blanks between
VAR_MAX_WAIT: Final = "CC_MAX_WAIT"  # seconds from the answer to the message
VAR_MESSAGE: Final = "CC_MESSAGE"  # sound of the safe-harbour message
VAR_OPT_OUT_KEY: Final = "CC_OPT_OUT_KEY"  # key that puts the person on the do-not-call list
VAR_AMD: Final = "CC_AMD"  # yes: listen whether it is a machine
VAR_CALLBACK: Final = "CC_CALLBACK"  # id of the callback this call is; empty for all others
VAR_PERSON_LANGUAGE: Final = "CC_PERSON_LANGUAGE"  # of the person called back
VAR_NOTED: Final = "CC_NOTED"  # yes: the ledger knows that the person opted out
VAR_TRIAL: Final = "CC_TRIAL"  # token of the draft that this call tries; "" for all other calls
# A browser's phone, for the extension `phone` of ASTDB_SET.
VAR_PHONE: Final = "CC_PHONE"  # its id, hex digits
VAR_PASSWORD: Final = "CC_PASSWORD"
VAR_UNTIL: Final = "CC_UNTIL"  # epoch seconds
GO_DIAL: Final = "dial"
YES: Final = "yes"

# Values of VAR_NEXT.
NEXT_HANGUP: Final = "hangup"
NEXT_FALLBACK: Final = "fallback"
NEXT_PARK: Final = "park"
NEXT_TRANSFER: Final = "transfer"

# Global variables, rendered by `callcenter render`.
GLOBAL_IVR: Final = "CC_IVR"  # host:port of the IVR's FastAGI
GLOBAL_ACD: Final = "CC_ACD"  # host:port of the acd's FastAGI (agents' phone codes)
GLOBAL_GATE: Final = "CC_GATE"  # host:port of the dialer's FastAGI
GLOBAL_PROMPTS: Final = "CC_PROMPTS"  # folder of rendered prompts as Asterisk sees it
GLOBAL_LANGUAGE: Final = "CC_LANGUAGE"  # language of the fallback and closure messages
GLOBAL_CLOSURE_PIN: Final = "CC_CLOSURE_PIN"  # SHA-1 of the closure PIN
GLOBAL_FALLBACK_QUEUE: Final = "CC_FALLBACK_QUEUE"  # where callers wait in the fallback if nothing better is known
GLOBAL_FALLBACK_DID: Final = "CC_FALLBACK_"  # + digits of CC_DID: the same for one dialled number
GLOBAL_FALLBACK_KEYS: Final = "CC_FALLBACK_KEYS"  # 1:sales,2:support: which key leads where; may be empty
GLOBAL_AGENT_CHANNEL: Final = "CC_AGENTCHAN_"  # + agent id: the parked channel; set and cleared in agent-park

# FastAGI routes (path of the agi:// address).
AGI_CALL: Final = "call"  # ivr: a new inbound call
AGI_RESUME: Final = "resume"  # ivr: a caller who comes back from `connect`
AGI_CALLBACK: Final = "callback"  # ivr: somebody who asked for it is called back; argument: the callback's id
AGI_TRY: Final = "try"  # ivr: somebody tries a draft; argument: the token it is kept under
AGI_AGENT: Final = "agent"  # acd: phone codes; first argument is one of PHONE_ACTIONS
AGI_GATE: Final = "gate"  # dialer: may this attempt be dialled, and what is its number
AGI_OPT_OUT: Final = "opt-out"  # dialer: the person does not want to be called again
PHONE_ACTIONS: Final = ("login", "logout", "pause", "ready")

# User events (AMI `UserEvent`, header UserEvent: <name>). The channel that raises one is the caller's leg, so its
# Uniqueid is the call's id; nothing else is needed to tell which call is meant.
EVENT_ARRIVED: Final = "CallArrived"  # header Did: a call enters `inbound`
EVENT_WAITING: Final = "CallWaiting"  # header Queue: the waiting row is committed, match it
EVENT_WITHDRAWN: Final = "CallWithdrawn"  # the caller leaves the queue without an agent, and the flow goes on
EVENT_DONE: Final = "CallDone"  # header Outcome (records.Outcome): how a call without an agent will be recorded
EVENT_FALLBACK: Final = "CallFallback"  # this call left our IVR for the fallback
EVENT_CLOSURE: Final = "ClosureChanged"  # headers State (closed or open), By: a phone code was used
# On the called person's leg, whose Uniqueid is the call's id.
EVENT_PERSON: Final = "PersonAnswered"  # headers Attempt, Number, CallerId, Queue, Skills: connect an agent now
EVENT_CALLED_BACK: Final = "CallbackAnswered"  # headers Attempt, Number, CallerId: whoever answers goes to the IVR
EVENT_MACHINE: Final = "MachineAnswered"  # header Attempt
EVENT_DROPPED: Final = "PersonDropped"  # header Attempt: no agent in time, the message begins

EVENT_CENTRE: Final = "CentreChanged"  # raised by `callcenter reload` over AMI: read the centre again
EVENT_EMERGENCY: Final = "EmergencyCall"  # headers Call, Phone, Number: a phone of ours dialled an emergency number

# AMI users, rendered with the least classes each needs.
AMI_ACD: Final = "acd"  # events and control of calls
AMI_DIALER: Final = "dialer"  # places calls, sees how they go
AMI_CHECK: Final = "check"  # reads only
AMI_RELOAD: Final = "reload"  # from loopback only; reloads modules

# Phone codes an agent dials.
CODE_LOGIN: Final = "*1"
CODE_LOGOUT: Final = "*2"
CODE_PAUSE: Final = "*3"
CODE_READY: Final = "*4"
CLOSURE_PROMPT: Final = "closed-emergency"  # what the phone code puts in front
CODE_CLOSE: Final = "*91"
CODE_REOPEN: Final = "*90"

# AstDB entries, family/key. Survive a restart of Asterisk; read by the dialplan alone, so they work with us dead.
DB_CLOSURE: Final = "callcenter/closure"  # name of the closure prompt; empty or absent: open
DB_CLOSURE_NOTE: Final = "callcenter/closure-note"  # <state>/<phone>: by phone, and not in the store yet
# Browsers' phones, families; sorcery.conf reads them. Each is told by an id: hex digits, and web<id> for SIP.
DB_PHONES: Final = "browser"  # objects: browser/endpoint, browser/auth, browser/aor
DB_PHONES_UNTIL: Final = "browser-until"  # when each is swept away, epoch seconds
PHONE_PREFIX: Final = "web"
TRY_PREFIX: Final = "try-"  # + token: what such a phone dials
PHONES_ACL: Final = "browser-phones"  # named address list in acl.conf
DB_OPT_OUT: Final = "callcenter-opt-out"  # family; <attempt> = 1: opted out, and not in the ledger yet


def read_closure_note(note: str) -> tuple[bool, str]:
    """Return whether the centre was closed, and by which phone.

    >>> read_closure_note("closed/1011"), read_closure_note("open/1012")
    ((True, '1011'), (False, '1012'))
    """
    state, _, phone = note.partition("/")
    return state == "closed", phone


# Files.
PROMPTS_DIR: Final = "/usr/share/callcenter/prompts"  # rendered prompts inside the Asterisk image
OWN_PROMPTS_DIR: Final = "/var/lib/callcenter-prompts"  # of an installation that records its own, as Asterisk sees it
RECORDINGS_DIR: Final = "/var/spool/callcenter"  # recordings as Asterisk sees them; our services share the folder
FALLBACK_SCRIPT: Final = "fallback.py"
RENDERED_DIR: Final = "/etc/asterisk/rendered"  # what `callcenter render` writes, included by the static files
CDR_FILE: Final = "callcenter.csv"  # cdr-custom: Asterisk's own record of each call, read after an outage of ours

# Names of music and groups.
MUSIC_CLASS: Final = "callcenter"
AGENT_GROUP: Final = "agent"  # GROUP(agent)=<agent id>: held by the caller talking to that agent
STATE_PREFIX: Final = "Custom:agent"  # + agent id: device state by which app_queue knows whether the agent is there
TRUNK_PREFIX: Final = "trunk-"  # + name of the trunk: its PJSIP endpoint, PJSIP/<number>@trunk-<name>
