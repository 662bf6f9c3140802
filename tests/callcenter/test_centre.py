"""centre.toml: what it may say, what is refused and in which words."""

import tomllib
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.centre import Centre, TrunkKind, parse
from callcenter.faults import FaultsError, nearest
from callcenter.pins import Cost, hash_pin
from callcenter.records import Agent, Number, Queue

PIN_HASH = hash_pin("4271", bytes(16), Cost(n=16, r=1))

WHOLE = f"""
[centre]
name = "Example"
region = "US"
language = "en"
time_zone = "America/New_York"

[sip]
bind = "10.0.0.5"
port = 5060
external_address = "203.0.113.10"
local_nets = ["10.0.0.0/8"]
phone_nets = ["10.0.0.0/8"]
rtp_first = 20000
rtp_last = 20999

[[trunk]]
name = "carrier"
kind = "register"
host = "SIP.example.com"
username = "12345"
channels = 10
caller_id = "(202) 555-0199"
emergency = true

[[trunk]]
name = "second"
kind = "ip"
host = "192.0.2.1"
match = ["192.0.2.0/28", "192.0.2.64"]

[[number]]
did = "202-555-0100"
flow = "main"
fallback_queue = "support"

[[agent]]
id = "7"
name = "Agent Seven"
phone = "1007"
queues = ["sales", "support"]
skills = {{english = 5, billing = 10}}
pin_hash = "{PIN_HASH}"

[[queue]]
name = "sales"
title = "Sales"
key = "1"
wrap_up_s = 5

[[queue]]
name = "support"
max_wait_s = 60
service_level_s = 10
"""


AGENT = ("[[agent]]", "id = 7", "name = 'A'", "phone = 1007")


def centre(text: str, **changes: str) -> Centre:
    for old, new in changes.items():
        text = text.replace(old, new)
    return parse(tomllib.loads(text))


def refused(text: str, flows: set[str] | None = None) -> str:
    with pytest.raises(FaultsError) as caught:
        parse(tomllib.loads(text), flows)
    said = str(caught.value)
    assert "\n" not in said
    return said.removeprefix("centre.toml: ")


def with_(*tables: str) -> str:
    return "\n".join(("[centre]", 'region = "US"', *tables))


def test_a_whole_centre() -> None:
    found = centre(WHOLE)
    assert found.identity.time_zone == "America/New_York"
    carrier, second = found.trunks
    assert (carrier.kind, carrier.host, carrier.caller_id) == (TrunkKind.REGISTER, "sip.example.com", "+12025550199")
    assert carrier.peers == ("sip.example.com",)
    assert carrier.secret_name == "carrier"
    assert second.peers == ("192.0.2.0/28", "192.0.2.64")
    assert found.emergency_numbers == ("112", "911")
    assert found.emergency_trunks == (carrier,)
    assert found.warnings() == ()


def test_records_are_what_the_store_takes_over() -> None:
    records = centre(WHOLE).records()
    assert records.agents == [
        Agent(
            id="7",
            name="Agent Seven",
            phone="1007",
            pin_hash=PIN_HASH,
            queues=("sales", "support"),
            skills={"english": 5, "billing": 10},
        )
    ]
    assert records.queues == [
        Queue(name="sales", title="Sales", wrap_up=timedelta(seconds=5)),
        Queue(
            name="support",
            title="support",
            max_wait=timedelta(minutes=1),
            service_level=timedelta(seconds=10),
        ),
    ]
    assert records.numbers == [Number(did="+12025550100", flow="main", fallback_queue="support")]


def test_the_region_is_all_that_must_be_there() -> None:
    found = parse({"centre": {"region": "GB"}})
    assert found.emergency_numbers == ("112", "999")
    assert found.sip.port == 5060
    assert found.records().agents == []


def test_digits_may_stand_without_quotes() -> None:
    found = centre(WHOLE.replace('id = "7"', "id = 7").replace('phone = "1007"', "phone = 1007"))
    assert (found.agents[0].id, found.agents[0].phone) == ("7", "1007")


def test_emergency_numbers_may_be_set() -> None:
    assert centre(WHOLE + '[emergency]\nnumbers = ["911", "1911"]').emergency_numbers == ("911", "1911")


def test_users_of_a_queue() -> None:
    found = centre(WHOLE)
    assert found.users_of_queue("support") == ("number +12025550100", "agent 7 (Agent Seven)")
    assert found.users_of_queue("sales") == ("agent 7 (Agent Seven)",)
    assert found.users_of_queue("other") == ()


