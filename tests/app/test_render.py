"""What is rendered of a centre for Asterisk, which of it is written, and what a change asks of Asterisk."""

import hashlib
import re
import stat
from pathlib import Path

import pytest

from app import render
from app.render import RenderOptions
from app.secrets_file import Secrets
from callcenter import dialplan
from callcenter.centre import parse
from callcenter.errors import ConfigError
from callcenter.settings import Settings
from tests.app.rendering import AMI, OPTIONS, SECRETS, centre, files, section, sections


def test_files_are_those_the_static_conf_includes() -> None:
    static = Path(__file__).parents[2] / "asterisk" / "conf"
    included = set()
    for path in static.glob("*.conf"):
        included |= set(re.findall(r'^#include "rendered/([^"]+)"', path.read_text(), re.MULTILINE))
    assert included == set(files()) == set(render.TAKES_OVER)


def test_names_shared_with_the_dialplan_are_rendered() -> None:
    text = "\n".join(files().values())
    for name in ("EMERGENCY", "OWN_NUMBERS", "DESTINATIONS"):
        assert f"\n[{getattr(dialplan, f'CONTEXT_{name}')}]\n" in text
    for user in (dialplan.AMI_ACD, dialplan.AMI_DIALER, dialplan.AMI_CHECK, dialplan.AMI_RELOAD):
        assert f"\n[{user}]\n" in text
    for name in ("IVR", "ACD", "GATE", "PROMPTS", "LANGUAGE", "CLOSURE_PIN", "FALLBACK_QUEUE", "FALLBACK_KEYS"):
        assert f"\n{getattr(dialplan, f'GLOBAL_{name}')} = " in text
    assert f"UserEvent({dialplan.EVENT_EMERGENCY}," in text


def test_templates_exist_in_the_static_conf() -> None:
    static = Path(__file__).parents[2] / "asterisk" / "conf"
    for name in ("pjsip.conf", "queues.conf"):
        templates = set(re.findall(r"^\[([a-z-]+)\]\(!\)", (static / name).read_text(), re.MULTILINE))
        used = {inherits for _, inherits, _ in sections(files()[name]) if inherits}
        assert used <= templates


def test_phones() -> None:
    text = files()["pjsip.conf"]
    assert section(text, "1007", "agent-phone") == [
        ("auth", "1007"),
        ("aors", "1007"),
        ("callerid", "<1007>"),
        ("rtp_timeout", "30"),
        ("rtp_timeout_hold", "300"),
        ("deny", "0.0.0.0/0"),
        ("deny", "::/0"),
        ("permit", "10.0.0.0/8"),
    ]
    assert section(text, "1007", "agent-auth") == [("username", "1007"), ("password", "p" * 24)]
    assert section(text, "1007", "agent-aor") == []


def test_a_trunk_that_registers() -> None:
    text = files()["pjsip.conf"]
    assert dict(section(text, "trunk-carrier", "trunk")) == {
        "aors": "trunk-carrier",
        "device_state_busy_at": "30",
        "rtp_timeout": "30",
        "rtp_timeout_hold": "300",
        "outbound_auth": "trunk-carrier",
        "from_user": "12345",
        "from_domain": "sip.example.com",
    }
    assert dict(section(text, "trunk-carrier", "trunk-registration")) == {
        "outbound_auth": "trunk-carrier",
        "endpoint": "trunk-carrier",
        "server_uri": "sip:sip.example.com:5060",
        "client_uri": "sip:12345@sip.example.com",
        "contact_user": "12345",
    }
    assert section(text, "trunk-carrier", "trunk-auth") == [("username", "12345"), ("password", "pass;word")]
    assert section(text, "trunk-carrier", "trunk-identify") == [
        ("endpoint", "trunk-carrier"),
        ("match", "sip.example.com"),
    ]


def test_a_trunk_known_by_its_addresses() -> None:
    text = files()["pjsip.conf"]
    assert section(text, "trunk-second", "trunk-identify") == [
        ("endpoint", "trunk-second"),
        ("match", "192.0.2.0/28"),
        ("match", "192.0.2.64"),
    ]
    assert section(text, "trunk-second", "trunk-aor") == [
        ("contact", "sip:192.0.2.1:5070"),
        ("qualify_frequency", "0"),
    ]
    assert "trunk-registration" not in [inherits for name, inherits, _ in sections(text) if name == "trunk-second"]


def test_ipv6_stands_in_brackets_in_uris() -> None:
    trunk = {"name": "six", "kind": "ip", "host": "2001:db8::1"}
    text = render.render(centre(trunk=[trunk], destination=[], sip={"bind": "::"}), SECRETS, OPTIONS)
    assert ("contact", "sip:[2001:db8::1]:5060") in section(text["pjsip.conf"], "trunk-six", "trunk-aor")
    assert ("match", "2001:db8::1") in section(text["pjsip.conf"], "trunk-six", "trunk-identify")
    assert ("bind", "[::]:5060") in section(text["pjsip-transport.conf"], "transport-udp")


