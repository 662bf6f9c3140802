"""subflow and return: run another flow and come back from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ivr.expressions import Expression, ExpressionError, Value, evaluate
from ivr.nodes.node import Call, Node, Step
from ivr.nodes.words import ExitName, FlowName, Sorted, Variable
from ivr.session import Session


class SubflowNode(Node):
    """Run `flow` and leave by the exit it returns; by `failed` if it cannot be run or an argument cannot be reckoned.

    `arguments` are the parameters of that flow, each an expression; `results` are variables to be set here, each from a
    variable of that flow.
    """

    open_exits: ClassVar[bool] = True  # what the other flow returns

    kind: Literal["subflow"] = "subflow"
    v: Literal[1] = 1
    flow: Annotated[FlowName, Field(description="The flow that runs here.")]
    arguments: Annotated[
        dict[Variable, Expression],
        Field(max_length=20, description="Its parameters, each with an expression.", default_factory=dict),
        Sorted,
    ]
    results: Annotated[
        dict[Variable, Variable],
        Field(max_length=20, description="Variables of this flow, each from one of that flow.", default_factory=dict),
        Sorted,
    ]

    def required_exits(self) -> tuple[str, ...]:
        return ("failed",) if self.arguments else ()

    def expressions_used(self) -> Iterator[tuple[str, str]]:
        yield from ((f"arguments.{name}", text) for name, text in self.arguments.items())

    def variables_set(self) -> Iterator[tuple[str, str]]:
        yield from ((f"results.{name}", name) for name in self.results)

    def flows_used(self) -> Iterator[tuple[str, str]]:
        yield "flow", self.flow

    def enter(self, session: Session, now: datetime) -> Step:
        try:
            given = {name: evaluate(text, session.scope) for name, text in self.arguments.items()}
        except ExpressionError as error:
            return Step(session=session, exit="failed", why=str(error))
        return Step(session=session, call=Call(flow=self.flow, variables=given))

    def not_run(self, session: Session, problem: str, now: datetime) -> Step | None:
        return Step(session=session, exit="failed", why=problem) if "failed" in self.exits else None

    def returned(self, session: Session, exit: str, results: Mapping[str, Value], now: datetime) -> Step:
        kept = {ours: results.get(theirs) for ours, theirs in self.results.items()}
        return Step(session=session.with_variables(kept), exit=exit)


class ReturnNode(Node):
    """Leave this flow: the call goes on at the node that runs it, by the exit `by`.

    A call's own flow, which no node runs, hangs up here.
    """

    ends: ClassVar[bool] = True

    kind: Literal["return"] = "return"
    v: Literal[1] = 1
    by: Annotated[ExitName, Field(description="The exit by which the node that runs this flow is left.")] = "next"

    def required_exits(self) -> tuple[str, ...]:
        return ()

    def enter(self, session: Session, now: datetime) -> Step:
        return Step(session=session, leave=self.by)
