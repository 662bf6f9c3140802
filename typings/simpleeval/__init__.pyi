import ast
from collections.abc import Callable, Mapping
from typing import Any

class InvalidExpression(Exception): ...

DEFAULT_OPERATORS: dict[type[ast.AST], Callable[..., Any]]

class SimpleEval:
    nodes: dict[type[ast.AST], Callable[[Any], Any]]
    names: Mapping[str, Any]
    def __init__(
        self,
        operators: Mapping[type[ast.AST], Callable[..., Any]] | None = ...,
        functions: Mapping[str, Callable[..., Any]] | None = ...,
        names: Mapping[str, Any] | None = ...,
    ) -> None: ...
    def eval(self, expr: str, previously_parsed: ast.AST | None = ...) -> Any: ...
