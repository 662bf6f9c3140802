"""Options and fixtures of the whole suite, and which tests run beside which."""

from __future__ import annotations

from pathlib import PurePath

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# The same examples each time, on a machine however busy.
settings.register_profile("suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

# End-to-end tests of one group share a centre, in one process. The groups run side by side: they wait more than they
# work.
GROUPS = {
    "test_faults": "faults",
    "test_inbound": "inbound",
    "test_ivr": "ivr",
    "test_agents": "agents",
    "test_callback": "callback",
    "test_closure": "closure",
    "test_outbound": "outbound",
    "test_outbound_faults": "outbound-faults",
}


class ByGroup(LoadScopeScheduling):
    """As pytest-xdist's loadgroup: its marks go unnoticed since pytest 9.2, where an item's id cannot be changed."""

    def _split_scope(self, nodeid: str) -> str:
        file = PurePath(nodeid.partition("::")[0])
        return GROUPS.get(file.stem, "rest") if file.parent.name == "e2e" else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByGroup | None:
    if config.getoption("dist") != "loadgroup":
        return None
    config.option.loadscopereorder = False  # end-to-end tests come first, although they are fewer
    return ByGroup(config, log)


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
