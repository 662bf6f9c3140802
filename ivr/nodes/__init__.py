"""The kinds of node a flow is made of, one module each: its fields (pydantic) and its behaviour.

A new kind is one module and one entry in `KINDS` and `AnyNode`. `v` is the version of a kind's fields; a change of a
field's meaning or default is a new one, so that stored flows never change what they mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from ivr.nodes.branch import BranchNode, Case, SetNode
from ivr.nodes.collect import CollectNode
from ivr.nodes.hangup import HangupNode
from ivr.nodes.hours import HoursNode
from ivr.nodes.menu import Choice, MenuNode
from ivr.nodes.music import MusicNode
from ivr.nodes.node import Node, Step
from ivr.nodes.play import PlayNode
from ivr.nodes.queue import QueueNode
from ivr.nodes.say import SayNode
from ivr.nodes.split import SplitNode
from ivr.nodes.subflow import ReturnNode, SubflowNode

AnyNode = Annotated[
    PlayNode
    | SayNode
    | MenuNode
    | CollectNode
    | HoursNode
    | BranchNode
    | SetNode
    | SplitNode
    | QueueNode
    | MusicNode
    | SubflowNode
    | ReturnNode
    | HangupNode,
    Field(discriminator="kind"),
]

# In the order of the documentation: talking, asking, deciding, waiting, leading elsewhere.
KINDS: Final[Mapping[str, type[Node]]] = {
    "play": PlayNode,
    "say": SayNode,
    "menu": MenuNode,
    "collect": CollectNode,
    "hours": HoursNode,
    "branch": BranchNode,
    "set": SetNode,
    "split": SplitNode,
    "queue": QueueNode,
    "music": MusicNode,
    "subflow": SubflowNode,
    "return": ReturnNode,
    "hangup": HangupNode,
}

__all__ = [
    "KINDS",
    "AnyNode",
    "BranchNode",
    "Case",
    "Choice",
    "CollectNode",
    "HangupNode",
    "HoursNode",
    "MenuNode",
    "MusicNode",
    "Node",
    "PlayNode",
    "QueueNode",
    "ReturnNode",
    "SayNode",
    "SetNode",
    "SplitNode",
    "Step",
    "SubflowNode",
]
