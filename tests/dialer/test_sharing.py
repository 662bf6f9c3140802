"""Which campaign may count on which idle agent."""

import random
from collections import Counter
from dataclasses import replace
from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.sharing import Claim, IdleAgent, Turns, share


def agent(name: str, *queues: str, skills: str = "", idle_since: float = 0.0) -> IdleAgent:
    return IdleAgent(id=name, queues=frozenset(queues), skills=frozenset(skills.split()), idle_since=idle_since)


def claim(campaign: str, queue: str = "sales", in_flight: int = 0, **more: float) -> Claim:
    return Claim(campaign=campaign, queue=queue, in_flight=in_flight, **more)  # type: ignore[arg-type]


def sizes(agents: list[IdleAgent], claims: list[Claim]) -> dict[str, int]:
    return {campaign: len(given) for campaign, given in share(agents, claims).items()}


def team(count: int, *queues: str) -> list[IdleAgent]:
    return [agent(f"{number:03}", *queues) for number in range(count)]


def test_one_campaign_has_all_agents_of_its_queue_with_its_skills() -> None:
    agents = [agent("1", "sales", skills="french"), agent("2", "sales"), agent("3", "support", skills="french")]
    french = Claim(campaign="french", queue="sales", skills=frozenset({"french"}))
    assert share(agents, [french]) == {"french": {"1"}}
    assert share(agents, [claim("all")]) == {"all": {"1", "2"}}


def test_nobody_and_nothing() -> None:
    assert share([], []) == {}
    assert share(team(3, "sales"), []) == {}
    assert share([], [claim("a", in_flight=4)]) == {"a": frozenset()}


def test_agents_of_one_queue_are_split_evenly_or_by_weight() -> None:
    assert sizes(team(6, "sales"), [claim("a"), claim("b")]) == {"a": 3, "b": 3}
    assert sizes(team(6, "sales"), [claim("a", weight=2), claim("b")]) == {"a": 4, "b": 2}


def test_the_campaign_with_the_fewest_calls_in_flight_comes_first() -> None:
    # Six agents: three for the calls in flight of a, the others for b, which has none yet.
    assert sizes(team(6, "sales"), [claim("a", in_flight=3), claim("b")]) == {"a": 3, "b": 3}
    assert sizes(team(4, "sales"), [claim("a", in_flight=3), claim("b")]) == {"a": 3, "b": 1}
    # A campaign that dials more than one call per agent: the agents are split between the calls.
    assert sizes(team(4, "sales"), [claim("a", in_flight=9), claim("b", in_flight=1)]) == {"a": 3, "b": 1}


def test_calls_in_flight_keep_their_agents() -> None:
    assert sizes(team(4, "sales"), [claim("a", in_flight=4), claim("b", weight=1_000)]) == {"a": 4, "b": 0}


def test_an_agent_of_two_queues_stands_aside_for_one_nobody_else_needs() -> None:
    agents = [
        agent("both", "sales", "collections", idle_since=1),
        agent("collections only", "collections", idle_since=2),
    ]
    claims = [claim("a", "sales", in_flight=1, turn=1), claim("b", "collections", in_flight=1)]  # b chooses first
    assert share(agents, claims) == {"a": {"both"}, "b": {"collections only"}}


@pytest.mark.parametrize(("last", "middle", "first"), list(permutations("abc")))
def test_a_chain_of_swaps_is_found(last: str, middle: str, first: str) -> None:
    """Who chooses first may take the agent the next needs, and that one the agent of the last: all must pass one on."""
    agents = [agent("1", last, middle), agent("2", middle, first), agent("3", first)]
    claims = [claim(name, name, in_flight=1, turn=turn) for turn, name in enumerate((first, middle, last))]
    assert share(agents, claims) == {last: {"1"}, middle: {"2"}, first: {"3"}}


def test_a_campaign_that_can_use_no_more_is_passed_over() -> None:
    assert sizes(team(6, "sales"), [claim("a", most=1), claim("b")]) == {"a": 1, "b": 5}
    assert sizes(team(9, "sales"), [claim("a", most=0, in_flight=2), claim("b")]) == {"a": 2, "b": 7}
    assert sizes(team(9, "sales"), [claim("a", most=1, in_flight=2), claim("b")]) == {"a": 3, "b": 6}
    assert sizes(team(6, "sales"), [claim("a", most=1), claim("b", most=2)]) == {"a": 1, "b": 2}


@pytest.mark.parametrize("weight", [0.0, -1.0])
def test_a_weight_is_above_zero(weight: float) -> None:
    with pytest.raises(ValueError, match="campaign a: the weight must be above 0"):
        claim("a", weight=weight)


