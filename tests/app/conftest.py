"""Fixtures of several files here."""

import shutil
from pathlib import Path

import pytest

from app import messages
from tests.app.office import Office


@pytest.fixture(scope="session")
def first_office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which an office was opened."""
    folder = tmp_path_factory.mktemp("office")
    Office(folder).open()
    return folder


@pytest.fixture
def office(first_office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A centre on SQLite, its command line, and a voice that hums instead of speaking."""
    shutil.copytree(first_office, tmp_path, dirs_exist_ok=True)
    office = Office(tmp_path)
    for name in ("DATABASE_URL", "REDIS_URL", "CELL"):
        monkeypatch.delenv(f"CALLCENTER_{name}", raising=False)
    monkeypatch.setenv("CALLCENTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CALLCENTER_RENDERED_DIR", str(office.rendered))
    monkeypatch.setattr(messages, "default_voice", lambda language: office.voice)
    return office
