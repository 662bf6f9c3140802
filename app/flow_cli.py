"""`callcenter flow …`: flows played in a terminal, checked, put to work."""

from __future__ import annotations

from typing import Final

from app.lazy import LazyGroup, Table

COMMANDS: Final[Table] = {
    "save": (
        "app.flow_draft_cli:save",
        "Keep a flow as a draft, with its faults if it has some; publish it as FLOW@draft.",
    ),
    "drafts": ("app.flow_draft_cli:drafts", "List the drafts."),
    "discard": ("app.flow_draft_cli:discard", "Delete a draft; what is published stays."),
    "publish": (
        "app.flow_life_cli:publish",
        "Make a flow the version that new calls get. Refused with node and field if anything is wrong with it.",
    ),
    "rollback": ("app.flow_life_cli:rollback", "Let new calls get an earlier version again."),
    "alias": (
        "app.flow_life_cli:alias_command",
        "Let an alias stand for a version: `flow alias main staging 7`.",
    ),
    "versions": ("app.flow_life_cli:versions", "List the versions of a flow, newest first."),
    "prune": (
        "app.flow_life_cli:prune",
        "Delete old versions that no alias, no call and no call back refers to.",
    ),
    "export": (
        "app.flow_life_cli:export",
        "Write flows with layout and test cases into a folder, such as that of a git repository.",
    ),
    "import": (
        "app.flow_life_cli:import_command",
        "Publish the flows of a folder that differ from what there is. All of them or, if one is at fault, none.",
    ),
    "diff": (
        "app.flow_look_cli:diff_command",
        "Say what differs between two flows: nodes and fields; layout does not count. Exit 1 if anything does.",
    ),
    "schema": ("app.flow_look_cli:schema", "Print the JSON Schema of flows, for editors and checkers."),
    "traffic": (
        "app.flow_look_cli:traffic",
        "Count where callers went: by node and exit, with what became of the calls.",
    ),
    "split": (
        "app.flow_look_cli:split",
        "Compare the ways of an A/B split: share served and satisfaction, each with the interval it lies in (95 %).",
    ),
    "run": (
        "app.flow_test_cli:run_command",
        "Play a flow: type the keys a caller would press. Its clock never waits.",
    ),
    "test": (
        "app.flow_test_cli:run_tests",
        "Run the test cases beside flows; say what they never pass. Exit 1 if one fails or too little is passed.",
    ),
    "mutate": (
        "app.flow_test_cli:mutate",
        "Put faults into a flow, one at a time; its test cases must fail on each. Exit 1 if more survive than allowed.",
    ),
    "replay": (
        "app.flow_replay_cli:replay_command",
        "Play what callers did through a draft; say where they would have gone instead. Nobody is called.",
    ),
    "check": (
        "app.flow_check_cli:check_command",
        "Say what is wrong with a flow; exit 1 if it could not be published.",
    ),
}

flow_app = LazyGroup("flow", help="Flows: what callers experience.", table=COMMANDS)