def test_pin_hashes_are_not_shown() -> None:
    assert "scrypt" not in repr(centre(WHOLE))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "[centre]: is missing"),
        ("[centre]", "[centre], region: is missing"),
        (
            '[centre]\nregion = "USA"',
            '[centre], region: \'USA\' is no region: use the ISO 3166 code of the country, e.g. "US" or "GB"',
        ),
        ('[centre]\nregion = "US"\ntimezone = "UTC"', '[centre], timezone: unknown key; did you mean "time_zone"?'),
        (
            '[centre]\nregion = "US"\ntime_zone = "New York"',
            "[centre], time_zone: 'New York' is no time zone: use a name like \"America/New_York\"",
        ),
        (
            '[centre]\nregion = "US"\nlanguage = "english"',
            '[centre], language: \'english\' is no language: use e.g. "en" or "en_GB", the name of a folder of prompts',
        ),
        ('[centre]\nregion = "US"\nname = "a\\nb"', "[centre], name: needs 1 to 80 printable characters on one line"),
        (with_("[[quue]]"), 'quue: unknown table; did you mean "queue"?'),
        (with_("[agent]", "id = 7"), "[agent]: must be written [[agent]]: there may be several"),
        (
            with_("[[agent]]", "id = 7", "queues = 'sales'", "name = 'A'", "phone = 1007"),
            '[[agent]] 7, queues: must be a list, e.g. ["…"]',
        ),
        (
            with_("[[agent]]", "id = 7", "name = 'A'"),
            "[[agent]] 7, phone: is missing",
        ),
        (
            with_("[[agent]]", "id = 'x7'", "name = 'A'", "phone = 1007"),
            "[[agent]] x7, id: 'x7' must be 1 to 8 digits",
        ),
        (
            with_("[[agent]]", "id = 7", "name = 'A'", "phone = 911"),
            "[[agent]] 7, phone: 911 is an emergency number",
        ),
        (
            with_(*AGENT, "skills = {english = 11}"),
            "[[agent]] 7, skills.english: should be less than or equal to 10",
        ),
        (
            with_(*AGENT, "pin_hash = '4271'"),
            "[[agent]] 7, pin_hash: is no PIN hash: remove the key and give the PIN with `callcenter agent pin`",
        ),
        (
            with_(*AGENT, "queues = ['suport']", "[[queue]]", "name = 'support'"),
            '[[agent]] 7, queues: there is no queue "suport"; did you mean "support"?',
        ),
        (
            with_("[[agent]]", "id = 7", "name = 'A'", "phone = 1", "queus = []"),
            "[[agent]] 7, phone: '1' must be 2 to 10 digits; [[agent]] 7, queus: unknown key; did you mean \"queues\"?",
        ),
        (
            with_(*2 * AGENT),
            "[[agent]] 7, id: '7' is already used by an entry above; "
            "[[agent]] 7, phone: '1007' is already used by an entry above",
        ),
        (
            with_(*AGENT, "[[agent]]", "id = 8", "name = 'B'", "phone = 1007"),
            "[[agent]] 8, phone: '1007' is already used by [[agent]] 7",
        ),
        (
            with_("[[queue]]", "name = 'general'"),
            "[[queue]] general, name: 'general' is a word of Asterisk's own; take another name",
        ),
        (
            with_("[[queue]]", "name = 'Big Sales'"),
            "[[queue]] Big Sales, name: 'Big Sales' is no name: use lower-case letters, digits and hyphens, "
            "begin with a letter, at most 32 characters",
        ),
        (with_("[[queue]]", "name = 'a'", "wrap_up_s = 1.5"), "[[queue]] a, wrap_up_s: must be a whole number"),
        (
            with_("[[queue]]", "name = 'a'", "max_wait_s = 0"),
            "[[queue]] a, max_wait_s: should be greater than or equal to 1",
        ),
        (
            with_("[[number]]", "did = '911'", "flow = 'main'", "fallback_queue = 'a'", "[[queue]]", "name = 'a'"),
            "[[number]] 911, did: '911' is no telephone number: write it as \"+12025550100\"",
        ),
        (
            with_("[[number]]", "did = '+12025550100'", "flow = 'main'", "fallback_queue = 'a'"),
            '[[number]] +12025550100, fallback_queue: there is no queue "a"',
        ),
        (
            with_("[[trunk]]", "name = 'a'", "kind = 'iax'", "host = '192.0.2.1'"),
            "[[trunk]] a, kind: should be 'register' or 'ip'",
        ),
        (
            with_("[[trunk]]", "name = 'a'", "kind = 'register'", "host = '192.0.2.1'"),
            '[[trunk]] a: kind "register" needs username',
        ),
        (
            with_("[[trunk]]", "name = 'a'", "kind = 'ip'", "host = '192.0.2.1'", "secret = 'a'"),
            '[[trunk]] a: kind "ip" has no password: remove secret, or use kind "register"',
        ),
        (
            with_("[[trunk]]", "name = 'a'", "kind = 'ip'", "host = '192.0.2.1'", "emergency = true"),
            "[[trunk]] a: emergency = true needs caller_id: the number an emergency service calls back",
        ),
        (
            with_("[[trunk]]", "name = 'a'", "kind = 'ip'", "host = 'a b'"),
            "[[trunk]] a, host: 'a b' is neither an IP address nor a host name",
        ),
        (
            with_(
                "[[trunk]]",
                "name = 'a'",
                "kind = 'ip'",
                "host = '192.0.2.1'",
                "match = ['192.0.2.0/24']",
                "[[trunk]]",
                "name = 'b'",
                "kind = 'ip'",
                "host = '192.0.2.7'",
            ),
            '[[trunk]] b, match: calls from 192.0.2.7 would belong to trunk "a" as well (192.0.2.0/24)',
        ),
        (with_("[sip]", "rtp_first = 10001"), "[sip]: rtp_first must be even and rtp_last at least three more"),
        (with_("[sip]", "port = 20000"), "[sip]: port 20000 lies within the RTP range 16384-32767"),
        (with_("[sip]", "tls_port = 5061"), "[sip]: TLS needs all of tls_port, tls_certificate and tls_key"),
        (
            with_("[sip]", "external_address = '203.0.113.1'"),
            '[sip]: external_address needs local_nets (e.g. ["10.0.0.0/8"]): which peers are not behind NAT',
        ),
        (
            with_("[sip]", "local_nets = ['10.0.0.0/33']"),
            "[sip], local_nets.0: '10.0.0.0/33' is no network: use e.g. \"10.0.0.0/8\"",
        ),
        (with_("[emergency]", "numbers = ['1']"), "[emergency], numbers.0: '1' must be 2 to 6 digits"),
    ],
)
def test_refusals_say_where_and_how_to_mend(text: str, said: str) -> None:
    assert refused(text) == said


