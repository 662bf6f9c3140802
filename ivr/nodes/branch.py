"""branch and set: decide by what is known, and note something for later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from ivr.expressions import Expression, ExpressionError, evaluate
from ivr.nodes.node import Node, Step
from ivr.nodes.words import ExitName, Fields, Intent, Sorted, Variable
from ivr.session import Session

ELSE: Final = "else"
ERROR: Final = "error"


class Case(Fields):
    """One way of a branch: `exit` is taken when expression `when` is true."""

    when: Annotated[Expression, Field(description='What must be so, such as: balance > 0 and language == "es".')]
    exit: Annotated[ExitName, Field(description="The exit that is then taken.")]


class BranchNode(Node):
    """Leave by the exit of the first case that is true, by `else` if none is.

    An expression that cannot be reckoned (a variable that is not set, text compared with a number) ends the search: the
    caller leaves by `error` if that is connected, else by `else`.
    """

    kind: Literal["branch"] = "branch"
    v: Literal[1] = 1
    cases: Annotated[
        tuple[Case, ...],
        Field(min_length=1, max_length=20, description="Tried in this order; the first true one wins."),
    ]

    @model_validator(mode="after")
    def _error_is_no_case(self) -> Self:
        if any(case.exit == ERROR for case in self.cases):
            raise ValueError("exit 'error' is for what cannot be reckoned; name the exit of a case otherwise")
        return self

    def required_exits(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*(case.exit for case in self.cases), ELSE)))

    def optional_exits(self) -> Mapping[str, str]:
        return {ERROR: ELSE}

    def expressions_used(self) -> Iterator[tuple[str, str]]:
        yield from ((f"cases.{place}.when", case.when) for place, case in enumerate(self.cases))

    def enter(self, session: Session, now: datetime) -> Step:
        for case in self.cases:
            try:
                if evaluate(case.when, session.scope):
                    return Step(session=session, exit=case.exit, why=case.when)
            except ExpressionError as error:
                return Step(session=session, exit=ERROR, why=str(error))
        return Step(session=session, exit=ELSE)


class SetNode(Node):
    """Set variables, each to the value of an expression, and the caller's intent; then leave by `next`.

    All expressions see the values from before. If one cannot be reckoned nothing is set, and the caller leaves by
    `error`, if that is connected.
    """

    kind: Literal["set"] = "set"
    v: Literal[1] = 1
    variables: Annotated[
        dict[Variable, Expression],
        Field(max_length=20, description="Variables and the expressions they are set to.", default_factory=dict),
        Sorted,
    ]
    intent: Annotated[Intent | None, Field(description="What the caller wants; none: as it was.")] = None

    @model_validator(mode="after")
    def _sets_something(self) -> Self:
        if not self.variables and self.intent is None:
            raise ValueError("sets nothing; give it a variable or an intent")
        return self

    def optional_exits(self) -> Mapping[str, str]:
        return {ERROR: "next"}

    def expressions_used(self) -> Iterator[tuple[str, str]]:
        yield from ((f"variables.{name}", text) for name, text in self.variables.items())

    def variables_set(self) -> Iterator[tuple[str, str]]:
        yield from ((f"variables.{name}", name) for name in self.variables)

    def enter(self, session: Session, now: datetime) -> Step:
        try:
            values = {name: evaluate(text, session.scope) for name, text in self.variables.items()}
        except ExpressionError as error:
            return Step(session=session, exit=ERROR, why=str(error))
        known = session.with_variables(values)
        return Step(session=known if self.intent is None else known.with_intent(self.intent), exit="next")
