"""The layout's rules, read off the source: who may import whom, and that what decides does no I/O."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("callcenter", "ivr", "acd", "dialer", "desk", "sim", "app")
BESIDE = ("asterisk", "bench", "scripts", "tests")  # Python too, which no package imports

# callcenter <- ivr, acd, dialer, desk, sim <- app. Pure modules of the three are open to desk and sim.
MAY_IMPORT = {
    "callcenter": set(),
    "ivr": {"callcenter"},
    "acd": {"callcenter"},
    "dialer": {"callcenter"},
    "desk": {"callcenter", "ivr", "acd", "dialer"},
    "sim": {"callcenter", "ivr", "acd", "dialer"},
    "app": {"callcenter", "ivr", "acd", "dialer", "desk", "sim"},
}
IMPURE_MODULES = {
    "aiohttp",
    "aiosqlite",
    "alembic",
    "asterisk",
    "asyncio",
    "http",
    "multiprocessing",
    "panoramisk",
    "psycopg",
    "pydub",
    "redis",
    "requests",
    "secrets",
    "select",
    "selectors",
    "socket",
    "sqlalchemy",
    "sqlite3",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib",
    "uvloop",
}
IMPURE_CALLS = {
    "open",
    "input",
    "print",
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "random.random",
    "random.choice",
    "random.randint",
    "random.randrange",
    "random.uniform",
    "random.shuffle",
    "os.getenv",
    "os.environ",
    "uuid.uuid4",
    "uuid4",
}


@cache
def sources() -> tuple[Path, ...]:
    return tuple(path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))


@cache
def beside() -> tuple[Path, ...]:
    return tuple(path for folder in BESIDE for path in sorted((ROOT / folder).rglob("*.py")))


def package_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


def is_impure_place(path: Path) -> bool:
    """service.py, service/, __main__.py, adapters/, app/ and sim/phones/ act; everything else only decides."""
    parts = path.relative_to(ROOT).parts
    return (
        parts[0] == "app"
        or parts[:2] in {("callcenter", "adapters"), ("sim", "phones")}
        or "service" in parts
        or parts[-1] in {"service.py", "__main__.py"}
    )


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def called(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call | ast.Attribute):
            yield ast.unparse(node.func if isinstance(node, ast.Call) else node)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_packages_import_only_what_the_layout_allows(path: Path) -> None:
    package = package_of(path)
    others = {name.split(".")[0] for name in imported(path)} & set(PACKAGES) - {package}
    assert others <= MAY_IMPORT[package]


@pytest.mark.parametrize(
    "path", [p for p in sources() if package_of(p) in {"desk", "sim"}], ids=lambda p: str(p.relative_to(ROOT))
)
def test_desk_and_sim_import_only_pure_modules_of_the_others(path: Path) -> None:
    foreign = [name for name in imported(path) if name.split(".")[0] in {"ivr", "acd", "dialer"}]
    assert not [name for name in foreign if "service" in name.split(".")]


@pytest.mark.parametrize(
    "path", [p for p in sources() if not is_impure_place(p)], ids=lambda p: str(p.relative_to(ROOT))
)
def test_what_decides_does_no_io(path: Path) -> None:
    assert {name.split(".")[0] for name in imported(path)} & IMPURE_MODULES == set()
    assert set(called(path)) & IMPURE_CALLS == set()


@pytest.mark.parametrize("path", sources() + beside(), ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_stay_small(path: Path) -> None:
    functions = [
        n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions if f.end_lineno and f.end_lineno - f.lineno >= 40}
    assert long == {}


def test_the_purity_rule_can_see(tmp_path: Path) -> None:
    culprit = tmp_path / "culprit.py"
    culprit.write_text("import time\nfrom datetime import datetime\nx = datetime.now()\n")
    assert {name.split(".")[0] for name in imported(culprit)} & IMPURE_MODULES == {"time"}
    assert set(called(culprit)) & IMPURE_CALLS == {"datetime.now"}
