"""No text of a centre, its secrets or its options adds a line or a section to what is rendered."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import render
from app.render import RenderOptions
from app.secrets_file import AMI_USERS, Secrets
from callcenter.centre import Centre, parse
from callcenter.errors import ConfigError
from tests.app.rendering import AMI, OPTIONS, SECRETS, centre, document, section, sections

HEAD = re.compile(r"\[[A-Za-z0-9-]+\](\([a-z-]+\))?")


OPTION = re.compile(
    r"[A-Za-z0-9_]+ =( [!-~ ]*)?"
    r"|eventfilter\(action\((in|ex)clude\)(,name\([A-Za-z]+\))?(,header\([A-Za-z]+\),method\((exact|contains)\))?\)"
    r" =( [@A-Za-z_-]+)?"
)


EXTEN = re.compile(
    r"exten => \+?[0-9]+,1,(Goto\(inbound,\+[0-9]+,1\)|Set\(TIMEOUT\(absolute\)=0\))"
    r"| same => n,(Set\(CALLERID\(all\)=<\+[0-9]+>\)|Congestion\(10\)|Hangup\(\)"
    r"|Dial\(PJSIP/[0-9]{2,6}@trunk-[a-z0-9-]+\)|Dial\(PJSIP/trunk-[a-z0-9-]+/sip:[0-9]{2,6}@[A-Za-z0-9._:\[\]-]+\)"
    r"|UserEvent\(EmergencyCall,Call: \$\{CHANNEL\(linkedid\)\},"
    r"Phone: \$\{FILTER\(0-9,\$\{CALLERID\(num\)\}\)\},Number: [0-9]+\))"
    r"|exten => to_[a-z0-9_]+,1,NoOp\(\)"
    r"| same => n,(Set\(CALLERID\(num\)=\+[0-9]+\)|Set\(CC_TRANSFERRED=\$\{DIALSTATUS\}\)|Goto\(waiting,s,1\)"
    r"|Dial\(PJSIP/\+[0-9]+@trunk-[a-z0-9-]+,\$\{CC_RING_S\},gi\))"
    r"|exten => _to_!,1,Goto\(waiting,s,1\)"
)


def assert_well_formed(rendered: dict[str, str], source: Centre) -> None:
    """Every line is of a known form, and the sections are exactly those of the centre's own entries."""
    for name, text in rendered.items():
        for line in text.split("\n")[1:]:
            ok = EXTEN.fullmatch(line) if name == "extensions.conf" else OPTION.fullmatch(line)
            assert line == "" or ok or HEAD.fullmatch(line), (name, line)
            assert not re.search(r"(?<!\\);", line), (name, line)
    phones = [agent.phone for agent in source.agents for _ in range(3)]
    trunks = [f"trunk-{t.name}" for t in source.trunks for _ in range(5 if t.kind == "register" else 3)]
    assert [name for name, _, _ in sections(rendered["pjsip.conf"])[1:]] == phones + trunks
    assert [name for name, _, _ in sections(rendered["queues.conf"])[1:]] == [q.name for q in source.queues]
    assert [name for name, _, _ in sections(rendered["manager.conf"])[1:]] == list(AMI_USERS)


NASTY = st.sampled_from(
    ["\n", "\r", "\n[x]\n", ";", "\\;", ";--", "[", "]", "(", "${SHELL(id)}", "&PJSIP/1", ",", "|", "#include x", "=>"]
)


SOME = st.sampled_from(["carrier", "1007", "sales", "+12025550100", "192.0.2.1", "sip.example.com", "US", "7", "/k"])
TEXTS = st.lists(NASTY | SOME | st.text(max_size=4), min_size=1, max_size=4).map("".join)


PLACES = [
    (table, key)
    for table, entry in {
        **document(),
        "emergency": {"numbers": ["911"]},
        "sip": {**document()["sip"], "bind": "", "tls_certificate": ""},
    }.items()
    for key in (entry if isinstance(entry, dict) else {key for one in entry for key in one} | {"secret"})
]


@pytest.mark.parametrize(("table", "key"), sorted(PLACES))
@given(text=TEXTS)
@settings(max_examples=12)
def test_no_value_of_the_centre_adds_a_line_or_a_section(table: str, key: str, text: str) -> None:
    changed = {**document(), "emergency": {}}
    sip = changed["sip"]
    sip |= {"tls_port": 5061, "tls_certificate": "/a", "tls_key": "/b"}
    entry = changed[table] if isinstance(changed[table], dict) else changed[table][0]
    entry[key] = [text] if isinstance(entry.get(key), list) or key in ("match", "numbers") else text
    try:
        source = parse(changed)
        names = {trunk.secret_name: "x" * 24 for trunk in source.trunks}
        phones = {agent.phone: "x" * 24 for agent in source.agents}
        rendered = render.render(source, Secrets(ami=AMI, phones=phones, trunks=names), OPTIONS)
    except ConfigError:
        return
    assert_well_formed(rendered, source)


@given(TEXTS, TEXTS)
def test_no_password_adds_a_line_or_ends_early(trunk: str, phone: str) -> None:
    secrets = Secrets(ami=AMI, phones={**SECRETS.phones, "1007": phone}, trunks={"carrier": trunk})
    try:
        rendered = render.render(centre(), secrets, OPTIONS)
    except ConfigError:
        return
    assert_well_formed(rendered, centre())
    assert dict(section(rendered["pjsip.conf"], "1007", "agent-auth"))["password"] == phone
    assert dict(section(rendered["pjsip.conf"], "trunk-carrier", "trunk-auth"))["password"] == trunk


@given(TEXTS, TEXTS, TEXTS)
def test_no_option_adds_a_line(name: str, address: str, folder: str) -> None:
    options = RenderOptions(system_name=name, ivr=address, sounds_dir=folder)
    try:
        rendered = render.render(centre(), SECRETS, options)
    except ConfigError:
        return
    assert_well_formed(rendered, centre())
