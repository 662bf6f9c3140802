"""SIPp scenario of one phone: a scenario that obeys orders. Pure.

SIPp runs it as a server, so every message with a new Call-ID starts a call. Our process starts and steers calls by
sending SIPp *orders*: datagrams in the form of a SIP request with a method of our own and the Call-ID of the call they
are for. What happens when is thus decided in Python, at the instant, while every SIP message is SIPp's.

    HELLO      nothing; its line in the log shows that SIPp is up
    ENROL      REGISTER at the server (X-Expires: seconds)
    DIAL       INVITE (X-To: number, X-From: caller, X-Media: our RTP port)
    TRYING, RING, ANSWER (X-Media), REFUSE<status>
               for an incoming call; SIPp wants the status of a response written out
    IGNORE     say nothing in an incoming call, not even 100, whatever comes
    HANGUP     BYE, or CANCEL before the answer (not before 100 Trying)
    VANISH     forget the call without a word to anybody

Sound and keys are not SIPp's (see rtp.py); the order says which port they have. SIPp 3.6.1 has play_dtmf, but it is a
raw-socket stream of its own, with timestamps that always begin at 24000; beside the phone's voice Asterisk 22 took one
key for nine.

Seen with SIPp 3.6.1: what is unexpected ends the call. So every <recv> takes, and ignores, orders that come too late.
After a <send> SIPp goes on in its next cycle, 1 ms or more later; what comes before is unexpected, unless the next
command is a <recv>. <setdest> keeps the one UDP socket; `-rsa` opens another one, and Asterisk then sees another port.
"""

from __future__ import annotations

from typing import Final

from sim.phones.plans import DTMF_PAYLOAD, Line

FAILURES: Final = (
    *(400, 403, 404, 405, 406, 408, 410, 415, 420, 480, 481, 482, 483, 484, 485, 486, 487, 488, 489, 491, 494),
    *(500, 501, 502, 503, 504, 513, 580, 600, 603, 604, 606, 607, 608),
)
# How an incoming call may be refused: number unknown, unavailable, busy, congestion, declined.
REFUSALS: Final = (403, 404, 480, 486, 503, 603)
ORDERS: Final = ("TRYING", "IGNORE", "RING", "ANSWER", *(f"REFUSE{code}" for code in REFUSALS), "HANGUP", "VANISH")
GAP_MS: Final = 5  # longer than a cycle of SIPp's
TRYING_TIMEOUT_MS: Final = 10_000  # a living server says at least 100 Trying at once
RING_TIMEOUT_MS: Final = 180_000


