"""Options and fixtures of the whole suite."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update",
        action="store_true",
        help="rewrite the expectations of recorded sessions (tests/flows/*.json) with what happens now; read the diff",
    )


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """True if expectations of recorded sessions are to be rewritten."""
    return bool(request.config.getoption("--update"))
