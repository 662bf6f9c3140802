"""Results of test cases as JUnit XML, which every CI server shows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ivr.testing.runner import Result

NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(results: Mapping[str, Sequence[Result]]) -> str:
    """Return the XML of `results`, by flow."""
    root = Element("testsuites", name="callcenter flow test")
    for flow, ran in results.items():
        failed = sum(not result.passed for result in ran)
        suite = SubElement(root, "testsuite", name=flow, tests=str(len(ran)), failures=str(failed), errors="0")
        for result in ran:
            case = SubElement(suite, "testcase", classname=f"flow.{flow}", name=_text(result.case))
            if not result.passed:
                failure = SubElement(case, "failure", message=_text(result.failures[0].splitlines()[0]))
                failure.text = _text(result.told())
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _text(text: str) -> str:
    return NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
