"""Is this flow sound? Every defect found by looking at it, with where it is and how to mend it.

An issue of severity "error" blocks publishing; a "warning" does not. What the flow refers to (prompts, queues, other
flows, destinations) is passed in as `Known`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from callcenter.errors import FlowError, Issue
from ivr.flow import Flow
from ivr.lint import graph, references, variables
from ivr.lint.graph import returns_of
from ivr.lint.known import WARNING, Known, Rule

RULES: Final[Mapping[str, Rule]] = {**graph.RULES, **references.RULES, **variables.RULES}

__all__ = ["RULES", "WARNING", "Known", "check", "lint", "returns_of"]


def lint(flow: Flow, known: Known) -> tuple[Issue, ...]:
    """Return all defects of `flow`, in the order of the rules and of the nodes' ids."""
    return tuple(issue for rule in RULES.values() for issue in rule(flow, known))


def check(flow: Flow, known: Known) -> tuple[Issue, ...]:
    """Return the warnings of `flow`; raise FlowError with the errors if there is one."""
    issues = lint(flow, known)
    errors = [issue for issue in issues if issue.severity == "error"]
    if errors:
        raise FlowError(flow.name, errors)
    return issues
