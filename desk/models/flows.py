"""Flows: lists, drafts, versions, publishing, differences, test runs, where callers went."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from desk.models.common import Answer, Asked, FlowName, Plain, Problem, Request, SomeLine, Version

Reference = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Alias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Tests = Annotated[list[Plain], Field(max_length=2_000)]
Lock = Annotated[int, Field(ge=0, le=2**31 - 1)]
Back = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,3}[mhd]$")]


class NodeKinds(Answer):
    """What an editor needs to know of nodes; see `kinds[…].exits` for which exits a node has."""

    kinds: dict[str, Any]
    groups: list[str]
    flow: dict[str, Any]
    expressions: dict[str, Any]
    limits: dict[str, int]


class AliasShown(Answer):
    alias: str
    version: int
    by: str
    at: datetime


class VersionShown(Answer):
    """A published version; `aliases` that stand for it."""

    version: int
    author: str
    message: str
    created_at: datetime
    aliases: list[str] = Field(default_factory=list)


class DraftShown(Answer):
    """`lock` counts its saves; `based_on`: the version it began with. `errors` block publishing, `warnings` do not."""

    author: str
    updated_at: datetime
    lock: int
    based_on: int | None = None
    errors: int
    warnings: int


class Leads(Answer):
    """A number whose callers enter a flow, in the version its alias stands for."""

    did: str
    alias: str


class FlowSummary(Answer):
    """A flow. `live`: what callers hear. `shipped`: it comes with the program. `returns`: exits it is left by.

    `unreadable`: why this program cannot read what callers hear; empty: it can.
    """

    name: str
    about: str = ""
    live: int | None
    newest: VersionShown | None
    aliases: list[AliasShown]
    draft: DraftShown | None
    numbers: list[Leads]
    shipped: bool
    returns: list[str]
    unreadable: str = ""


class ContentAsked(Asked):
    """`at`: a version's number, an alias, draft, shipped; left out: what a new draft begins with."""

    at: Reference | None = None


class FlowContent(Answer):
    """A flow as something says it. `at`: what that is; `version` null: a draft, or as shipped."""

    name: str
    at: str
    version: int | None
    body: dict[str, Any]
    layout: dict[str, Any]
    tests: list[dict[str, Any]]


class VersionContent(Answer):
    name: str
    version: int
    author: str
    message: str
    created_at: datetime
    body: dict[str, Any]
    layout: dict[str, Any]
    tests: list[dict[str, Any]]


class DraftContent(Answer):
    """A draft, which may be no valid flow. Its ETag is `lock`."""

    name: str
    body: dict[str, Any]
    layout: dict[str, Any]
    tests: list[dict[str, Any]]
    lock: int
    author: str
    updated_at: datetime
    based_on: int | None = None


class DraftSave(Request):
    """What to keep as the draft, over the save that If-Match names ("0": there is none yet)."""

    body: Plain
    layout: Plain = Field(default_factory=dict)
    tests: Tests = Field(default_factory=list)
    based_on: Version | None = None


class NodeExits(Answer):
    """Which exits a node has: those required, the optional ones with what is taken instead, whether others may be."""

    required: list[str]
    optional: dict[str, str]
    open: bool


class Checked(Answer):
    """`problems` of the flow and of its test cases; `exits` of each node, empty if the flow cannot be read."""

    problems: list[Problem]
    exits: dict[str, NodeExits]


class DraftSaved(Checked):
    lock: int
    updated_at: datetime


class CheckAsked(Request):
    body: Plain
    tests: Tests | None = None


class PublishAsked(Request):
    """`lock`: the save of the draft that is meant. `expected`: the version `alias` must stand for until now, 0: none.

    `expected` left out: the one it stands for when this is asked. `anyway`: although tests fail.
    """

    message: SomeLine
    lock: Lock
    alias: Alias = "live"
    expected: Lock | None = None
    anyway: bool = False


class Published(Answer):
    """`failed`: names of test cases that failed and were passed over."""

    version: int
    alias: str
    problems: list[Problem]
    failed: list[str]