def test_transports() -> None:
    text = files()["pjsip-transport.conf"]
    assert [name for name, _, _ in sections(text)] == ["", "transport-udp", "transport-tcp", "transport-ws"]
    assert section(text, "transport-udp") == [
        ("type", "transport"),
        ("external_media_address", "203.0.113.10"),
        ("external_signaling_address", "203.0.113.10"),
        ("local_net", "10.0.0.0/8"),
        ("local_net", "192.168.0.0/16"),
        ("protocol", "udp"),
        ("bind", "0.0.0.0:5060"),
    ]
    tls = {"tls_port": 5061, "tls_certificate": "/keys/chain.pem", "tls_key": "/keys/key.pem"}
    text = files(sip=tls)["pjsip-transport.conf"]
    assert dict(section(text, "transport-tls"))["cert_file"] == "/keys/chain.pem"


def test_browsers_phones_are_for_our_own_network() -> None:
    options = RenderOptions(ami_bind="172.28.94.1", ami_permit=("172.28.94.0/24", "10.1.0.0/16"), ws_port=8088)
    found = render.render(centre(), SECRETS, options)
    assert found["http.conf"].splitlines()[1:] == ["enabled = yes", "bindaddr = 172.28.94.1", "bindport = 8088"]
    assert found["acl.conf"].splitlines()[1:] == ["permit = 172.28.94.0/24", "permit = 10.1.0.0/16"]


def test_without_a_port_there_is_no_http_server() -> None:
    files_without = render.render(centre(), SECRETS, RenderOptions(ws_port=0))
    assert files_without["http.conf"].splitlines()[1:] == ["enabled = no"]


def test_manager_users_have_the_least_classes() -> None:
    text = files()["manager.conf"]
    users = {name: options for name, _, options in sections(text) if name}
    assert set(users) == {"acd", "dialer", "check", "reload"}
    for name, options in users.items():
        classes = {word for key, value in options if key in ("read", "write") for word in value.split(",")}
        assert not classes & {"all", "command", "agi", "dialplan", "dtmf"}
        assert "system" not in dict(options)["write"]
        assert ("deny", "0.0.0.0/0") in options
        assert ("deny", "::/0") in options
        assert dict(options)["secret"] == AMI[name]
        assert dict(options)["writetimeout"] == "5000"
    assert [name for name, options in users.items() if "originate" in dict(options)["write"]] == ["acd", "dialer"]
    assert {name for name, options in users.items() if any(k.startswith("eventfilter") for k, _ in options)} == {
        "acd",
        "dialer",
    }


def test_only_permitted_networks_reach_the_manager() -> None:
    options = RenderOptions.from_settings(Settings(ami_permit="127.0.0.1/32, 172.18.0.1/16"))
    assert options.ami_bind == "0.0.0.0"
    assert options.ami_permit == ("127.0.0.1/32", "172.18.0.0/16")
    text = render.render(centre(), SECRETS, options)["manager.conf"]
    permits = {name: [v for k, v in opts if k == "permit"] for name, _, opts in sections(text) if name}
    assert permits["acd"] == permits["check"] == permits["reload"] == ["127.0.0.1/32", "172.18.0.0/16"]
    with pytest.raises(ConfigError, match="ami_permit: 'here' is no network"):
        RenderOptions.from_settings(Settings(ami_permit="here"))


@pytest.mark.parametrize(
    ("host", "permit", "bind"),
    [
        ("127.0.0.1", "127.0.0.1/32", "127.0.0.1"),
        ("172.18.0.1", "127.0.0.1/32", "127.0.0.1"),
        ("172.18.0.1", "172.18.0.0/16", "172.18.0.1"),
        ("asterisk", "172.18.0.0/16", "0.0.0.0"),
    ],
)
def test_the_manager_listens_no_further_than_it_must(host: str, permit: str, bind: str) -> None:
    options = RenderOptions.from_settings(Settings(ami_host=host, ami_permit=permit))
    assert options.ami_bind == bind


def test_options_follow_the_settings() -> None:
    options = RenderOptions.from_settings(
        Settings(cell="north", ami_port=5039, agi_host="10.0.0.1", acd_host="acd", ivr_port=1, acd_port=2, gate_port=3)
    )
    assert (options.system_name, options.ami_port, options.ami_bind) == ("north", 5039, "127.0.0.1")
    assert (options.ivr, options.acd, options.gate) == ("10.0.0.1:1", "acd:2", "10.0.0.1:3")


def test_fallback_queues() -> None:
    text = files()["queues.conf"]
    assert [(name, inherits) for name, inherits, _ in sections(text)[1:]] == [
        ("sales", "fallback-queue"),
        ("support", "fallback-queue"),
    ]
    assert section(text, "sales", "fallback-queue") == [("wrapuptime", "5"), ("servicelevel", "20")]