def calls_in_a_long_run(weights: dict[str, float], agents: int, rounds: int, seed: int = 1) -> Counter[str]:
    """Each round every campaign places what its agents allow; then each call in flight ends with chance 1/2."""
    rng, turns, placed = random.Random(seed), Turns(), Counter[str]()
    flying = dict.fromkeys(weights, 0)
    for _ in range(rounds):
        claims = [
            Claim(campaign=name, queue="sales", in_flight=flying[name], weight=weight, turn=turns.of(name))
            for name, weight in weights.items()
        ]
        given = share(team(agents, "sales"), claims)
        for one in claims:
            new = len(given[one.campaign]) - one.in_flight
            assert new >= 0
            turns.placed(one, new)
            placed[one.campaign] += new
            flying[one.campaign] += new
        assert sum(flying.values()) == agents
        flying = {name: sum(rng.random() < 0.5 for _ in range(count)) for name, count in flying.items()}
    return placed


def test_one_agent_is_shared_in_turns_by_weight() -> None:
    placed = calls_in_a_long_run({"a": 3, "b": 1, "c": 1}, agents=1, rounds=2_000)
    total = placed.total()
    assert placed["a"] / total == pytest.approx(0.6, abs=0.01)
    assert placed["b"] / total == pytest.approx(0.2, abs=0.01)


def test_many_agents_are_shared_by_weight_over_time() -> None:
    placed = calls_in_a_long_run({"a": 2, "b": 1}, agents=12, rounds=500)
    assert placed["a"] / placed["b"] == pytest.approx(2, rel=0.05)


def test_a_newcomer_gets_its_turn_and_no_more() -> None:
    turns, old = Turns(), claim("old")
    turns.placed(old, 5_000)
    assert turns.of("new") < turns.of("old")
    turns.placed(claim("new"), 1)
    assert turns.of("new") == 1
    turns.placed(old, 1)
    assert turns.of("new") == turns.of("old") - 1 == 5_000


def test_who_places_nothing_keeps_its_turn() -> None:
    turns = Turns()
    turns.placed(claim("a"), 0)
    assert turns.of("a") == 0


QUEUES = "pqr"
AGENTS = st.lists(st.tuples(st.sets(st.sampled_from(QUEUES)), st.booleans()), max_size=7)
CLAIMS = st.lists(
    st.tuples(
        st.sampled_from(QUEUES), st.booleans(), st.integers(0, 4), st.sampled_from([None, 0, 2]), st.floats(0.5, 4)
    ),
    max_size=4,
)


def built(
    agents: list[tuple[set[str], bool]], claims: list[tuple[str, bool, int, int | None, float]]
) -> tuple[list[IdleAgent], list[Claim]]:
    people = [
        agent(str(number), *sorted(queues), skills="french" if french else "", idle_since=float(number % 3))
        for number, (queues, french) in enumerate(agents)
    ]
    wanted = [
        Claim(
            campaign=f"c{number}",
            queue=queue,
            skills=frozenset({"french"} if french else ()),
            in_flight=flying,
            most=most,
            weight=weight,
        )
        for number, (queue, french, flying, most, weight) in enumerate(claims)
    ]
    return people, wanted


def most_calls_covered(agents: list[IdleAgent], claims: list[Claim]) -> int:
    """Size of a maximum matching of calls in flight and agents, by trying who goes without."""
    calls = [one for one in claims for _ in range(one.in_flight)]
    for count in range(min(len(calls), len(agents)), 0, -1):
        for chosen in set(combinations(calls, count)):
            if any(all(c.suits(a) for c, a in zip(chosen, who, strict=True)) for who in permutations(agents, count)):
                return count
    return 0


@given(AGENTS, CLAIMS)
def test_what_holds_for_every_share(
    agents: list[tuple[set[str], bool]], claims: list[tuple[str, bool, int, int | None, float]]
) -> None:
    people, wanted = built(agents, claims)
    given = share(people, wanted)
    assert given == share(list(reversed(people)), list(reversed(wanted))), "the order of what is asked matters"
    assert set(given) == {one.campaign for one in wanted}
    by_id = {one.id: one for one in people}
    counted = Counter(name for names in given.values() for name in names)
    assert all(count == 1 for count in counted.values())
    for one in wanted:
        names = given[one.campaign]
        assert all(one.suits(by_id[name]) for name in names)
        if one.most is not None:
            assert len(names) <= one.in_flight + one.most
    for name in by_id.keys() - counted.keys():
        open_to = [one for one in wanted if one.suits(by_id[name])]
        assert all(one.most is not None and len(given[one.campaign]) == one.in_flight + one.most for one in open_to)


@given(
    st.lists(st.tuples(st.sets(st.sampled_from(QUEUES)), st.booleans()), max_size=5),
    st.lists(st.tuples(st.sampled_from(QUEUES), st.booleans(), st.integers(0, 2)), max_size=3),
    st.permutations(range(3)),
)
def test_as_many_calls_in_flight_as_possible_keep_an_agent(
    agents: list[tuple[set[str], bool]], claims: list[tuple[str, bool, int]], turns: list[int]
) -> None:
    people, wanted = built(agents, [(*one, None, 1.0) for one in claims])
    given = share(people, [replace(one, most=0, turn=turn) for one, turn in zip(wanted, turns, strict=False)])
    assert sum(map(len, given.values())) == most_calls_covered(people, wanted)
