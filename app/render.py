"""What of Asterisk's configuration depends on the installation, as text: `render` is pure, `write` touches the disk.

The static files in asterisk/conf include these from the folder `rendered`. Nothing an operator or a carrier chose gets
there unchecked: values are on the strict patterns of `callcenter.fields`, free text (names, titles) is not
written at all, and `section` refuses whatever could begin a comment, a line or a section.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.ami_rights import AMI_RIGHTS
from app.conf_text import bracketed, dialled, host_port, lines_of, named, network, reached, section, word_of
from app.files import read_text, write_atomic
from app.secrets_file import Secrets
from callcenter import dialplan
from callcenter.centre import Centre, Destination, Sip, Trunk, TrunkKind
from callcenter.fields import check_path
from callcenter.numbers import spellings
from callcenter.pins import closure_digest
from callcenter.settings import Settings

HEADING: Final = "; Rendered by `callcenter render` from centre.toml and the settings: edits here are overwritten.\n"
LOOPBACK: Final = "127.0.0.1/32"
EVERYBODY: Final = ("0.0.0.0/0", "::/0")
READABLE_BY_GROUP: Final = 0o640

# Which module takes a changed file over on reload; None: only a restart of Asterisk does.
TAKES_OVER: Final[Mapping[str, str | None]] = {
    "asterisk.conf": None,
    "pjsip-transport.conf": None,
    "rtp.conf": "res_rtp_asterisk.so",
    "manager.conf": "manager",
    "pjsip.conf": "res_pjsip.so",
    "acl.conf": "acl",
    "http.conf": "http",
    "queues.conf": "app_queue.so",
    "globals.conf": "pbx_config.so",
    "extensions.conf": "pbx_config.so",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """What rendering needs to know besides the centre.

    `ami_permit`: networks whose hosts may talk to the manager interface, and bring browsers' phones to `ws_port`, which
    listens on the same address (0: none). `ivr`, `acd`, `gate`: host:port of our FastAGI servers as Asterisk reaches
    them. `sounds_dir`: prompts as Asterisk sees them.
    """

    system_name: str = "main"
    ami_bind: str = "127.0.0.1"
    ami_port: int = 5038
    ami_permit: tuple[str, ...] = (LOOPBACK,)
    ws_port: int = 8088
    ivr: str = "127.0.0.1:4573"
    acd: str = "127.0.0.1:4575"
    gate: str = "127.0.0.1:4574"
    sounds_dir: str = dialplan.PROMPTS_DIR

    @classmethod
    def from_settings(cls, settings: Settings) -> RenderOptions:
        """What the settings of our processes imply for Asterisk.

        The manager interface listens on loopback alone unless another network is permitted to log in; then on the
        address where we look for it, if that is one. Raises ConfigError if `ami_permit` is no list of networks.
        """
        permit = tuple(network(net) for net in settings.ami_permit.split(",") if net.strip())
        outside = any(not net.is_loopback for net in permit)
        return cls(
            system_name=settings.cell,
            ami_bind=_ami_bind(settings.ami_host) if outside else "127.0.0.1",
            ami_port=settings.ami_port,
            ami_permit=tuple(map(str, permit)),
            ws_port=settings.ws_port,
            ivr=f"{settings.ivr_host or settings.agi_host}:{settings.ivr_port}",
            acd=f"{settings.acd_host or settings.agi_host}:{settings.acd_port}",
            gate=f"{settings.gate_host or settings.agi_host}:{settings.gate_port}",
            sounds_dir=settings.sounds_dir,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver:
    """How Asterisk takes changed files over: `modules` to reload in this order, or only by a `restart`."""

    modules: tuple[str, ...] = ()
    restart: bool = False


def render(centre: Centre, secrets: Secrets, options: RenderOptions) -> dict[str, str]:
    """Return the rendered files, name to text.

    Raise ConfigError if a secret is missing or a value cannot be written.
    """
    files = {
        "asterisk.conf": _asterisk(centre, options),
        "pjsip-transport.conf": _transports(centre.sip),
        "rtp.conf": lines_of({"rtpstart": centre.sip.rtp_first, "rtpend": centre.sip.rtp_last}),
        "manager.conf": _manager(secrets, options),
        "acl.conf": lines_of({"permit": tuple(str(network(net)) for net in options.ami_permit)}),
        "http.conf": _http(options),
        "pjsip.conf": _phones(centre, secrets) + "".join(_trunk(trunk, centre.sip, secrets) for trunk in centre.trunks),
        "queues.conf": _queues(centre),
        "globals.conf": _globals(centre, secrets, options),
        "extensions.conf": _extensions(centre),
    }
    return {name: HEADING + text for name, text in files.items()}


def write(files: Mapping[str, str], into: Path, *, group: int | None = None) -> tuple[str, ...]:
    """Write the rendered `files` that differ into the folder `into`; return their names.

    They hold passwords: readable by us and by `group` (numeric id of the group Asterisk runs in), nobody else.
    """
    changed = tuple(name for name, text in files.items() if read_text(into / name) != text)
    for name in changed:
        write_atomic(into / name, files[name], mode=READABLE_BY_GROUP, group=group)
    return changed


def take_over(changed: Iterable[str]) -> TakeOver:
    """How Asterisk takes over the `changed` files.

    >>> take_over(["globals.conf", "extensions.conf", "queues.conf"])
    TakeOver(modules=('app_queue.so', 'pbx_config.so'), restart=False)
    """
    names = set(changed)
    modules = (module for name, module in TAKES_OVER.items() if name in names and module is not None)
    return TakeOver(
        modules=tuple(dict.fromkeys(modules)), restart=any(TAKES_OVER[name] is None for name in names & set(TAKES_OVER))
    )


def _asterisk(centre: Centre, options: RenderOptions) -> str:
    """Body of [options]: the name in front of every Uniqueid, and how many calls this machine takes at most."""
    return lines_of({"systemname": named(options.system_name), "maxcalls": centre.sip.max_calls})


def _transports(sip: Sip) -> str:
    shared: dict[str, object] = {"type": "transport"}
    if sip.external_address is not None:
        shared |= {
            "external_media_address": sip.external_address,
            "external_signaling_address": sip.external_address,
            "local_net": sip.local_nets,
        }
    text = "".join(
        section(f"transport-{protocol}", (), {**shared, "protocol": protocol, "bind": host_port(sip.bind, sip.port)})
        for protocol in ("udp", "tcp")
    )
    # Browsers' phones. Where it listens is http.conf's matter.
    text += section("transport-ws", (), {**shared, "protocol": "ws", "bind": bracketed(sip.bind)})
    if sip.tls_port is None:
        return text
    tls = {
        "protocol": "tls",
        "bind": host_port(sip.bind, sip.tls_port),
        "cert_file": sip.tls_certificate,
        "priv_key_file": sip.tls_key,
        "method": "tlsv1_2",
    }
    return text + section("transport-tls", (), {**shared, **tls})


def _phones(centre: Centre, secrets: Secrets) -> str:
    text = ""
    nets = {"deny": EVERYBODY, "permit": centre.sip.phone_nets} if centre.sip.phone_nets else {}
    for agent in centre.agents:
        phone = agent.phone
        endpoint = {"auth": phone, "aors": phone, "callerid": f"<{phone}>", **_silence(centre.sip), **nets}
        password = word_of(secrets.phones, phone, f"phone {phone}")
        text += section(phone, ("agent-phone",), endpoint)
        text += section(phone, ("agent-auth",), {"username": phone, "password": password})
        text += section(phone, ("agent-aor",), {})
    return text


def _trunk(trunk: Trunk, sip: Sip, secrets: Secrets) -> str:
    name = _endpoint(trunk)
    server = f"sip:{host_port(trunk.host, trunk.port)}"
    endpoint: dict[str, object] = {"aors": name, "device_state_busy_at": trunk.channels, **_silence(sip)}
    registers = trunk.kind is TrunkKind.REGISTER
    if registers:
        endpoint |= {"outbound_auth": name, "from_user": trunk.username, "from_domain": bracketed(trunk.host)}
    text = section(name, ("trunk",), endpoint)
    text += section(name, ("trunk-aor",), {"contact": server, "qualify_frequency": trunk.qualify_s})
    text += section(name, ("trunk-identify",), {"endpoint": name, "match": trunk.peers})
    if registers:
        password = word_of(secrets.trunks, trunk.secret_name, f"trunk {trunk.name}")
        text += section(name, ("trunk-auth",), {"username": trunk.username, "password": password})
        identity = f"sip:{trunk.username}@{bracketed(trunk.host)}"
        text += section(
            name,
            ("trunk-registration",),
            {
                "outbound_auth": name,
                "endpoint": name,
                "server_uri": server,
                "client_uri": identity,
                "contact_user": trunk.username,
            },
        )
    return text


def _silence(sip: Sip) -> dict[str, object]:
    """When a leg without audio ends; on hold it may be silent ten times as long."""
    return {"rtp_timeout": sip.rtp_timeout_s, "rtp_timeout_hold": sip.rtp_timeout_s * 10}


def _ami_bind(host: str) -> str:
    """`host` if Asterisk can listen on it: an address which is not loopback; every address for a name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "0.0.0.0"
    return "0.0.0.0" if address.is_loopback else host