def test_globals() -> None:
    values = dict(section(files()["globals.conf"], ""))
    assert values == {
        "CC_IVR": "127.0.0.1:4573",
        "CC_ACD": "127.0.0.1:4575",
        "CC_GATE": "127.0.0.1:4574",
        "CC_PROMPTS": "/usr/share/callcenter/prompts",
        "CC_LANGUAGE": "en",
        "CC_CLOSURE_PIN": hashlib.sha1(b"80808080").hexdigest(),
        "CC_FALLBACK_QUEUE": "sales",
        "CC_FALLBACK_KEYS": "1:sales,2:support",
        "CC_FALLBACK_12025550100": "support",
        "CC_FALLBACK_2025550100": "support",
        "CC_FALLBACK_442079460000": "sales",
    }


def test_an_empty_centre_can_be_rendered() -> None:
    text = render.render(parse({"centre": {"region": "US"}}), SECRETS, OPTIONS)
    assert dict(section(text["globals.conf"], ""))["CC_FALLBACK_QUEUE"] == ""
    assert "PJSIP/" not in text["extensions.conf"]


def test_own_numbers_may_be_dialled_in_any_spelling_and_lead_inbound() -> None:
    text = files()["extensions.conf"].split("[emergency]")[0]
    assert re.findall(r"exten => (\S+),1,(\S+)", text) == [
        ("+12025550100", "Goto(inbound,+12025550100,1)"),
        ("12025550100", "Goto(inbound,+12025550100,1)"),
        ("2025550100", "Goto(inbound,+12025550100,1)"),
        ("+442079460000", "Goto(inbound,+442079460000,1)"),
        ("442079460000", "Goto(inbound,+442079460000,1)"),
    ]


def test_a_destination_is_dialled_over_its_trunk_and_what_is_no_destination_is_not() -> None:
    text = files()["extensions.conf"].split("[destinations]")[1]
    assert text.strip().splitlines() == [
        "exten => to_night_desk,1,NoOp()",
        " same => n,Set(CALLERID(num)=+12025550199)",
        " same => n,Dial(PJSIP/+12025550177@trunk-carrier,${CC_RING_S},gi)",
        " same => n,Set(CC_TRANSFERRED=${DIALSTATUS})",
        " same => n,Goto(waiting,s,1)",
        "exten => _to_!,1,Goto(waiting,s,1)",
    ]


def test_emergency_numbers_try_each_trunk_by_name_and_then_by_address() -> None:
    text = files()["extensions.conf"].split("[emergency]")[1]
    assert re.findall(r"exten => (\d+),1,", text) == ["112", "911"]
    assert re.findall(r"CALLERID\(all\)=<(\S+)>\)\n same => n,Dial\((.*)\)", text[text.index("exten => 911") :]) == [
        ("+12025550199", "PJSIP/911@trunk-carrier"),
        ("+12025550198", "PJSIP/911@trunk-second"),
        ("+12025550199", "PJSIP/trunk-carrier/sip:911@sip.example.com:5060"),
        ("+12025550198", "PJSIP/trunk-second/sip:911@192.0.2.1:5070"),
    ]


def test_nothing_but_emergency_numbers_and_destinations_reaches_a_trunk() -> None:
    allowed = r"PJSIP/(112|911|\+12025550177)@|PJSIP/trunk-[a-z]+/sip:(112|911)@"
    for name, text in files().items():
        dials = re.findall(r"Dial\(([^)]*)\)", text)
        assert all(re.match(allowed, dial) for dial in dials), name


@pytest.mark.parametrize(
    ("secrets", "said"),
    [
        (Secrets(ami=AMI), "phone 1007 has no password in secrets.toml"),
        (Secrets(ami=AMI, phones=SECRETS.phones), "trunk carrier has no password in secrets.toml"),
        (Secrets(phones=SECRETS.phones, trunks=SECRETS.trunks), "manager user acd has no password in secrets.toml"),
    ],
)
def test_a_missing_secret_is_told(secrets: Secrets, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        render.render(centre(), secrets, OPTIONS)


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    into = tmp_path / "rendered"
    first = files()
    assert render.write(first, into) == tuple(first)
    assert {path.name for path in into.iterdir()} == set(first)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o640 for path in into.iterdir())
    assert render.write(first, into) == ()
    assert render.write(files(queue=[{"name": "sales"}, {"name": "support"}]), into) == ("queues.conf", "globals.conf")


def test_what_a_change_asks_of_asterisk() -> None:
    assert render.take_over([]) == render.TakeOver()
    assert render.take_over(["pjsip.conf"]) == render.TakeOver(modules=("res_pjsip.so",))
    assert render.take_over(["pjsip-transport.conf"]) == render.TakeOver(restart=True)
    assert render.take_over(["rtp.conf", "asterisk.conf"]) == render.TakeOver(
        modules=("res_rtp_asterisk.so",), restart=True
    )
