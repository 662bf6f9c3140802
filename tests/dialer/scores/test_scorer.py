"""A campaign's scorer: segments by chance, reasons in words, learning that outlives a restart."""

import json
import random

import pytest

from callcenter.outbound import NOT_DIALLED, AttemptOutcome
from dialer.scores import SEGMENTS, Scorer
from dialer.scores.scorer import ANSWERED, report


def taught(calls: int = 3_000) -> Scorer:
    rng, scorer = random.Random(4), Scorer()
    for _ in range(calls):
        evening = rng.random() < 0.5
        scorer.learn(("evening" if evening else "morning", "mobile"), rng.random() < (0.45 if evening else 0.05))
    return scorer


def test_nothing_is_known_at_first_and_all_leads_are_alike() -> None:
    scorer = Scorer()
    evening, morning = scorer.judge(("evening",)), scorer.judge(("morning", "mobile"))
    assert evening.segment == morning.segment
    assert evening.chance == pytest.approx(morning.chance, abs=0.02)
    assert report(scorer.reliability) == ("learnt from 0 calls: 25 % answer",)


def test_scores_are_calibrated_and_fall_into_segments() -> None:
    scorer = taught()
    evening, morning = scorer.judge(("evening", "mobile")), scorer.judge(("morning", "mobile"))
    assert evening.chance == pytest.approx(0.45, abs=0.06)
    assert morning.chance == pytest.approx(0.05, abs=0.04)
    assert 0 <= morning.segment < evening.segment < SEGMENTS
    known = scorer.reliability
    assert known.worth > 0.1
    assert known.gap < 0.04
    assert sum(calls for calls, _, _ in known.bins) == pytest.approx(known.calls)


def test_reasons_are_told_in_words() -> None:
    why = taught().why(("evening", "mobile"))
    assert why[0].endswith(" of all")
    assert any(line.startswith("evening: +") for line in why)
    lines = report(taught().reliability)
    assert "calls" in lines[0]
    assert any(line.startswith("segment 0:") for line in lines)


def test_what_was_learnt_outlives_a_restart() -> None:
    scorer, again = taught(), Scorer()
    assert again.load(json.loads(json.dumps(scorer.dump())))
    for traits in (("evening", "mobile"), ("morning",), ()):
        assert again.judge(traits).chance == pytest.approx(scorer.judge(traits).chance, abs=1e-3)
    assert again.reliability.calls == pytest.approx(scorer.reliability.calls)


@pytest.mark.parametrize("kept", [{}, {"form": 99}, {"form": 1, "weights": {}, "calibration": {}}, {"form": 1}])
def test_what_cannot_be_read_changes_nothing(kept: dict[str, object]) -> None:
    scorer = taught(200)
    before = scorer.dump()
    assert not scorer.load(kept)
    assert scorer.dump() == before


def test_only_outcomes_that_tell_of_a_person_are_learnt_from() -> None:
    assert not ANSWERED.keys() & (NOT_DIALLED | {AttemptOutcome.FAILED, AttemptOutcome.LOST})
    assert {outcome for outcome, answered in ANSWERED.items() if answered} == {
        AttemptOutcome.CONNECTED,
        AttemptOutcome.DROPPED,
        AttemptOutcome.ABANDONED,
    }
