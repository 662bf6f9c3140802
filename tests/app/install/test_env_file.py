"""The `.env` of compose: made once, private, and holding all that the compose file refuses to start without."""

import re
from pathlib import Path

from app.install.env_file import PROJECT, SECRETS, ensure_env_file
from app.runtime.content import ROOT


def read(path: Path) -> dict[str, str]:
    pairs = (line.partition("=") for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def test_the_first_start_makes_secrets_that_nobody_else_can_read(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    assert ensure_env_file(path)
    secrets = read(path)
    assert secrets.pop("COMPOSE_PROJECT_NAME") == PROJECT
    assert tuple(secrets) == SECRETS
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{32}", secret) for secret in secrets.values())
    assert len(set(secrets.values())) == len(SECRETS)
    assert path.stat().st_mode & 0o777 == 0o600


def test_later_starts_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    ensure_env_file(path)
    before = path.read_text()
    assert not ensure_env_file(path)
    assert path.read_text() == before


def test_what_an_operator_wrote_stays_and_only_what_lacks_is_added(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# mine\nREDIS_PASSWORD=own\nCALLCENTER_DESK_PORT=9000")
    path.chmod(0o644)
    assert ensure_env_file(path)
    secrets = read(path)
    assert (secrets["REDIS_PASSWORD"], secrets["CALLCENTER_DESK_PORT"]) == ("own", "9000")
    assert set(SECRETS) <= set(secrets)
    assert path.read_text().startswith("# mine\n")
    assert path.stat().st_mode & 0o777 == 0o600


def test_it_holds_all_that_compose_refuses_to_start_without() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    assert set(re.findall(r"\$\{([A-Z_]+):\?", text)) == set(SECRETS)


def test_compose_has_no_secret_by_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    used = re.findall(r"\$\{(\w*(?:PASSWORD|SECRET)\w*)([^}]*)\}", text)
    assert used
    assert all(rest.startswith(":?") or rest == ":-" for _, rest in used)  # asked for, or empty


def test_it_is_never_committed() -> None:
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()
