"""`callcenter sim compare`: what it plays, prints, draws and writes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.sim_cli import sim_app
from app.simulating import in_order
from callcenter.errors import ConfigError

SHORT = ("--hours", "0.1", "--seeds", "2", "--processes", "1")


def compare(*options: str) -> str:
    result = CliRunner().invoke(sim_app, ["compare", *SHORT, *options], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*options: str) -> str:
    with pytest.raises(ConfigError) as caught:
        CliRunner().invoke(sim_app, ["compare", *SHORT, *options], catch_exceptions=False)
    return str(caught.value)


def test_teams_and_days_are_compared_scene_by_scene() -> None:
    said = compare("--pacers", "progressive,hard+", "--agents", "3,5", "--days", "lunch").splitlines()
    assert said[0].split()[:3] == ["scene", "pacer", "days"]
    scenes = [(line[:10].strip(), line.split("  ")[1].strip()) for line in said[1:]]
    assert [scene for scene, _ in scenes] == ["3 agents", "3 agents", "5 agents", "5 agents", "lunch", "lunch"]
    assert all(" ± " in line for line in said[1:])


def test_without_teams_or_days_it_is_ten_agents() -> None:
    assert compare("--pacers", "progressive").splitlines()[1].startswith("10 agents")


def test_figures_are_written_and_drawn(tmp_path: Path) -> None:
    written, drawn = tmp_path / "days.json", tmp_path / "days.svg"
    compare("--pacers", "progressive", "--agents", "2", "--json", str(written), "--plot", str(drawn), "--cap", "1%")
    found = json.loads(written.read_text())
    assert (found["terms"]["cap"], found["terms"]["hours"]) == (0.01, 0.1)
    [cell] = found["cells"]
    assert cell["cell"] == {"pacer": "progressive", "day": "", "agents": 2}
    assert [day["seed"] for day in cell["days"]] == [1, 2]
    assert drawn.read_text().startswith("<svg ")
    assert json.loads(compare("--pacers", "progressive", "--agents", "2", "--json", "-"))["cells"][0]["days"]


def test_the_same_command_tells_the_same() -> None:
    one, other = (json.loads(compare("--pacers", "ratio", "--agents", "3", "--json", "-"))["cells"] for _ in range(2))
    for cell in (*one, *other):
        for key in ("decision_ms", "slow_ms"):
            del cell[key]
            for day in cell["days"]:
                del day[key]
    assert one == other


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--pacers", "psychic"), "there is no pacer 'psychic': use progressive, ratio"),
        (("--days", "sunday"), "there is no day 'sunday': use drift"),
        (("--agents", "0"), "--agents: '0' is no team of 1 to 2,000"),
        (("--agents", "x"), "--agents: 'x' is no team of 1 to 2,000"),
        (("--plot", "days.png"), "--plot days.png: only SVG is drawn"),
        (("--cap", "3"), '--cap: "3" is no share: write 3% or 0.03'),
        (("--answer-rate", "100%"), "--answer-rate: must be between 0 and 1"),
        (("--pacers", "progressive", "--agents", "1", "--json", "/nowhere/x"), "/nowhere/x cannot be written: "),
    ],
)
def test_what_cannot_be_compared_is_told_in_one_line(options: tuple[str, ...], said: str) -> None:
    assert refused(*options).startswith(said)


def double(number: int) -> int:
    return 2 * number


def test_other_processes_give_the_results_in_order() -> None:
    assert list(in_order(double, [3, 1, 2], 2)) == [(3, 6), (1, 2), (2, 4)]
    assert list(in_order(double, [3, 1], 1)) == [(3, 6), (1, 2)]