def order(method: str, call_id: str, **fields: str | int) -> bytes:
    """Return the datagram of an order.

    >>> order("DIAL", "c1@x", To="12#").splitlines()[-3]
    b'X-To: 12#'
    """
    lines = [
        f"{method} sip:phone SIP/2.0",
        "Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKorder",
        "From: <sip:order@127.0.0.1>;tag=order",
        "To: <sip:phone>",
        f"Call-ID: {call_id}",
        f"CSeq: 1 {method}",
        *(f"X-{name}: {value}" for name, value in fields.items()),
        "Content-Length: 0",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def render(line: Line) -> str:
    """Return the scenario XML of a phone on `line`. It holds the password: write it where only we can read."""
    parts = [_start(line), _register(line), _dial(line), _failed(line), _incoming(), _not_taken(), _talk(), _ends(line)]
    body = "\n".join(parts)
    return f'<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="phone">\n{body}\n</scenario>\n'


SDP: Final = f"""v=0
o=phone 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [$port] RTP/AVP 0 {DTMF_PAYLOAD}
a=rtpmap:0 PCMU/8000
a=rtpmap:{DTMF_PAYLOAD} telephone-event/8000
a=fmtp:{DTMF_PAYLOAD} 0-16
a=ptime:20"""
HERE: Final = "[local_ip]:[local_port]"
VIA: Final = f"Via: SIP/2.0/[transport] {HERE};branch=[branch]"
MIRROR: Final = "[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]"
MEDIA: Final = """<ereg regexp="m=audio ([0-9]+)" search_in="body" assign_to="m,theirport"/>
  <ereg regexp="c=IN IP4 ([0-9.]+)" search_in="body" assign_to="c,theirip"/>
  <log message="[timestamp] L [call_id] media [$theirip]:[$theirport]"/>"""


ANSWERED: Final = f"""<ereg regexp="&lt;.*" search_in="hdr" header="To:" assign_to="remote"/>
  <ereg regexp="&lt;(sip:[^&gt;]+)&gt;" search_in="hdr" header="Contact:" assign_to="m,target"/>
  {MEDIA}"""


def _send(message: str, *, attributes: str = "", body: str = "") -> str:
    tail = f"Content-Type: application/sdp\nContent-Length: [len]\n\n{body}" if body else "Content-Length: 0"
    return f"<send {attributes}><![CDATA[\n{message}\n{tail}\n]]></send>"


def _received(kind: str, name: str | int, to: str, actions: str = "", *, extra: str = "") -> str:
    inner = f"<action>{actions}</action>" if actions else ""
    return f'<recv {kind}="{name}" optional="true" next="{to}" {extra}>{inner}</recv>'


def _disproved(line: Line, to: str, *, extra: str = "") -> str:
    """Take a 401 as refusal only if it answers our proof: a busy server that got a request twice asks twice."""
    if not line.user:
        return _received("response", 401, to, extra=extra)
    return _received("response", 401, to, _header("CSeq", "proved", "^ *2 "), extra=f'test="proved" {extra}')


def _label(name: str) -> str:
    return f'<label id="{name}"/>'


def _ignored(label: str, *, wait_ms: int = TRYING_TIMEOUT_MS, then: str = "end") -> list[str]:
    """Begin a wait named `label`, at most `wait_ms`: orders are of no use any more. Follow it with what is awaited."""
    # The timeout of a row of optional <recv> is that of the first.
    return [
        _label(label),
        *(_received("request", order, label, extra=f'timeout="{wait_ms}" ontimeout="{then}"') for order in ORDERS),
    ]


def _note(text: str) -> str:
    return f'<nop><action><log message="[timestamp] L [call_id] {text}"/></action></nop>'


def _jump(to: str) -> str:
    return f'<nop next="{to}"></nop>'


def _header(name: str, variable: str, regexp: str = "[^ ]+") -> str:
    return f'<ereg regexp="{regexp}" search_in="hdr" header="{name}:" assign_to="{variable}"/>'


def _start(line: Line) -> str:
    to_server = f'<setdest host="{line.server_ip}" port="{line.server_port}" protocol="udp"/>'
    dial = _header("X-To", "to") + _header("X-From", "from") + _header("X-Media", "port") + to_server
    offer = (
        _header("From", "remote", "&lt;.*")
        + _header("To", "called", "&lt;.*")
        + '<ereg regexp="&lt;(sip:[^&gt;]+)&gt;" search_in="hdr" header="Contact:" assign_to="m,target"/>'
        + '<assignstr assign_to="local" value="[$called];tag=[call_number]"/>'
        + '<ereg regexp="sip:([^@&gt;]+)@" search_in="hdr" header="From:" assign_to="m,from"/>'
        + _header("Via", "via", "SIP/2.*")
        + _header("CSeq", "cseq", "[0-9].*")
        + '<log message="[timestamp] L [call_id] caller [$from]"/>'
        + MEDIA
    )
    return "\n".join(
        [
            _received("request", "HELLO", "end"),
            _received("request", "OPTIONS", "fine"),
            _received("request", "INVITE", "incoming", offer),
            _received("request", "ENROL", "enrol", _header("X-Expires", "expires") + to_server),
            f'<recv request="DIAL"><action>{dial}</action></recv>',
            _jump("invite"),
        ]
    )


def _request(method: str, uri: str, cseq: int, *, more: str = "") -> str:
    who = f"From: [$local]\nTo: [$remote]\nCall-ID: [call_id]\nCSeq: {cseq} {method}\nMax-Forwards: 70"
    return f"{method} {uri} SIP/2.0\n{VIA}\n{who}{more}"


def _register(line: Line) -> str:
    server = f"{line.server_ip}:{line.server_port}"
    address = f"&lt;sip:{line.user or line.name}@{server}&gt;"
    contact = f"\nContact: <sip:{line.user or line.name}@{HERE}>\nExpires: [$expires]"
    names = (
        f'<assignstr assign_to="local" value="{address};tag=[call_number]"/>'
        f'<assignstr assign_to="remote" value="{address}"/>'
    )
    steps = [_label("enrol"), f"<nop><action>{names}</action></nop>"]
    steps.append(_send(_request("REGISTER", f"sip:{server}", 1, more=contact), attributes='retrans="500"'))
    if line.user:
        proof = f"{contact}\n[authentication username={line.user} password={line.password}]"
        steps += [
            _received("response", 200, "enrolled"),
            *(_received("response", code, "refused") for code in FAILURES),
            f'<recv response="401" auth="true" timeout="{TRYING_TIMEOUT_MS}" ontimeout="end"></recv>',
            _send(_request("REGISTER", f"sip:{server}", 2, more=proof), attributes='retrans="500"'),
        ]
    steps += [
        _disproved(line, "refused"),
        *(_received("response", code, "refused") for code in FAILURES),
        f'<recv response="200" timeout="{TRYING_TIMEOUT_MS}" ontimeout="end"></recv>',
        _label("enrolled"),
        _note("enrolled"),
        _jump("end"),
        _label("refused"),
        _note("refused"),
        _jump("end"),
    ]
    return "\n".join(steps)


def _dial(line: Line) -> str:
    server = f"{line.server_ip}:{line.server_port}"
    contact = f"\nContact: <sip:[$from]@{HERE}>\nAllow: INVITE, ACK, BYE, CANCEL, UPDATE, OPTIONS"
    names = (
        f'<assignstr assign_to="local" value="&lt;sip:[$from]@{line.local_ip}&gt;;tag=[call_number]"/>'
        f'<assignstr assign_to="remote" value="&lt;sip:[$to]@{server}&gt;"/>'
        f'<assignstr assign_to="target" value="sip:[$to]@{server}"/>'
    )
    steps = [_label("invite"), f"<nop><action>{names}</action></nop>"]
    steps.append(_send(_request("INVITE", "[$target]", 1, more=contact), attributes='retrans="500"', body=SDP))
    if line.user:
        proof = f"{contact}\n[authentication username={line.user} password={line.password}]"
        steps += [
            *(_received("response", code, "failed") for code in FAILURES),
            f'<recv response="401" auth="true" timeout="{TRYING_TIMEOUT_MS}" ontimeout="end"></recv>',
            _send(_acknowledge("[$target]", 1, mirrored=True)),
            _send(_request("INVITE", "[$target]", 2, more=proof), attributes='retrans="500"', body=SDP),
        ]
    steps += [
        _disproved(line, "failed", extra=f'timeout="{TRYING_TIMEOUT_MS}" ontimeout="end"'),
        *(_received("response", code, "failed") for code in FAILURES),
        f'<recv response="100"><action>{_header("Via", "via", "SIP/2.*")}</action></recv>',
        _label("ringing"),
        _received("request", "HANGUP", "cancel", extra=f'timeout="{RING_TIMEOUT_MS}" ontimeout="cancel"'),
        _received("response", 180, "ringing"),
        _received("response", 183, "ringing"),
        _disproved(line, "failed"),
        *(_received("response", code, "failed") for code in FAILURES),
        f'<recv response="200"><action>{ANSWERED}</action></recv>',
        _send(_acknowledge("[$target]", 2 if line.user else 1), attributes='next="talk"'),
    ]
    return "\n".join(steps)


def _acknowledge(uri: str, cseq: int, *, mirrored: bool = False) -> str:
    """ACK: of a failure in the INVITE's own transaction (mirrored Via and To), of an answer in one of its own."""
    if mirrored:
        return f"ACK {uri} SIP/2.0\n[last_Via:]\n[last_From:]\n[last_To:]\nCall-ID: [call_id]\nCSeq: {cseq} ACK"
    return _request("ACK", uri, cseq)


def _failed(line: Line) -> str:
    cseq = 2 if line.user else 1
    cancel = (
        f"CANCEL [$target] SIP/2.0\nVia: [$via]\nFrom: [$local]\nTo: [$remote]\nCall-ID: [call_id]\nCSeq: {cseq} CANCEL"
    )
    crossed = f'<ereg regexp="INVITE" search_in="hdr" header="CSeq:" assign_to="crossed"/>{ANSWERED}'
    return "\n".join(
        [
            _label("cancel"),
            _send(cancel, attributes='retrans="500"'),
            # The answer may cross our CANCEL; then the call is up and has to be ended by BYE.
            *_ignored("cancelling"),
            '<recv response="200" next="crossing" test="crossed">',
            f"<action>{crossed}</action></recv>",
            *_ignored("agreed"),
            _received("response", 200, "crossing", ANSWERED),
            '<recv response="487"></recv>',
            _label("failed"),
            _send(_acknowledge("[$target]", cseq, mirrored=True), attributes='next="end"'),
            _label("crossing"),
            _send(_acknowledge("[$target]", cseq)),
            *_ignored("crossed-cancel", wait_ms=500, then="hangup"),
            '<recv response="200" next="hangup"></recv>',
        ]
    )


def _reply(status: str, *, to_tag: bool = True) -> str:
    mirror = MIRROR.replace("[last_To:]", "[last_To:];tag=[call_number]") if to_tag else MIRROR
    return f"SIP/2.0 {status}\n{mirror}\nContact: <sip:phone@{HERE}>"


# Answers to an INVITE mirror what was saved from it, not the order's headers.
SAVED: Final = "Via: [$via]\nFrom: [$remote]\nTo: [$local]\nCall-ID: [call_id]\nCSeq: [$cseq]"


def _incoming() -> str:
    # An INVITE that comes again was on its way while we answered the first: the answer is on its way too.
    contact = f"{SAVED}\nContact: <sip:phone@{HERE}>"
    return "\n".join(
        [
            _label("incoming"),
            _received("request", "INVITE", "incoming"),
            _received("request", "CANCEL", "cancelled"),
            _received("request", "TRYING", "trying"),
            _received("request", "IGNORE", "ignore"),
            _received("request", "RING", "ring"),
            _received("request", "VANISH", "vanished"),
            *(_received("request", f"REFUSE{code}", f"refuse{code}") for code in REFUSALS),
            f'<recv request="ANSWER"><action>{_header("X-Media", "port")}</action></recv>',
            _send(f"SIP/2.0 200 OK\n{contact}", attributes='retrans="500"', body=SDP),
            *_ignored("unacknowledged"),
            _received("request", "INVITE", "unacknowledged"),
            _received("request", "CANCEL", "late"),
            '<recv request="ACK" next="talk"></recv>',
            _label("late"),
            _send(_reply("200 OK"), attributes='next="unacknowledged"'),
            _label("trying"),
            _send(f"SIP/2.0 100 Trying\n{SAVED}", attributes='next="incoming"'),
            _label("ring"),
            _send(f"SIP/2.0 180 Ringing\n{contact}", attributes='next="incoming"'),
        ]
    )


def _not_taken() -> str:
    gap = f'timeout="{GAP_MS}" ontimeout="refuse487"'
    return "\n".join(
        [
            _label("ignore"),
            _received("request", "INVITE", "ignore"),
            *(_received("request", order, "ignore") for order in ORDERS if order != "VANISH"),
            _received("request", "VANISH", "vanished"),
            '<recv request="CANCEL" next="end"></recv>',
            _label("cancelled"),
            _send(_reply("200 OK", to_tag=True)),
            *(_received("request", order, "refuse487", extra=gap) for order in ORDERS),
            '<recv request="NEVER"></recv>',
            *(step for code in (487, *REFUSALS) for step in _refusal(code)),
        ]
    )


def _refusal(code: int) -> list[str]:
    return [
        _label(f"refuse{code}"),
        _send(f"SIP/2.0 {code} Refused\n{SAVED}", attributes='retrans="500"'),
        *_ignored(f"refused{code}"),
        _received("request", "INVITE", f"refused{code}"),
        '<recv request="ACK" next="end"></recv>',
    ]


def _talk() -> str:
    return "\n".join(
        [
            _label("talk"),
            *(_received("request", order, "talk") for order in ORDERS if order not in {"HANGUP", "VANISH"}),
            _received("request", "BYE", "theirs"),
            _received("request", "ACK", "talk"),
            _received("request", "VANISH", "vanished"),
            _received("request", "INVITE", "reinvite"),
            _received("request", "UPDATE", "update"),
            _received("request", "INFO", "update"),
            _received("request", "OPTIONS", "update"),
            _received("request", "CANCEL", "update"),
            '<recv request="HANGUP"></recv>',
            _label("hangup"),
            _send(_request("BYE", "[$target]", 3), attributes='retrans="500"'),
            *_ignored("bye"),
            _received("request", "BYE", "crossed"),
            _received("response", 481, "end"),
            '<recv response="200" next="end"></recv>',
            _label("reinvite"),
            _send(_reply("200 OK", to_tag=False), attributes='next="talk"', body=SDP),
            _label("update"),
            _send(_reply("200 OK", to_tag=False), attributes='next="talk"'),
            _label("crossed"),
            _send(_reply("200 OK", to_tag=False), attributes='next="bye"'),
        ]
    )


def _ends(line: Line) -> str:
    return "\n".join(
        [
            _label("fine"),
            _send(_reply("200 OK"), attributes='next="end"'),
            _label("vanished"),
            _note("vanished"),
            _jump("end"),
            _label("theirs"),
            _send(_reply("200 OK", to_tag=False)),
            _label("end"),
            _note("end"),
            f'<Reference variables="m,c{",proved" if line.user else ""}"/>',
        ]
    )
