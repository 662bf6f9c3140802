"""Other systems in centre.toml: what is refused, in which words, and which secrets it takes."""

from __future__ import annotations

import tomllib

import pytest

from callcenter.adapters.payments import PROVIDERS
from callcenter.centre import Centre, parse
from callcenter.faults import FaultsError
from callcenter.integrations import PROVIDERS as NAMES
from callcenter.integrations import Http, MailTls, secrets_wanted
from callcenter.outgoing import NotAllowed

HEAD = '[centre]\nregion = "US"\n'
MAIL = '[mail]\nhost = "smtp.example.com"\nsender = "cc@example.com"\n'
WHOLE = f"""{HEAD}
[http]
allow = [
  "https://hooks.example.com/",
  {{url = "https://crm.example.com/v1", headers = {{Authorization = "crm"}}}},
  {{url = "http://10.0.0.20:8080/", allow_private = true}},
]
[payment]
provider = "sandbox"
{MAIL}
username = "cc"
[[mailbox]]
name = "sales"
title = "Sales"
email = "sales@example.com"
webhook = "https://hooks.example.com/voicemail?box=sales"
attach = true
[[mailbox]]
name = "support"
email = "support@example.com"
"""


def centre(text: str) -> Centre:
    return parse(tomllib.loads(text))


def told(text: str) -> str:
    with pytest.raises(FaultsError) as refused:
        centre(text)
    return str(refused.value).removeprefix("centre.toml: ")


def test_a_whole_file_is_read() -> None:
    found = centre(WHOLE)
    assert found.http.allow_list().find("https://crm.example.com/v1/x").entry.headers == {"Authorization": "crm"}
    assert found.http.allow_list().find("http://10.0.0.20:8080/x").entry.private
    assert found.payment.provider == "sandbox"
    assert found.mail is not None
    assert (found.mail.smtp_port, found.mail.tls, found.mail.secret) == (587, MailTls.STARTTLS, "mail")
    assert [(box.name, box.secret_name, box.attach) for box in found.mailboxes] == [
        ("sales", "sales", True),
        ("support", "support", False),
    ]
    assert not [warning for warning in found.warnings() if "http" in warning or "mailbox" in warning]


def test_without_these_tables_nothing_leads_outside() -> None:
    found = centre(HEAD)
    assert (found.mail, found.mailboxes, found.payment.provider) == (None, (), "none")
    with pytest.raises(NotAllowed):
        found.http.allow_list().find("https://example.com/")


def test_what_needs_a_secret_says_so() -> None:
    assert secrets_wanted(centre(WHOLE)) == {
        "crm": "[http] allow https://crm.example.com/v1",
        "sales": "[[mailbox]] sales",
        "mail": "[mail]",
    }
    assert secrets_wanted(centre(HEAD + MAIL)) == {}


@pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_port_follows_from_tls(tls: str, port: int) -> None:
    mail = centre(f'{HEAD}{MAIL}tls = "{tls}"').mail
    assert mail is not None
    assert mail.smtp_port == port


BOX = '[[mailbox]]\nname = "sales"\n'


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            '[http]\nallow = ["crm.example.com"]',
            '[http], allow.0.url: write it in full, like "https://crm.example.com/api/"',
        ),
        (
            '[http]\nallow = ["https://u:p@h.example/"]',
            "[http], allow.0.url: no user name and password in it: use headers",
        ),
        (
            '[http]\nallow = ["https://h.example/?a=1"]',
            "[http], allow.0.url: a listed URL ends with its path: no ? and no #",
        ),
        (
            '[http]\nallow = ["http://10.0.0.5/"]',
            "[http], allow.0: 10.0.0.5 is on our own network: add allow_private = true",
        ),
        (
            '[http]\nallow = [{url = "http://[::1]/"}]',
            "[http], allow.0: ::1 is on our own network: add allow_private = true",
        ),
        (
            '[http]\nallow = [{url = "http://169.254.169.254/", allow_private = true}]',
            "[http], allow.0: 169.254.169.254 is a metadata service",
        ),
        (
            '[http]\nallow = ["http://2130706433/"]',
            "[http], allow.0.url: its host is a number: write an address in full, like 192.168.0.5",
        ),
        (
            '[http]\nallow = [{url = "https://h.example/", headers = {"X Y" = "crm"}}]',
            "[http], allow.0.headers.X Y: 'X Y' is no name of an HTTP header: use e.g. \"Authorization\"",
        ),
        (
            '[http]\nallow = [{url = "https://h.example/", private = true}]',
            '[http], allow.0.private: unknown key; did you mean "allow_private"?',
        ),
        ('[http]\nallow = "https://h.example/"', '[http], allow: must be a list, e.g. ["…"]'),
        (
            '[payment]\nprovider = "sandbx"',
            '[payment], provider: there is no payment provider "sandbx"; did you mean "sandbox"?',
        ),
        ('[mail]\nhost = "h.example"', "[mail], sender: is missing"),
        (
            '[mail]\nhost = "h.example"\nsender = "cc"',
            "[mail], sender: 'cc' is no mail address: use e.g. \"sales@example.com\"",
        ),
        (
            '[mail]\nhost = "h.example"\nsender = "cc@example.com\\nBcc: x@example.com"',
            "[mail], sender: 'cc@example.com\\nBcc: x@example.com' is no mail address: use e.g. \"sales@example.com\"",
        ),
        (
            f'{MAIL}tls = "none"\nusername = "cc"',
            '[mail]: the password would cross the network in clear: use tls = "starttls" or "tls"',
        ),
        (
            f'{MAIL}tls = "none"\nca_file = "/etc/ca.pem"',
            '[mail]: ca_file without TLS: remove it, or use tls = "starttls" or "tls"',
        ),
        (
            f'{BOX}email = "sales@example.com"',
            "[[mailbox]] sales, email: needs a mail server: add [mail] with host and sender",
        ),
        (
            f'{BOX}webhook = "https://h.example/hook"',
            "[[mailbox]] sales, webhook: https://h.example/hook is not on the allow-list: add it to allow of [http]",
        ),
        (f"{BOX}attach = true", "[[mailbox]] sales: attach = true needs email: the recording goes with the mail"),
        (f'{BOX}secret = "x"', "[[mailbox]] sales: secret needs webhook: it is what webhooks are signed with"),
        (BOX + BOX, "[[mailbox]] sales, name: 'sales' is already used by an entry above"),
        ('[mailbox]\nname = "sales"', "[mailbox]: must be written [[mailbox]]: there may be several"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_how_to_mend_it(text: str, fault: str) -> None:
    assert told(f"{HEAD}{text}\n") == fault


def test_what_is_hardly_meant_is_told() -> None:
    text = f'{HEAD}[http]\nallow = [{{url = "http://h.example/", headers = {{X-Key = "crm"}}}}]\n{BOX}'
    assert set(centre(text).warnings()) >= {
        "[http] allow http://h.example/: its secret headers cross the network in clear; use https",
        'mailbox "sales" tells nobody of its messages: set email or webhook',
    }


def test_the_providers_are_those_there_are() -> None:
    assert set(NAMES) == set(PROVIDERS)


def test_a_password_may_go_to_a_mail_server_of_this_machine_in_clear() -> None:
    text = f'{HEAD}[mail]\nhost = "localhost"\nsender = "cc@example.com"\ntls = "none"\nusername = "cc"'
    assert centre(text).mail is not None


def test_an_allow_list_is_empty_by_itself() -> None:
    assert Http().allow == ()
