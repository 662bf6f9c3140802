"""Editing TOML text: what is meant changes, every other byte stays."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.toml_edit import add_entry, change_entry, change_table, read, remove_entry, remove_table, set_value
from callcenter.errors import ConfigError, NotFound

TEXT = '''\
# head
[centre] # c
region = "US"

# the queues

[[queue]] # first
name = "a" # named
# about agents
[[agent]]
id = "7"
note = """
[[agent]]
# no comment
"""

  # about eight
[[agent]]
id = 8 # eight
lists = [
[1],
# within
]
[agent.skills] # sub
english = 1 # one
# about queue b
[[queue]]
name = "b"
# end'''


def test_an_entry_goes_behind_the_last_of_its_kind_and_before_the_comments_there() -> None:
    block = '\n[[agent]]\nid = "9"\nskills = {english = 5}\n'
    edited = add_entry(TEXT, "agent", {"id": "9", "skills": {"english": 5}, "queues": (), "pin_hash": None})
    assert edited == TEXT.replace("english = 1 # one\n", "english = 1 # one\n" + block)


def test_the_first_entry_of_its_kind_goes_to_the_end() -> None:
    assert add_entry(TEXT, "number", {"did": "+1"}) == TEXT + '\n\n[[number]]\ndid = "+1"\n'
    assert add_entry("", "number", {"did": "+1"}) == '[[number]]\ndid = "+1"\n'


@pytest.mark.parametrize(
    ("table", "where", "gone"),
    [
        ("agent", ("id", "7"), '[[agent]]\nid = "7"\nnote = """\n[[agent]]\n# no comment\n"""\n'),
        ("queue", ("name", "b"), '[[queue]]\nname = "b"\n'),
        ("queue", ("name", "a"), '\n[[queue]] # first\nname = "a" # named\n'),
        (
            "agent",
            ("id", "8"),
            "[[agent]]\nid = 8 # eight\nlists = [\n[1],\n# within\n]\n[agent.skills] # sub\nenglish = 1 # one\n",
        ),
    ],
)
def test_an_entry_goes_alone(table: str, where: tuple[str, str], gone: str) -> None:
    assert TEXT.count(gone) == 1
    assert remove_entry(TEXT, table, where) == TEXT.replace(gone, "")


@pytest.mark.parametrize(
    ("where", "item", "old", "new"),
    [
        (("id", "7"), ("pin", "x"), "# no comment\n\"\"\"\n", '# no comment\n"""\npin = "x"\n'),
        (("id", "8"), ("pin", "x"), "# within\n]\n", '# within\n]\npin = "x"\n'),
        (("id", "8"), ("id", 9), "id = 8 # eight", "id = 9 # eight"),
    ],
)  # fmt: skip
def test_a_value_is_set_in_its_place(where: tuple[str, str], item: tuple[str, object], old: str, new: str) -> None:
    assert set_value(TEXT, "agent", where, item) == TEXT.replace(old, new)


def test_a_key_is_added_where_the_text_ends_without_a_line_break() -> None:
    assert set_value('[[a]]\nid = "7"', "a", ("id", "7"), ("x", 1)) == '[[a]]\nid = "7"\nx = 1\n'


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(NotFound, match='there is no agent "9"'):
        remove_entry(TEXT, "agent", ("id", "9"))
    with pytest.raises(NotFound, match='there is no trunk "a"'):
        set_value(TEXT, "trunk", ("name", "a"), ("x", 1))


@pytest.mark.parametrize("text", ["[agent]\nid = 7", "agent = [{id = 7}]", '[["agent"]]\nid = 7'])
def test_another_way_of_writing_tables_is_not_edited(text: str) -> None:
    with pytest.raises(ConfigError, match=r"must be written as \[\[agent\]\]"):
        add_entry(text, "agent", {"id": "8"})


def test_broken_text_is_told_with_its_line() -> None:
    with pytest.raises(ConfigError, match=r"^x\.toml: cannot overwrite a value \(at line 2, column \d+\)$"):
        read("a = 1\na = 2\n", "x.toml")


VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)


@given(VALUES, VALUES, st.sampled_from(["agent", "queue", "number"]))
def test_any_text_survives_an_edit_and_reads_back(title: str, other: str, table: str) -> None:
    edited = add_entry(TEXT, table, {"id": "99", "title": title, "names": (other, title), "map": {other or "k": 1}})
    found = tomllib.loads(edited)[table][-1]
    assert found.get("title", "") == title
    assert found["names"] == [other, title]
    assert found["map"] == {other or "k": 1}
    assert remove_entry(edited, table, ("id", "99")).rstrip("\n") == TEXT


@given(VALUES)
def test_a_comment_like_value_is_no_comment(text: str) -> None:
    edited = set_value(add_entry("", "a", {"id": "1", "x": f"# {text}\n[[a]]"}), "a", ("id", "1"), ("y", text))
    assert tomllib.loads(edited) == {"a": [{"id": "1", "x": f"# {text}\n[[a]]", "y": text}]}


WRITTEN = """\
[http]
# where flows may go
allow = [
    "https://crm.example.com/",  # customers
    {url = "https://pay.example.com/", headers = {Authorization = "pay"}}, # money
]

[[agent]]
id = "7"  # seven
queues = ["sales", "support"] # both
name = "Ann"
[agent.skills]
english = 5 # mother tongue
french = 2
"""


def test_what_is_changed_keeps_the_comments_beside_it() -> None:
    edited = change_entry(
        WRITTEN, "agent", ("id", "7"), {"name": "Anna", "queues": ["support"], "skills": {"english": 6, "spanish": 1}}
    )
    assert tomllib.loads(edited)["agent"] == [
        {"id": "7", "queues": ["support"], "name": "Anna", "skills": {"english": 6, "spanish": 1}}
    ]
    for comment in ("# where flows may go", "# customers", "# money", "# seven", "# both", "# mother tongue"):
        assert comment in edited


def test_an_empty_value_removes_its_key() -> None:
    edited = change_entry(WRITTEN, "agent", ("id", "7"), {"skills": {}, "queues": (), "name": "", "other": None})
    assert tomllib.loads(edited)["agent"] == [{"id": "7"}]


def test_a_list_of_a_table_is_changed_item_by_item() -> None:
    allow = [{"url": "https://pay.example.com/", "headers": {"Authorization": "pay"}}, "https://new.example.com/"]
    edited = change_table(WRITTEN, "http", {"allow": allow})
    assert tomllib.loads(edited)["http"]["allow"] == allow
    assert "# money" in edited
    assert "# where flows may go" in edited
    assert edited[edited.index("[[agent]]") :] == WRITTEN[WRITTEN.index("[[agent]]") :]
    back = list(reversed(allow))
    assert tomllib.loads(change_table(edited, "http", {"allow": back}))["http"]["allow"] == back


def test_a_table_that_is_not_there_comes_to_the_end_and_goes_again() -> None:
    with_mail = change_table(WRITTEN, "mail", {"host": "mail.example.com", "port": None})
    assert with_mail == WRITTEN + '\n[mail]\nhost = "mail.example.com"\n'
    assert remove_table(with_mail, "mail") == WRITTEN
    assert remove_table(WRITTEN, "mail") == WRITTEN
    assert change_table(WRITTEN, "mail", {"host": ""}) == WRITTEN
    with pytest.raises(ConfigError, match=r"\[http\]"):
        change_table('[[http.allow]]\nurl = "https://x.example/"\n', "http", {"allow": []})