def _http(options: RenderOptions) -> str:
    """Body of [general]. Where there is no port there is no server."""
    if not options.ws_port:
        return lines_of({"enabled": "no"})
    return lines_of({"enabled": "yes", "bindaddr": options.ami_bind, "bindport": options.ws_port})


def _manager(secrets: Secrets, options: RenderOptions) -> str:
    text = lines_of({"bindaddr": options.ami_bind, "port": options.ami_port})
    for name, rights in AMI_RIGHTS.items():
        text += section(
            name,
            (),
            {
                "secret": word_of(secrets.ami, name, f"manager user {name}"),
                "deny": EVERYBODY,
                "permit": tuple(str(network(net)) for net in options.ami_permit),
                "read": rights.read,
                "write": rights.write,
                "writetimeout": 5000,  # ms; a reader that stalls longer is dropped, and reads the picture anew
            },
        )
        text += "".join(f"{line}\n" for line in rights.filter_lines)
    return text


def _queues(centre: Centre) -> str:
    return "".join(
        section(
            named(queue.name),
            ("fallback-queue",),
            {"wrapuptime": queue.wrap_up_s, "servicelevel": queue.service_level_s},
        )
        for queue in centre.queues
    )


def _globals(centre: Centre, secrets: Secrets, options: RenderOptions) -> str:
    first = centre.queues[0].name if centre.queues else ""
    keys = ",".join(f"{queue.key}:{queue.name}" for queue in centre.queues if queue.key is not None)
    values = {
        dialplan.GLOBAL_IVR: reached(options.ivr),
        dialplan.GLOBAL_ACD: reached(options.acd),
        dialplan.GLOBAL_GATE: reached(options.gate),
        dialplan.GLOBAL_PROMPTS: check_path(options.sounds_dir),
        dialplan.GLOBAL_LANGUAGE: centre.identity.language,
        dialplan.GLOBAL_CLOSURE_PIN: closure_digest(secrets.closure_pin) if secrets.closure_pin else "",
        dialplan.GLOBAL_FALLBACK_QUEUE: first,
        dialplan.GLOBAL_FALLBACK_KEYS: keys,
    }
    for number in centre.numbers:
        for spelling in spellings(number.did, centre.identity.region):
            values[dialplan.GLOBAL_FALLBACK_DID + spelling.removeprefix("+")] = number.fallback_queue
    return lines_of(values)


