"""The rules, as data. Read `callcenter.compliance.rules` for what each field means.

Not here, so the operator has to know it: laws of single states and provinces (several US states end at 20:00 or forbid
Sundays), consent and national do-not-call registers (whoever makes the list answers for it), limits per person or
debt (Reg F counts per debt, these count per number). A person's consent to be called at any time lifts the hours where
the text says so. Ids that begin with "own-" are ours, not law.

A call back that somebody has asked for is no call of sales or collections: `REQUESTS` says what it may do.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from callcenter.compliance.rules import (
    CALLBACKS,
    COLLECTIONS,
    EVERY_KIND,
    EVERYWHERE,
    SALES,
    UNASKED,
    DropRule,
    HoursRule,
    LimitRule,
    RequestRule,
    RingRule,
    Rulebook,
    WaitRule,
    week,
)
from callcenter.outbound import MIN_RING, AttemptOutcome

US: Final = frozenset({"US"})
GB: Final = frozenset({"GB"})
OURS_SINCE: Final = date(2000, 1, 1)

# "Days" of the law are calendar days: where clocks go back, seven of them last 169 hours, so windows are that longer.
CLOCK_CHANGE: Final = timedelta(hours=1)

HOURS: Final = (
    HoursRule(
        id="us-sales-hours",
        regions=US,
        kinds=SALES,
        valid_from=date(1995, 12, 31),
        source="16 CFR 310.4(c); 47 CFR 64.1200(c)(1)",
        text="without prior consent, no sales call before 8 a.m. or after 9 p.m. at the called person's location",
        lifted_by_consent=True,
        weekly=week(mon_fri="08:00-21:00", sat="08:00-21:00", sun="08:00-21:00"),
    ),
    HoursRule(
        id="us-collections-hours",
        regions=US,
        kinds=COLLECTIONS,
        valid_from=date(1978, 3, 20),
        source="15 USC 1692c(a)(1); 12 CFR 1006.6(b)(1)(i) since 2021-11-30",
        text="without prior consent, before 8 a.m. and after 9 p.m. at the consumer's location is an inconvenient time",
        lifted_by_consent=True,
        weekly=week(mon_fri="08:00-21:00", sat="08:00-21:00", sun="08:00-21:00"),
    ),
    HoursRule(
        id="ca-sales-hours",
        regions=frozenset({"CA"}),
        kinds=SALES,
        valid_from=date(2008, 9, 30),
        source="CRTC Unsolicited Telecommunications Rules, Part III, calling hours",
        text="weekdays 9:00 a.m. to 9:30 p.m., weekends 10:00 a.m. to 6:00 p.m., in the consumer's time",
        weekly=week(mon_fri="09:00-21:30", sat="10:00-18:00", sun="10:00-18:00"),
    ),
    HoursRule(
        id="fr-sales-hours",
        regions=frozenset({"FR"}),
        kinds=SALES,
        valid_from=date(2023, 3, 1),
        source="Code de la consommation art. D. 223-9 (décret 2022-1313); holidays: Code du travail L. 3133-1",
        text="Monday to Friday 10:00-13:00 and 14:00-20:00 in the consumer's time zone, never on public holidays",
        weekly=week(mon_fri="10:00-13:00 14:00-20:00"),
        holidays="FR",
    ),
    HoursRule(
        id="es-sales-hours",
        regions=frozenset({"ES"}),
        kinds=SALES,
        valid_from=date(2014, 6, 13),
        source="Real Decreto Legislativo 1/2007 art. 96.2 (Ley 3/2014)",
        text="never before 9:00, after 21:00, on weekends or on public holidays",
        weekly=week(mon_fri="09:00-21:00"),
        holidays="ES",
    ),
    HoursRule(
        id="au-sales-hours",
        regions=frozenset({"AU"}),
        kinds=SALES,
        valid_from=date(2017, 3, 29),
        source="Telecommunications (Telemarketing and Research Calls) Industry Standard 2017",
        text="weekdays 9:00-20:00, Saturdays 9:00-17:00, never on Sundays and national public holidays",
        weekly=week(mon_fri="09:00-20:00", sat="09:00-17:00"),
        holidays="AU",
    ),
)

DEFAULT_HOURS: Final = HoursRule(
    id="own-hours",
    regions=EVERYWHERE,
    kinds=EVERY_KIND,
    valid_from=OURS_SINCE,
    # GB: PECR and Ofcom fix no hours. DE: § 7 UWG asks for consent and fixes none.
    source="ours, where no hours of law are known here",
    text="Monday to Saturday 9:00-20:00",
    lifted_by_consent=True,
    weekly=week(mon_fri="09:00-20:00", sat="09:00-20:00"),
)

LIMITS: Final = (
    LimitRule(
        id="us-7-in-7",
        regions=US,
        kinds=COLLECTIONS,
        valid_from=date(2021, 11, 30),
        source="12 CFR 1006.14(b)(2)(i)(A)",
        text="more than seven calls within seven consecutive days are presumed to harass (counted per number here)",
        calls=7,
        window=timedelta(days=7) + CLOCK_CHANGE,
    ),
    LimitRule(
        id="fr-4-in-30",
        regions=frozenset({"FR"}),
        kinds=SALES,
        valid_from=date(2023, 3, 1),
        source="Code de la consommation art. D. 223-9 (décret 2022-1313)",
        text="no more than four calls or tries to call one consumer within thirty calendar days",
        calls=4,
        window=timedelta(days=30) + CLOCK_CHANGE,
    ),
    LimitRule(
        id="own-6-in-24h",
        regions=EVERYWHERE,
        kinds=CALLBACKS,
        valid_from=OURS_SINCE,
        source="ours: neither a false name nor a line that always fails may have a number called all day",
        text="a call back is no more than the sixth call to its number in 24 hours",
        calls=6,
        window=timedelta(hours=24),
    ),
)

DROPS: Final = (
    DropRule(
        id="us-drops",
        regions=US,
        kinds=SALES,
        valid_from=date(2003, 10, 1),
        source="47 CFR 64.1200(a)(7); 16 CFR 310.4(b)(1)(iv), (b)(4)(i)",
        text='no more than 3 % of calls answered by a person may be "abandoned", per campaign and 30 days',
        cap=0.03,
        window=timedelta(days=30),
    ),
    DropRule(
        id="gb-drops",
        regions=GB,
        kinds=EVERY_KIND,
        valid_from=date(2006, 3, 1),
        valid_until=date(2017, 3, 1),
        source="Ofcom, Statement of policy on persistent misuse, 2006 to 2016",
        text='no more than 3 % "abandoned" calls in each 24 hours',
        cap=0.03,
        window=timedelta(hours=24),
    ),
    DropRule(
        id="own-drops",
        regions=EVERYWHERE,
        kinds=EVERY_KIND,
        valid_from=OURS_SINCE,
        source="ours; Ofcom names no safe rate since 2017-03-01, others none we know",
        text="no more than 3 % drops in each 24 hours",
        cap=0.03,
        window=timedelta(hours=24),
    ),
)

RINGS: Final = (
    RingRule(
        id="us-ring",
        regions=US,
        kinds=SALES,
        valid_from=date(2003, 10, 1),
        source="16 CFR 310.4(b)(4)(ii); 47 CFR 64.1200(a)(6)",
        text="an unanswered call rings at least 15 seconds or four rings",
        least=MIN_RING,
    ),
    RingRule(
        id="own-ring",
        regions=EVERYWHERE,
        kinds=EVERY_KIND,
        valid_from=OURS_SINCE,
        source="ours, after 16 CFR 310.4(b)(4)(ii); Ofcom asks for the same",
        text="an unanswered call rings at least 15 seconds",
        least=MIN_RING,
    ),
)

WAITS: Final = (
    WaitRule(
        id="us-7-after-talk",
        regions=US,
        kinds=COLLECTIONS,
        valid_from=date(2021, 11, 30),
        source="12 CFR 1006.14(b)(2)(i)(B)",
        text="no call within seven days after a conversation about the debt, whose day is the first of the seven",
        after=AttemptOutcome.CONNECTED,
        least=timedelta(days=7) + CLOCK_CHANGE,
    ),
    WaitRule(
        id="own-72h-after-drop",
        regions=EVERYWHERE,
        kinds=UNASKED,
        valid_from=OURS_SINCE,
        source="ours everywhere, after Ofcom's statements on persistent misuse (2006, 2008, 2010)",
        text="no call within 72 hours of a drop, unless an agent is guaranteed",
        after=AttemptOutcome.DROPPED,
        least=timedelta(hours=72),
    ),
)

# Who is called at their own express wish is not solicited: 47 CFR 64.1200(f)(15)(i). Calling hours give way to prior
# consent: 16 CFR 310.4(c), 15 USC 1692c(a)(1), Code de la consommation art. D. 223-9 al. 2 (which also asks for proof:
# the callback names the call it was asked for in). Calls about a debt with direct prior consent do not count for seven
# consecutive days: 12 CFR 1006.14(b)(3)(i). Elsewhere, as far as known here, the hours are those of unsolicited calls.
REQUESTS: Final = (
    RequestRule(
        id="own-request",
        regions=EVERYWHERE,
        kinds=CALLBACKS,
        valid_from=OURS_SINCE,
        source="ours, after 47 CFR 64.1200(f)(15)(i), 16 CFR 310.4(c), 15 USC 1692c(a)(1) and 12 CFR 1006.14(b)(3)(i)",
        text="asked for, a call may come up to 2 hours after the time asked for, then in calling hours, for 7 days",
        punctual=timedelta(hours=2),
        lasts=timedelta(days=7),
    ),
)

RULES: Final = Rulebook(
    hours=HOURS,
    default_hours=DEFAULT_HOURS,
    limits=LIMITS,
    drops=DROPS,
    rings=RINGS,
    waits=WAITS,
    requests=REQUESTS,
)
