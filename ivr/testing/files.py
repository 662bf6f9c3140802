"""Files of test cases: YAML text → cases, and what is wrong with it said with line, case, field and how to mend it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from callcenter.errors import ConfigError
from ivr.plain import as_json, parse
from ivr.testing.cases import BARE, STEPS, Case
from ivr.testing.words import FORMS

MAX_TEXT: Final = 5_000_000  # characters of one file
MAX_CASES: Final = 10_000
OF_PYDANTIC: Final = re.compile(r"\[key\]|str|int|(?:dict|literal|tuple|list)\[.*\]")  # members of unions


class CaseFile(BaseModel):
    """The test cases of a flow, written beside it as <flow>.tests.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cases: Annotated[tuple[Case, ...], Field(max_length=MAX_CASES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong with a file of test cases. `line` from 1; 0: not known."""

    line: int
    case: str
    field: str
    text: str

    def __str__(self) -> str:
        where = ": ".join(part for part in (f"line {self.line}" * bool(self.line), self.case, self.field) if part)
        return f"{where}: {self.text}" if where else self.text


class CasesError(ConfigError):
    """Test cases are refused. `faults`: what is wrong with them."""

    code = "test-cases"

    def __init__(self, file: str, faults: Sequence[Fault]) -> None:
        self.file, self.faults = file, tuple(faults)
        super().__init__(f"{file}: " + "; ".join(map(str, faults)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A case, and where it is written."""

    case: Case
    number: int = 0
    lines: Lines = field(repr=False, compare=False)

    @property
    def line(self) -> int:
        """The line of its file that it begins at; 0: not known."""
        return self.lines.of(("cases", self.number))


def load_cases(text: str, file: str) -> tuple[Located, ...]:
    """Read test cases from YAML (or JSON) text; raise CasesError with everything that cannot be understood."""
    if len(text) > MAX_TEXT:
        raise CasesError(file, [Fault(line=0, case="", field="", text=f"more than {MAX_TEXT} characters")])
    try:
        plain = as_json(parse(text))
    except ValueError as error:
        raise CasesError(file, [Fault(line=0, case="", field="", text=str(error))]) from None
    return _located(plain, file, Lines(text))


def read_cases(plain: Sequence[Mapping[str, Any]], name: str, text: str = "") -> tuple[Located, ...]:
    """Return the cases in `plain`, such as `StoredFlow.tests`; raise CasesError. `text`: of their file, if known."""
    return _located({"cases": list(plain)}, name, Lines(text))


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a file of test cases, for editors and checkers."""
    return CaseFile.model_json_schema()


def to_text(cases: Sequence[Case]) -> str:
    """Return a file of these cases, as people write them: short lists on one line."""
    return yaml.dump(
        {"cases": [case.to_plain() for case in cases]},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=110,
    )


def with_case(text: str, case: Case, file: str) -> str:
    """Return the text of a file with one more case at its end, as it is otherwise; raise CasesError if it is none.

    A name that is taken gets a number.
    """
    cases = [located.case for located in load_cases(text, file)] if text.strip() else []
    taken = {one.name for one in cases}
    numbers = (f"{case.name} ({number})" for number in range(2, MAX_CASES))
    case = case.model_copy(update={"name": next((n for n in (case.name, *numbers) if n not in taken), case.name)})
    column = Lines(text).column_of_cases()
    if not cases or column < 0:
        return to_text([*cases, case])
    added = to_text([case]).split("\n", 1)[1]
    lines = (" " * column + line.removeprefix("  ") if line else line for line in added.split("\n"))
    longer = text.rstrip("\n") + "\n" + "\n".join(lines)
    try:
        whole = len(load_cases(longer, file)) == len(cases) + 1
    except CasesError:  # something stands behind the cases, such as YAML's end of a document
        whole = False
    return longer if whole else to_text([*cases, case])


# ---------------------------------------------------------------------------------------------- saying what is wrong


def _located(plain: Any, file: str, lines: Lines) -> tuple[Located, ...]:
    cases = _read(plain, file, lines)
    return tuple(Located(case=case, number=number, lines=lines) for number, case in enumerate(cases))


def _read(plain: Any, file: str, lines: Lines) -> tuple[Case, ...]:
    try:
        cases = CaseFile.model_validate(plain).cases
    except ValidationError as error:
        faults = [_fault(plain, detail, lines) for detail in error.errors(include_url=False)]
        raise CasesError(file, sorted(_joined(faults), key=lambda fault: fault.line)) from None
    doubles = list(_doubles(cases, lines))
    if doubles:
        raise CasesError(file, doubles)
    return cases


def _doubles(cases: Sequence[Case], lines: Lines) -> Iterator[Fault]:
    """Yield cases that bear the name of one before: nobody could tell which has failed."""
    seen: set[str] = set()
    for index, case in enumerate(cases):
        if case.name in seen:
            text = "there is a case of this name already; say what is different about this one"
            yield Fault(line=lines.of(("cases", index)), case=repr(case.name), field="name", text=text)
        seen.add(case.name)


def _joined(faults: Sequence[Fault]) -> Iterator[Fault]:
    """Yield `faults`, those of one value that may be of several types as one: "is 3, must be text or a list"."""
    by_place: dict[tuple[int, str, str], list[str]] = {}
    for fault in faults:
        by_place.setdefault((fault.line, fault.case, fault.field), []).append(fault.text)
    for (line, case, place), texts in by_place.items():
        first, *others = dict.fromkeys(texts)
        ways = [text.partition(", must be ") for text in others]
        text = first + "".join(f" or {rest}" if mark else f"; {text}" for text, mark, rest in ways)
        yield Fault(line=line, case=case, field=place, text=text)


def _fault(plain: Any, detail: ErrorDetails, lines: Lines) -> Fault:
    # Behind the number of a step pydantic names the member of the union: the kind of step; so it does elsewhere.
    loc = tuple(part for part in detail["loc"] if not (isinstance(part, str) and OF_PYDANTIC.fullmatch(part)))
    if len(loc) > 4 and loc[2] == "steps" and loc[4] in STEPS:
        loc = (*loc[:4], *loc[5:])
    named, where = "", loc
    if loc[:1] == ("cases",) and len(loc) > 1 and isinstance(loc[1], int):
        where = loc[2:]
        case = plain["cases"][loc[1]]
        name = case.get("name") if isinstance(case, Mapping) else None
        named = repr(name) if isinstance(name, str) else f"case {loc[1] + 1}"
    shown = [str(part) for part in where]
    if len(where) > 1 and where[0] == "steps" and isinstance(where[1], int):
        shown = [" ".join((f"step {where[1] + 1}", *shown[2:]))]
    return Fault(line=lines.of(loc), case=named, field=".".join(shown), text=_wording(plain, detail))


def _wording(plain: Any, detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "string_pattern_mismatch":
            return f"{detail['input']!r} is not {FORMS.get(context['pattern'], context['pattern'])}"
        case "model_type" | "model_attributes_type" if detail["loc"] == ():
            return "must be `cases:` and a list of them"
        case "missing" if detail["loc"] == ("cases",):
            return "is required: a list of test cases"
        case "step":
            return f"{_shown(detail['input'])} {detail['msg']}"
        case kind if kind in WORDINGS:
            return WORDINGS[kind].format(input=_shown(detail["input"]), **context)
    return detail["msg"][:1].lower() + detail["msg"][1:]


WORDINGS: Final[Mapping[str, str]] = {
    "extra_forbidden": "is unknown here",
    "missing": "is required",
    "literal_error": "is {input}, must be {expected}",
    "value_error": "{error}",
    "string_too_short": "must not be empty",
    "too_long": "has {actual_length} entries, at most {max_length}",
    "greater_than_equal": "is {input}, must be at least {ge:g}",
    "less_than_equal": "is {input}, must be at most {le:g}",
    "dict_type": "is {input}, must be a map: names and what they stand for",
    "model_type": "is {input}, must be a map: names and what they stand for",
    "model_attributes_type": "is {input}, must be a map: names and what they stand for",
    "tuple_type": "is {input}, must be a list",
    "string_type": "is {input}, must be text; put it in quotes",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "is {input}, must be a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "is {input}, must be a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "is {input}, must be true or false"),
}


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


class Lines:
    """Which line of a text something is at. The text is read again, but only if something is asked."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._root: yaml.Node | None = None

    def of(self, place: Sequence[str | int]) -> int:
        """Return the line of what is at `place`, or of the innermost thing around it that is there; 0: not known."""
        if self._root is None and self._text:
            # Read before, so it is no endless one.
            self._root = yaml.compose(self._text, Loader=yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader)
            self._text = ""
        node, line = self._root, 0
        for part in place:
            found = _inside(node, part) if node is not None else None
            if found is None:
                break
            node, line = found
        return line

    def column_of_cases(self) -> int:
        """Return in which column the dashes before the cases stand; -1: they have none, or there are no cases."""
        self.of(())
        found = _inside(self._root, "cases") if self._root is not None else None
        cases = found[0] if found else None
        if not isinstance(cases, yaml.SequenceNode) or cases.flow_style or not cases.value:
            return -1
        return int(cases.start_mark.column)


def _inside(node: yaml.Node, part: str | int) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part].start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return value, key.start_mark.line + 1
    return None


class _Dumper(yaml.SafeDumper):
    """Writes lists of words on as few lines as they fit on, and steps one a line."""

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:
        items = list(sequence)
        words = all(isinstance(item, str | int | float) for item in items)
        steps = any(isinstance(item, str) and item in BARE for item in items)
        # A line is never broken within an item.
        fits = sum(len(str(item)) + 2 for item in items) < 90 or not any(" " in str(item) for item in items)
        return super().represent_sequence(tag, items, flow_style=words and fits and not steps)

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)
