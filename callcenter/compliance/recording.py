"""Who must be told of a recording, or agree to it: dated rules, and which of them binds a call. Pure.

A number does not prove where its owner is, so the strictest rule binds that the caller's number or the one they have
called points to; a withheld number called in the United States may be in any state. To announce means to say it at
the outset, before anything is recorded: whoever then stays on the line knows. Where the text asks for consent, we ask;
courts of several of those states have let an announcement do, and an operator whose counsel agrees may fix it in the
flow. Not here: what may be recorded at all, for how long it is kept, and the laws of other countries, where everybody
is told. Ids that begin with "own-" are ours, not law.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Final

from callcenter.compliance.places import place_of
from callcenter.compliance.rules import EVERYWHERE, law_of

# Area codes of the states that have a rule below (North American Numbering Plan, as in libphonenumber 9's geodata).
_AREAS: Final = {
    "CA": "209 213 279 310 323 341 350 369 408 415 424 442 510 530 559 562 619 626 628 650 657 661 669 707 714 738 747 "
    "760 805 818 820 831 840 858 909 916 925 949 951",
    "CT": "203 475 860 959",
    "DE": "302",
    "FL": "239 305 321 324 352 386 407 448 561 645 656 689 727 728 754 772 786 813 850 863 904 941 954",
    "IL": "217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 872",
    "MA": "339 351 413 508 617 774 781 857 978",
    "MD": "227 240 301 410 443 667",
    "MI": "231 248 269 313 517 586 616 734 810 906 947 989",
    "MT": "406",
    "NH": "603",
    "NV": "702 725 775",
    "PA": "215 223 267 272 412 445 484 570 582 610 717 724 814 835 878",
    "WA": "206 253 360 425 509 564",
}
STATES: Final = {code: state for state, codes in _AREAS.items() for code in codes.split()}
UNKNOWN_IN_US: Final = "US-?"
OURS_SINCE: Final = date(2000, 1, 1)
LONG_SINCE: Final = date(2000, 1, 1)  # in force before any call of ours; from which day on is not asked


class Duty(IntEnum):
    """What is owed to a caller before a recording begins; the stricter, the larger."""

    ANNOUNCE = 1
    ASK = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRule:
    """What one law asks for. `regions`: countries (ISO 3166-1), or states of the US (ISO 3166-2: US-CA).

    `source` is the most official text, `text` what it says in one line. It is in force from `valid_from` until the day
    before `valid_until` (None: no end known).
    """

    id: str
    regions: frozenset[str]
    duty: Duty
    valid_from: date
    valid_until: date | None = None
    source: str
    text: str

    def in_force(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_until is None or on < self.valid_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingVerdict:
    """What is to be done before a call is recorded. `jurisdiction`: whose rule it is, such as US-CA or FR."""

    duty: Duty
    jurisdiction: str
    rule: RecordingRule


# All members of the European Union: the General Data Protection Regulation binds them alike.
EU: Final = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())  # noqa: SIM905


def _state(state: str, duty: Duty, since: date, source: str, text: str) -> RecordingRule:
    return RecordingRule(
        id=f"us-{state.lower()}-recording",
        regions=frozenset({f"US-{state}"}),
        duty=duty,
        valid_from=since,
        source=source,
        text=text,
    )


_ALL_PARTIES: Final = "no recording without the consent of all parties"

RULES: Final = (
    _state("CA", Duty.ASK, LONG_SINCE, "Cal. Penal Code 632, 632.7", _ALL_PARTIES),
    _state(
        "CT",
        Duty.ANNOUNCE,
        LONG_SINCE,
        "Conn. Gen. Stat. 52-570d(a)",
        "consent of all parties, or a notice that is part of the recording at its beginning",
    ),
    _state("DE", Duty.ASK, LONG_SINCE, "11 Del. C. 1335(a)(4)", _ALL_PARTIES),
    _state("FL", Duty.ASK, LONG_SINCE, "Fla. Stat. 934.03(2)(d)", "all parties have given prior consent"),
    _state("IL", Duty.ASK, date(2014, 12, 30), "720 ILCS 5/14-2(a)", "no surreptitious recording without all consents"),
    _state("MA", Duty.ANNOUNCE, LONG_SINCE, "Mass. Gen. Laws ch. 272 s. 99", "nothing may be recorded in secret"),
    _state("MD", Duty.ASK, LONG_SINCE, "Md. Code, Cts. & Jud. Proc. 10-402(c)(3)", _ALL_PARTIES),
    _state("MI", Duty.ASK, LONG_SINCE, "Mich. Comp. Laws 750.539c", "consent of all parties to eavesdrop"),
    _state(
        "MT",
        Duty.ANNOUNCE,
        LONG_SINCE,
        "Mont. Code 45-8-213(1)(c)",
        "no recording without the knowledge of all parties; a warning suffices",
    ),
    _state("NH", Duty.ASK, LONG_SINCE, "N.H. Rev. Stat. 570-A:2", _ALL_PARTIES),
    _state("NV", Duty.ASK, LONG_SINCE, "Nev. Rev. Stat. 200.620; Lane v. Allstate (1998)", _ALL_PARTIES),
    _state("PA", Duty.ASK, LONG_SINCE, "18 Pa.C.S. 5703, 5704(4)", "all parties have given prior consent"),
    _state(
        "WA",
        Duty.ANNOUNCE,
        LONG_SINCE,
        "Wash. Rev. Code 9.73.030(3)",
        "consent is obtained by an announcement in any effective manner, which is recorded too",
    ),
    RecordingRule(
        id="own-us-unknown",
        regions=frozenset({UNKNOWN_IN_US}),
        duty=Duty.ASK,
        valid_from=OURS_SINCE,
        source="ours: a caller without a number may be in a state that asks for consent",
        text="whoever withholds their number is asked",
    ),
    RecordingRule(
        id="us-one-party",
        regions=frozenset({"US"}),
        duty=Duty.ANNOUNCE,
        valid_from=date(1968, 6, 19),
        source="18 USC 2511(2)(d); to announce it is ours, since numbers move between states",
        text="one party's consent suffices; elsewhere than above state law asks for no more",
    ),
    RecordingRule(
        id="de-recording",
        regions=frozenset({"DE"}),
        duty=Duty.ASK,
        valid_from=date(1975, 1, 1),
        source="StGB 201(1) Nr. 1",
        text="the spoken word of another may not be recorded without authority",
    ),
    RecordingRule(
        id="eu-information",
        regions=EU,
        duty=Duty.ANNOUNCE,
        valid_from=date(2018, 5, 25),
        source="Regulation (EU) 2016/679 art. 13, 21; FR: CNIL, l'écoute et l'enregistrement des appels; "
        "ES: Ley Orgánica 3/2018 art. 11",
        text="people are informed when their data is taken, of its purpose and of their right to object",
    ),
    RecordingRule(
        id="gb-information",
        regions=frozenset({"GB"}),
        duty=Duty.ANNOUNCE,
        valid_from=date(2018, 12, 31),
        source="SI 2018/356; UK GDPR art. 13",
        text="every reasonable effort is made to inform those who use the system",
    ),
    RecordingRule(
        id="ca-information",
        regions=frozenset({"CA"}),
        duty=Duty.ANNOUNCE,
        valid_from=date(2004, 1, 1),
        source="PIPEDA, Schedule 1, principle 4.3",
        text="the caller is told at the outset that and why the call is recorded",
    ),
    RecordingRule(
        id="own-announcement",
        regions=EVERYWHERE,
        duty=Duty.ANNOUNCE,
        valid_from=OURS_SINCE,
        source="ours, where no law is known here",
        text="nobody is recorded without being told",
    ),
)


def recording_duty(caller: str, did: str, on: date) -> RecordingVerdict:
    """Return what is owed to a caller before a call is recorded. Numbers are E.164, `caller` empty if withheld.

    >>> verdict = recording_duty("+14155550143", "+12025550100", date(2026, 3, 2))
    >>> verdict.duty.name, verdict.jurisdiction, verdict.rule.source
    ('ASK', 'US-CA', 'Cal. Penal Code 632, 632.7')
    """
    verdicts = [
        RecordingVerdict(duty=rule.duty, jurisdiction=where, rule=rule)
        for where in _jurisdictions(caller, did)
        for rule in RULES
        if rule.in_force(on) and (where in rule.regions or rule.regions == EVERYWHERE)
    ]
    return max(verdicts, key=lambda verdict: verdict.duty)  # of equal ones the first: the caller's own law


def _jurisdictions(caller: str, did: str) -> Iterator[str]:
    """Yield where the call may lie, the caller's place first."""
    theirs, ours = _jurisdiction(caller), _jurisdiction(did)
    if not theirs and ours.partition("-")[0] == "US":
        theirs = UNKNOWN_IN_US
    yield theirs
    yield ours


def _jurisdiction(number: str) -> str:
    """Return the state or country of a number, "" if it tells none."""
    region = law_of(place_of(number).region)
    state = STATES.get(number[2:5]) if region == "US" else None
    return f"{region}-{state}" if state else region
