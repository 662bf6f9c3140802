"""Expressions of a flow: `balance > 0 and language == "es"`. A small language, checked when a flow is read.

Python's words for comparing and reckoning, on simpleeval's evaluator: no attributes, no loops, no assignment, and only
the functions of `FUNCTIONS`. Nothing in an expression can reach the program, and its length and values are bounded.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, StringConstraints, WithJsonSchema
from simpleeval import DEFAULT_OPERATORS, InvalidExpression, SimpleEval

from callcenter.errors import CallCenterError

Value = str | int | float | bool | None  # what a variable of a flow may hold: JSON's scalars
Scope = Mapping[str, Value]

MAX_LENGTH: Final = 300  # characters; more belongs into two nodes, where it can be seen
MAX_TEXT: Final = 1_000  # characters of a value; longer ones are cut off
MAX_DEPTH: Final = 20  # of brackets and the like
MAX_PLACES: Final = 15  # a number is rounded to: to more it would say nothing
MAX_NUMBER: Final = 2**53  # what every reader of JSON keeps exactly; `a * a` in a circle must not eat the memory


def _remainder(left: Any, right: Any) -> Any:
    if isinstance(left, str):  # Python would format: "%999999999d" % 1 is a gigabyte
        raise TypeError("% is for numbers")
    return left % right


# `in` and `not in` look into text; there are no lists.
_OPERATORS: Final[Mapping[type[ast.AST], Callable[..., Any]]] = {
    operator: DEFAULT_OPERATORS[operator]
    for operator in (
        *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.USub, ast.UAdd),
        *(ast.Eq, ast.NotEq, ast.Gt, ast.Lt, ast.GtE, ast.LtE, ast.Not, ast.In, ast.NotIn),
    )
} | {ast.Mod: _remainder}
_KINDS: Final = (ast.Name, ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.Constant)


class ExpressionError(CallCenterError):
    """An expression that cannot be read, or that makes no sense with the values it met."""

    code = "expression"


def _digits(text: Value) -> str:
    return "".join(mark for mark in str(text) if mark.isdecimal() and mark.isascii())


def _text(value: Value) -> str:
    return "" if value is None else str(value)


def _number(value: Value) -> int | float:
    text = str(value).strip()
    try:
        return int(text)
    except ValueError:
        return float(text)


def _round(value: Any, places: Value = 0) -> Any:
    # Python reckons 10**-places first: round(1, -99999999) would hold up every caller for minutes.
    if not isinstance(places, int) or abs(places) > MAX_PLACES:
        raise ValueError(f"{places!r} is no number of places from -{MAX_PLACES} to {MAX_PLACES}")
    return round(value, places) if places else round(value)


FUNCTIONS: Final[Mapping[str, Callable[..., Value]]] = {
    "abs": abs,
    "digits": _digits,
    "last": lambda text, count: str(text)[-int(count) :] if int(count) > 0 else "",
    "length": lambda text: len(_text(text)),
    "lower": lambda text: _text(text).lower(),
    "max": lambda *numbers: max(numbers),
    "min": lambda *numbers: min(numbers),
    "number": _number,
    "round": _round,
    "starts": lambda text, start: _text(text).startswith(str(start)),
    "text": _text,
}


def check(text: str) -> str:
    """Return `text` if it is an expression; raise ValueError saying what is wrong with it."""
    try:
        _parsed(text)
    except ExpressionError as error:
        raise ValueError(str(error)) from None
    return text


# A number or a truth value is an expression as it is: `value: 5` in YAML means the same as `value: "5"`.
Expression = Annotated[
    str,
    BeforeValidator(lambda value: repr(value) if isinstance(value, int | float) else value),
    StringConstraints(min_length=1, max_length=MAX_LENGTH),
    AfterValidator(check),
    WithJsonSchema(
        {"type": ["string", "number", "boolean"], "minLength": 1, "maxLength": MAX_LENGTH, "x-names": "expression"}
    ),
]


def names_in(text: str) -> frozenset[str]:
    """Return the variables that expression `text` reads.

    >>> sorted(names_in("balance > 0 and length(name) > 0"))
    ['balance', 'name']
    """
    tree = _parsed(text)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called)


def evaluate(text: str, scope: Scope) -> Value:
    """Return the value of expression `text` with the variables of `scope`; raise ExpressionError.

    >>> evaluate('balance // 100 if balance else "nothing"', {"balance": 1250})
    12
    """
    tree = _parsed(text)
    evaluator = _FREE.pop() if _FREE else _made()
    evaluator.names = scope
    try:
        value: Any = evaluator.eval(text, previously_parsed=tree)
    except InvalidExpression as error:
        raise ExpressionError(f"{text}: {_first_line(error)}") from None
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise ExpressionError(f"{text}: {_first_line(error)}") from None
    finally:
        evaluator.names = {}
        _FREE.append(evaluator)
    return bounded(value)


# Making an evaluator takes ten times as long as most expressions.
_FREE: Final[list[SimpleEval]] = []


def _made() -> SimpleEval:
    evaluator = SimpleEval(operators=_OPERATORS, functions=FUNCTIONS, names={})
    evaluator.nodes = {kind: evaluator.nodes[kind] for kind in _KINDS}
    return evaluator


def bounded(value: Value) -> Value:
    """Return `value` as a variable may hold it: long text is cut off. Raise ExpressionError for a number too large."""
    if isinstance(value, str):
        return value[:MAX_TEXT]
    if isinstance(value, int | float) and not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise ExpressionError(f"a number beyond {MAX_NUMBER} is no value")
    return value


@lru_cache(maxsize=4096)
def _parsed(text: str) -> ast.expr:
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"{text!r} is no expression: {getattr(error, 'msg', error)}") from None
    for node in ast.walk(tree):
        _refuse(node, text)
    if _depth(tree) > MAX_DEPTH:
        raise ExpressionError(f"{text!r} is nested more than {MAX_DEPTH} deep")
    return tree


def _refuse(node: ast.AST, text: str) -> None:
    """Raise ExpressionError for what the language does not have."""
    if isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            named = node.func.id if isinstance(node.func, ast.Name) else "that"
            raise ExpressionError(f"{text!r}: there is no function {named!r}; there are {', '.join(sorted(FUNCTIONS))}")
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise ExpressionError(f"{text!r}: functions take plain values with commas between")
    elif isinstance(node, ast.Constant):
        if not (node.value is None or isinstance(node.value, str | int | float)):
            raise ExpressionError(f"{text!r}: {node.value!r} is no number and no text")
    elif isinstance(node, ast.expr) and type(node) not in _KINDS:
        raise ExpressionError(f"{text!r}: {type(node).__name__} is not part of the language")
    elif isinstance(node, ast.operator | ast.unaryop | ast.cmpop) and type(node) not in _OPERATORS:
        raise ExpressionError(f"{text!r}: operator {type(node).__name__} is not part of the language")


def _depth(node: ast.AST) -> int:
    return 1 + max((_depth(child) for child in ast.iter_child_nodes(node)), default=0)


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