class AliasAsked(Request):
    """`expected`: the version it must stand for until now, 0: none; left out: any.

    `anyway`: although the version has faults by the rules of today.
    """

    version: Version
    expected: Lock | None = None
    anyway: bool = False


class RollbackAsked(Request):
    """`to`: a version; left out: the one before. `anyway`: although it has faults by the rules of today."""

    alias: Alias = "live"
    to: Version | None = None
    anyway: bool = False


class AliasMoved(Answer):
    """`problems`: what is wrong with the version by the rules of today; errors only if it was taken anyway."""

    alias: str
    version: int
    was: int | None
    problems: list[Problem]


class DiffAsked(Asked):
    """A version's number, an alias, draft or shipped."""

    a: Reference
    b: Reference


class BodiesAsked(Request):
    a: Plain
    b: Plain


class ChangeShown(Answer):
    """One difference. `sort`: added, removed, changed, renamed. `node` empty: the flow's own; `field` empty: all of it.

    `text`: the same for people.
    """

    sort: str
    node: str
    field: str
    before: Any = None
    after: Any = None
    text: str


class Differences(Answer):
    changes: list[ChangeShown]


class Heard(Answer):
    """Something the caller heard, `at_s` seconds after the call began; `key` empty: told, not heard."""

    at_s: float
    text: str
    key: str = ""
    language: str = ""
    cut: bool = False


class CaseRun(Answer):
    name: str
    passed: bool
    failures: list[str]
    heard: list[Heard]
    path: list[str]


class Covered(Answer):
    """How many nodes and exits test cases pass: `share` 0..1; `missed`: nodes, and exits as `node -> exit`."""

    nodes: int
    exits: int
    share: float
    missed: list[str]


class TestRun(Answer):
    __test__ = False

    passed: int
    failed: int
    cases: list[CaseRun]
    coverage: Covered


class RunAsked(Request):
    """`tests` left out: those of the draft, or of the live version."""

    body: Plain
    tests: Tests | None = None


class TrafficAsked(Asked):
    """`since`: how far back, such as 90m, 24h or 7d. `version`: only calls on this one."""

    since: Back = "24h"
    version: Version | None = None


class TrafficRow(Answer):
    """Calls that left a node by an exit ("": they were there last). `outcomes`: calls by what became of them."""

    node: str
    exit: str
    visits: int
    calls: int
    outcomes: dict[str, int]


class Traffic(Answer):
    since: datetime
    until: datetime
    rows: list[TrafficRow]


class CallsAsked(TrafficAsked):
    """`node`, `exit`: only calls that passed it there. `cursor`: the `next` of the answer before."""

    node: Reference | None = None
    exit: Annotated[str, StringConstraints(pattern=r"^([a-z0-9][a-z0-9_-]{0,63})?$")] | None = None
    cursor: Annotated[str, StringConstraints(max_length=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class CallShown(Answer):
    """A call that was in a flow, since `entered_at`. What the acd has not recorded is null."""

    id: str
    entered_at: datetime
    version: int
    caller: str | None = None
    did: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    queue: str | None = None
    agent: str | None = None
    outcome: str | None = None


class VisitShown(Answer):
    seq: int
    flow: str
    version: int
    node: str
    exit: str
    at: datetime


class Trail(Answer):
    """One call's way: `visits` of nodes in order, `inputs` as the caller gave them (nothing secret is kept)."""

    call: CallShown | None
    visits: list[VisitShown]
    inputs: list[dict[str, Any]]


class Usage(Answer):
    """What leads to a flow: numbers, and flows that run it (live)."""

    numbers: list[Leads]
    flows: list[str]


class ExportAsked(Asked):
    """`flow`: only this one."""

    alias: Alias = "live"
    flow: FlowName | None = None


class ImportAsked(Asked):
    """A zip of what `export` gives. `dry_run`: only say what would be published."""

    message: SomeLine
    alias: Alias = "live"
    dry_run: bool = False


class Taken(Answer):
    """A flow of an import: the version it has now (or would have), whether that is new, which the alias stood for.

    `problems`: warnings.
    """

    name: str
    version: int
    is_new: bool
    was: int | None
    problems: list[Problem]
