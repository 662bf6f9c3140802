"""http: ask another system."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Literal, Self

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from callcenter.outgoing import DEFAULT_TIMEOUT_S, MAX_RETRIES, MAX_TIMEOUT_S
from ivr.commands import Fetch
from ivr.expressions import Expression, ExpressionError, Value, bounded, evaluate
from ivr.happenings import Failed, Fetched, Happening
from ivr.nodes.node import Node, Step, play
from ivr.nodes.words import HEADER, HEADER_VALUE, JSON_NAME, STATUSES, VARIABLE, SomePrompts, Sorted, Variable
from ivr.session import Session, Wait

MAX_URL: Final = 2_000
# Scheme and host are plain: what a caller typed must not choose whom we ask.
URL: Final = re.compile(r"https?://[^/{}\s?#@\\]+(?:[/?][^{}\s#]*(?:\{[^{}]*\}[^{}\s#]*)*)?", re.ASCII)
PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
UNRESERVED: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")  # RFC 3986, 2.3
OURS: Final = frozenset({"connection", "content-length", "content-type", "host", "transfer-encoding"})
NOT_FOUND: Final = 404


def _url(text: str) -> str:
    if not URL.fullmatch(text):
        raise ValueError(f"{text!r} is no address such as https://example.com/accounts/{{account}}")
    for name in PLACEHOLDER.findall(text):
        if not re.fullmatch(VARIABLE, name):
            raise ValueError(f"{{{name}}} is no variable")
    return text


def _query(text: str) -> str:
    try:
        jmespath.compile(text)
    except JMESPathError as error:
        raise ValueError(f"{text!r} is no JMESPath: {str(error).splitlines()[0]}") from None
    return text


def _header(name: str) -> str:
    if name.lower() in OURS:
        raise ValueError(f"header {name!r} is set by the program itself")
    return name


Url = Annotated[str, StringConstraints(max_length=MAX_URL), AfterValidator(_url)]
Query = Annotated[str, StringConstraints(min_length=1, max_length=300), AfterValidator(_query)]
Header = Annotated[str, StringConstraints(pattern=HEADER), AfterValidator(_header)]
HeaderValue = Annotated[str, StringConstraints(pattern=HEADER_VALUE)]
JsonName = Annotated[str, StringConstraints(pattern=JSON_NAME)]


class HttpNode(Node):
    """Ask another system by HTTP and leave by `ok` when it has answered with a status of `expect`, else by `failed`.

    `{variable}` in the address is replaced by its value, fit for an address. `body` is sent as JSON, each field an
    expression. `results` are variables, each set from the JSON of the answer by a JMESPath such as `account.balance`;
    what is not there is null; a list or an object is no value, and takes `failed`. `timeout` and `not-found` (404), if
    connected, are taken in the place of `failed`. Only hosts of the centre's allow-list are
    asked, and passwords are kept there: none belongs into a flow. The caller hears `prompts` and then music meanwhile.
    """

    waits_for: ClassVar[frozenset[Wait]] = frozenset({Wait.RESULT})
    prompt_fields: ClassVar[tuple[str, ...]] = ("prompts",)

    kind: Literal["http"] = "http"
    v: Literal[1] = 1
    prompts: Annotated[SomePrompts, Field(description="Said while the other system is asked.")] = ()
    method: Annotated[Literal["GET", "POST"], Field(description="GET asks, POST changes something.")] = "GET"
    url: Annotated[Url, Field(description="The address; {variable} stands for a value.")]
    headers: Annotated[
        dict[Header, HeaderValue], Field(max_length=20, description="Further headers.", default_factory=dict), Sorted
    ]
    body: Annotated[
        dict[JsonName, Expression],
        Field(max_length=50, description="Fields of the JSON that is posted.", default_factory=dict),
        Sorted,
    ]
    timeout_s: Annotated[float, Field(gt=0, le=MAX_TIMEOUT_S, description="Longest time for all of it.")] = (
        DEFAULT_TIMEOUT_S
    )
    retries: Annotated[int, Field(ge=0, le=MAX_RETRIES, description="How often it is tried again.")] = 1
    expect: Annotated[
        str, StringConstraints(pattern=STATUSES), Field(description="The status of a good answer: 200 or 200-299.")
    ] = "200-299"
    results: Annotated[
        dict[Variable, Query],
        Field(max_length=20, description="Variables, each a JMESPath into the answer.", default_factory=dict),
        Sorted,
    ]

    @model_validator(mode="after")
    def _only_posts_have_a_body(self) -> Self:
        if self.body and self.method != "POST":
            raise ValueError("body is for POST; put the values of a GET into its address")
        return self

    def required_exits(self) -> tuple[str, ...]:
        return ("ok", "failed")

    def optional_exits(self) -> Mapping[str, str]:
        return {"timeout": "failed", "not-found": "failed"}

    def expressions_used(self) -> Iterator[tuple[str, str]]:
        yield from super().expressions_used()
        yield from (("url", name) for name in PLACEHOLDER.findall(self.url))
        yield from ((f"body.{name}", text) for name, text in self.body.items())

    def variables_set(self) -> Iterator[tuple[str, str]]:
        yield from ((f"results.{name}", name) for name in self.results)

    def enter(self, session: Session, now: datetime) -> Step:
        try:
            request = self._request(session)
        except ExpressionError as error:
            return Step(session=session, exit="failed", why=str(error))
        said = play(self.prompts, session, now)
        return Step(session=replace(session, wait=Wait.RESULT), commands=(*said, request))

    def hear(self, session: Session, happening: Happening, now: datetime) -> Step:
        match happening:
            case Fetched(status=status, body=body) if self._expected(status):
                return self._taken(session, status, body)
            case Fetched(status=status):
                exit = "not-found" if status == NOT_FOUND else "failed"
                return Step(session=session, exit=exit, why=f"status {status}")
            case Failed(reason=reason):
                return Step(session=session, exit="timeout" if reason == "timeout" else "failed", why=reason)
        return Step(session=session, exit="failed", why=happening.kind)

    def _request(self, session: Session) -> Fetch:
        """Return the command; raise ExpressionError if a value is missing."""
        url = PLACEHOLDER.sub(lambda found: escaped(evaluate(found[1], session.scope)), self.url)
        if len(url) > MAX_URL:
            raise ExpressionError(f"the address is longer than {MAX_URL} characters")
        return Fetch(
            method=self.method,
            url=url,
            headers=self.headers,
            body={name: evaluate(text, session.scope) for name, text in self.body.items()} or None,
            timeout_s=self.timeout_s,
            retries=self.retries,
        )

    def _expected(self, status: int) -> bool:
        first, _, last = self.expect.partition("-")
        return int(first) <= status <= int(last or first)

    def _taken(self, session: Session, status: int, body: Any) -> Step:
        try:
            values = {name: _scalar(name, jmespath.search(query, body)) for name, query in self.results.items()}
        except (ExpressionError, JMESPathError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            return Step(session=session, exit="failed", why=f"status {status}: {str(error).splitlines()[0]}")
        return Step(session=session.with_variables(values), exit="ok", why=f"status {status}")


def escaped(value: Value) -> str:
    """Return `value` as it stands in an address: whatever could mean something there is percent-encoded.

    >>> escaped("a/b c"), escaped(True), escaped(None), escaped("é")
    ('a%2Fb%20c', 'true', '', '%C3%A9')
    """
    text = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
    return "".join(chr(byte) if byte in UNRESERVED else f"%{byte:02X}" for byte in text.encode("utf-8", "replace"))


def _scalar(name: str, value: Any) -> Value:
    if value is None or isinstance(value, str | int | float):
        return bounded(value)
    raise ExpressionError(f"{name} is a {'list' if isinstance(value, list) else 'object'}, no value")
