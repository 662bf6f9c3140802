"""A phone that signs in past the browser: what it says on the WebSocket, and by UDP with the right password."""

import hashlib
import re
import socket
from collections.abc import Mapping
from contextlib import suppress

from tests.web.telephony import Telephony


def registers(centre: Telephony, source: str, phone: Mapping[str, str]) -> str:
    """Register past the desk, by UDP, with the right password; return the status in the end, "" for no answer."""
    user = phone["uri"].removeprefix("sip:").partition("@")[0]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((source, 0))
        sender.settimeout(3)
        sender.connect(("127.0.0.1", centre.box.blueprint.centre.sip.port))

        def said(mark: str, signed: str = "") -> str:
            text = register_request(user).replace("SIP/2.0/WS abc.invalid", f"SIP/2.0/UDP {source};rport")
            text = text.replace("z9hG4bK1", f"z9hG4bK{mark}").replace("Call-ID: one", f"Call-ID: {source}")
            text = text.replace(f"{user}@abc.invalid;transport=ws", f"{user}@{source}:{sender.getsockname()[1]}")
            sender.send(text.replace("Content-Length", signed + "Content-Length").encode())
            return sender.recv(4096).decode()

        asked = dict(re.findall(r'(realm|nonce|opaque)="([^"]*)"', said("a")))
        name = _md5(f"{user}:{asked['realm']}:{phone['password']}")
        what = _md5("REGISTER:sip:callcenter.invalid")
        answer = _md5(f"{name}:{asked['nonce']}:00000001:0a4f113b:auth:{what}")
        words = {"username": user, **asked, "uri": "sip:callcenter.invalid", "response": answer, "cnonce": "0a4f113b"}
        listed = ", ".join(f'{key}="{value}"' for key, value in words.items())
        # Seen from elsewhere it is asked for a password as anybody is, and then left without an answer.
        with suppress(TimeoutError):
            return said("b", f"Authorization: Digest {listed}, algorithm=MD5, qop=auth, nc=00000001\r\n").split()[1]
        return ""


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def register_request(user: str) -> str:
    lines = (
        "REGISTER sip:callcenter.invalid SIP/2.0",
        "Via: SIP/2.0/WS abc.invalid;branch=z9hG4bK1",
        "Max-Forwards: 69",
        f"To: <sip:{user}@callcenter.invalid>",
        f"From: <sip:{user}@callcenter.invalid>;tag=one",
        "Call-ID: one",
        "CSeq: 1 REGISTER",
        f"Contact: <sip:{user}@abc.invalid;transport=ws>;expires=60",
        "Content-Length: 0",
    )
    return "\r\n".join((*lines, "", ""))
