"""The `.env` of docker-compose.yml: secrets made at the first start, readable by its owner alone, never committed."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from app.files import PRIVATE, read_text, write_atomic

# Every variable that docker-compose.yml refuses to start without.
SECRETS: Final = (
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
    "CALLCENTER_AMI_ACD_SECRET",
    "CALLCENTER_AMI_DIALER_SECRET",
    "CALLCENTER_AMI_CHECK_SECRET",
)
# So that `docker-compose exec acd callcenter …`, given in this folder, means the same installation as `make up`.
PROJECT: Final = "callcenter"
_HEAD: Final = "# Read by compose. Secrets of this installation, made at its first start: keep them here.\n"


def ensure_env_file(path: Path) -> bool:
    """Add the secrets that `path` lacks, keeping all else in it; return whether anything was added.

    Also takes away other users' right to read it. Raise ConfigError if it cannot be written.
    """
    text = read_text(path)
    held = {line.partition("=")[0].strip() for line in (text or "").splitlines() if not line.startswith("#")}
    lacking = [name for name in (*SECRETS, "COMPOSE_PROJECT_NAME") if name not in held]
    if text is not None and not lacking:
        path.chmod(PRIVATE)
        return False
    # URL-safe: they stand in database and Redis addresses. 24 bytes, 192 bits.
    made = "".join(f"{name}={secrets.token_urlsafe(24) if name in SECRETS else PROJECT}\n" for name in lacking)
    write_atomic(path, (_HEAD if text is None else text.rstrip("\n") + "\n") + made)
    return True