def _extensions(centre: Centre) -> str:
    own: dict[str, str] = {}
    for number in centre.numbers:
        for spelling in spellings(number.did, centre.identity.region):
            own.setdefault(spelling, number.did)
    text = f"\n[{dialplan.CONTEXT_OWN_NUMBERS}]\n"
    for spelling, did in own.items():
        text += f"exten => {dialled(spelling)},1,Goto({dialplan.CONTEXT_INBOUND},{dialled(did)},1)\n"
    text += f"\n[{dialplan.CONTEXT_EMERGENCY}]\n"
    text += "".join(_emergency(number, centre.emergency_trunks) for number in centre.emergency_numbers)
    trunks = {trunk.name: trunk for trunk in centre.trunks}
    text += f"\n[{dialplan.CONTEXT_DESTINATIONS}]\n"
    text += "".join(_destination(one, trunks[one.trunk]) for one in centre.destinations)
    # A name that is not here. Patterns come after names, whatever the order.
    return text + f"exten => _to_!,1,Goto({dialplan.CONTEXT_WAITING},s,1)\n"


def _destination(destination: Destination, trunk: Trunk) -> str:
    """One destination: dialled, then the caller goes on in the IVR, unless they have hung up.

    i: a redirection (302) is not followed; it would be dialled in the trunk's context, which is our own front door.
    """
    lines = [f"exten => {destination_extension(destination.name)},1,NoOp()"]
    if trunk.caller_id is not None:
        lines.append(f" same => n,Set(CALLERID(num)={dialled(trunk.caller_id)})")
    lines += [
        f" same => n,Dial(PJSIP/{dialled(destination.number)}@{_endpoint(trunk)},${{{dialplan.VAR_RING}}},gi)",
        f" same => n,Set({dialplan.VAR_TRANSFERRED}=${{DIALSTATUS}})",
        f" same => n,Goto({dialplan.CONTEXT_WAITING},s,1)",
    ]
    return "\n".join(lines) + "\n"


def destination_extension(name: str) -> str:
    """Extension of a destination; Asterisk ignores hyphens in extensions.

    >>> destination_extension("night-desk")
    'to_night_desk'
    """
    return f"to_{named(name).replace('-', '_')}"


def _emergency(number: str, trunks: tuple[Trunk, ...]) -> str:
    """One number: tell everybody, then each trunk in turn, one that answers no OPTIONS at the very end.

    An answered call ends here. Dialled by its name, a trunk known to be dead is passed over within milliseconds;
    dialled by its address it is tried all the same, because some carriers ignore OPTIONS and carry calls.
    """
    headers = f"Call: ${{CHANNEL(linkedid)}},Phone: ${{FILTER(0-9,${{CALLERID(num)}})}},Number: {dialled(number)}"
    lines = [
        f"exten => {dialled(number)},1,Set(TIMEOUT(absolute)=0)",
        f" same => n,UserEvent({dialplan.EVENT_EMERGENCY},{headers})",
    ]
    by_name = [(trunk, f"{number}@{_endpoint(trunk)}") for trunk in trunks]
    by_address = [(trunk, f"{_endpoint(trunk)}/sip:{number}@{host_port(trunk.host, trunk.port)}") for trunk in trunks]
    for trunk, destination in by_name + by_address:
        lines += [
            f" same => n,Set(CALLERID(all)=<{dialled(trunk.caller_id or '')}>)",
            f" same => n,Dial(PJSIP/{destination})",
        ]
    lines += [" same => n,Congestion(10)", " same => n,Hangup()"]
    return "\n".join(lines) + "\n"


def _endpoint(trunk: Trunk) -> str:
    return dialplan.TRUNK_PREFIX + named(trunk.name)
