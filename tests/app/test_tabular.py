"""Lists on the terminal."""

import json

import pytest

from app.tabular import columns, show

ROWS = [
    {"id": "7", "queues": ["a", "b"], "skills": {"x": 1}, "on": True, "key": None},
    {"id": "10", "queues": [], "skills": {}, "on": False, "key": ""},
]


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert columns(ROWS).splitlines() == [
        "id  queues  skills  on   key",
        "7   a b     x=1     yes  -",
        "10  -       -       -    -",
    ]


def test_what_was_typed_breaks_no_column_and_moves_no_cursor() -> None:
    assert columns([{"a": "x\ny\x1b[31m", "b": ["\r"]}]).splitlines() == ["a         b", "x y [31m"]


def test_nothing_is_said_so() -> None:
    assert columns([]) == "none"


def test_json_is_one_list(capsys: pytest.CaptureFixture[str]) -> None:
    show(ROWS, as_json=True)
    assert json.loads(capsys.readouterr().out) == ROWS
    show([], as_json=True)
    assert capsys.readouterr().out == "[]\n"
