"""docs/configuration.md tells every key and variable, with its default, and none that does not exist."""

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app import render, secrets_file
from callcenter import centre, integrations
from callcenter.settings import PREFIX, Settings

TEXT = (Path(__file__).parent.parent / "docs" / "configuration.md").read_text()
TABLES: Mapping[str, type[BaseModel]] = {
    "[centre]": centre.Identity,
    "[sip]": centre.Sip,
    "[[trunk]]": centre.Trunk,
    "[[number]]": centre.NumberEntry,
    "[[queue]]": centre.QueueEntry,
    "[[agent]]": centre.AgentEntry,
    "[[destination]]": centre.Destination,
    "[emergency]": centre.Emergency,
    "[http]": integrations.Http,
    "[payment]": integrations.PaymentTable,
    "[mail]": integrations.Mail,
    "[[mailbox]]": integrations.Mailbox,
}


def rows(heading: str) -> dict[str, str]:
    """Name → default, from the first table below `heading`."""
    part = TEXT.split(f"\n{heading}\n", 1)[1].split("\n#", 1)[0]
    return dict(re.findall(r"^\| `([^`]+)` \| `?([^|`]+)`? \| \S", part, re.MULTILINE))


def default_of(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if field.is_required():
        return "required"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return str(list(value))
    return {None: "none", False: "false"}.get(value, str(value)) if not isinstance(value, dict) else str(value)


def test_every_table_of_the_centre_has_its_heading() -> None:
    aliases = {field.alias for field in centre.Centre.model_fields.values()}
    assert aliases == {name.strip("[]") for name in TABLES}
    assert re.findall(r"^### `(.+)`$", TEXT, re.MULTILINE) == list(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_every_key_of_the_centre_is_told_with_its_default(table: str) -> None:
    told = rows(f"### `{table}`")
    assert told == {name: default_of(field) for name, field in TABLES[table].model_fields.items()}


def test_every_setting_is_told_with_its_default() -> None:
    known = {PREFIX + f.name.upper(): str(f.default) or "empty" for f in dataclasses.fields(Settings)}
    assert rows("## Environment") == known


def test_the_example_is_a_centre_that_can_be_rendered(tmp_path: Path) -> None:
    example = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert len(example) == 1
    document: dict[str, Any] = tomllib.loads(example[0])
    found = centre.parse(document, {"main"})
    assert set(document) == {name.strip("[]") for name in TABLES}
    secrets_file.change(tmp_path, secrets_file.set_trunk("carrier", "word"))
    known = secrets_file.load_or_create(tmp_path, found)
    assert set(render.render(found, known, render.RenderOptions())) == set(render.TAKES_OVER)
    assert found.warnings() == ("agent 7 has no PIN and cannot log in: `callcenter agent pin 7`",)


def test_every_table_of_secrets_is_told(tmp_path: Path) -> None:
    secrets_file.load_or_create(tmp_path, centre.parse({"centre": {"region": "US"}}))
    tables = tomllib.loads((tmp_path / "secrets.toml").read_text())
    told = re.findall(r"^\| `\[(\w+)\]` \|", TEXT.split("\n## Passwords\n")[1], re.MULTILINE)
    assert told == list(tables)