def test_an_unknown_flow_is_refused_where_flows_are_known() -> None:
    text = with_(
        "[[number]]", "did = '+12025550100'", "flow = 'mian'", "fallback_queue = 'a'", "[[queue]]", "name = 'a'"
    )
    assert refused(text, {"main"}) == '[[number]] +12025550100, flow: there is no flow "mian"; did you mean "main"?'
    assert parse(tomllib.loads(text)).numbers[0].flow == "mian"


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        (("emergency = true", ""), "no trunk has emergency = true: agents' phones cannot reach emergency services"),
        (('region = "US"', 'region = "IO"'), "no emergency number is known for IO: set numbers in [emergency]"),
        ((f'pin_hash = "{PIN_HASH}"', ""), "agent 7 has no PIN and cannot log in: `callcenter agent pin 7`"),
        (('queues = ["sales", "support"]', 'queues = ["sales"]'), 'queue "support" has no agent'),
        (('queues = ["sales", "support"]', ""), "agent 7 serves no queue"),
    ],
)
def test_warnings(change: tuple[str, str], warning: str) -> None:
    text = WHOLE.replace('"(202) 555-0199"', '"+12025550199"').replace('"202-555-0100"', '"+12025550100"')
    assert warning in centre(text.replace(*change)).warnings()


def test_nearest_names_what_there_is() -> None:
    assert nearest("x", []) == ""
    assert nearest("x", ["sales"]) == "; there is sales"
    assert nearest("xyz", [f"queue-{i}" for i in range(10)]).endswith(", queue-7, …")


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
TABLES = st.sampled_from(["centre", "sip", "trunk", "number", "agent", "queue", "emergency", "other"])
KEYS = st.sampled_from(["id", "name", "region", "did", "phone", "queues", "skills", "kind", "host", "match", "port"])


def said_about(document: dict[str, Any]) -> str:
    try:
        parse(document)
    except FaultsError as error:
        return str(error)
    return ""


@given(st.dictionaries(TABLES, JSON_LIKE | st.lists(st.dictionaries(KEYS, JSON_LIKE, max_size=5), max_size=3)))
@settings(max_examples=50)
def test_any_document_is_a_centre_or_one_line_of_faults(document: dict[str, Any]) -> None:
    assert len(said_about(document).splitlines()) <= 1


@given(st.text(max_size=8), st.text(max_size=8))
def test_no_key_or_table_breaks_the_line(table: str, key: str) -> None:
    document = {"centre": {"region": "US", key: 1}, table: [{"id": key, key: key}]}
    assert len(said_about(document).splitlines()) <= 1
