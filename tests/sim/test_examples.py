"""The examples in the simulators' docstrings are true."""

import doctest
import importlib
import pkgutil

import pytest

import sim

MODULES = [module.name for module in pkgutil.walk_packages(sim.__path__, "sim.")]
WITH_EXAMPLES = {"sim.erlang", "sim.phones.audio", "sim.phones.baresip", "sim.phones.demand", "sim.phones.scenario"}


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_true(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0
    assert result.attempted or name not in WITH_EXAMPLES
