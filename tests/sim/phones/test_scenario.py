"""The scenario of a phone: well-formed, without loose ends, and without a second way to use it."""

import re
from xml.etree import ElementTree

import pytest

from sim.phones.plans import Line
from sim.phones.scenario import REFUSALS, order, render

TRUNK = Line(name="trunk", server_port=17060)
AGENT = Line(name="101", server_port=17060, local_ip="127.0.0.3", user="101", password="s3cret")


@pytest.mark.parametrize("line", [TRUNK, AGENT], ids=["trunk", "agent"])
def test_every_jump_has_its_label(line: Line) -> None:
    tree = ElementTree.fromstring(render(line))
    labels = [element.get("id") for element in tree.iter("label")]
    jumps = {name for e in tree.iter() for name in (e.get("next"), e.get("ontimeout")) if name}
    assert len(labels) == len(set(labels))
    assert jumps <= set(labels)


@pytest.mark.parametrize("line", [TRUNK, AGENT], ids=["trunk", "agent"])
def test_every_variable_that_is_used_is_set(line: Line) -> None:
    tree = ElementTree.fromstring(render(line))
    texts = [*(e.text or "" for e in tree.iter("send")), *(value for e in tree.iter() for value in e.attrib.values())]
    used = {name for text in texts for name in re.findall(r"\[\$(\w+)\]", text)}
    given = {name for e in tree.iter() for name in (e.get("assign_to") or "").split(",")}
    assert used <= given


def test_only_a_phone_with_a_user_holds_a_password() -> None:
    assert "s3cret" in render(AGENT)
    assert "authentication" not in render(TRUNK)


@pytest.mark.parametrize("status", REFUSALS)
def test_each_refusal_is_an_order(status: int) -> None:
    tree = ElementTree.fromstring(render(TRUNK))
    assert tree.find(f"recv[@request='REFUSE{status}']") is not None


def test_an_order_is_a_request_for_one_call() -> None:
    lines = order("DIAL", "c1", To="123", From="+12025550101").decode().split("\r\n")
    assert lines[0] == "DIAL sip:phone SIP/2.0"
    assert {"Call-ID: c1", "X-To: 123", "X-From: +12025550101", "CSeq: 1 DIAL"} < set(lines)
    assert lines[-2:] == ["", ""]
