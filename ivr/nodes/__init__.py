"""The kinds of node a flow is made of, one module each: its fields (pydantic) and its behaviour.

A new kind is one module and one entry in `KINDS` and `AnyNode`. `v` is the version of a kind's fields; a change of a
field's meaning or default is a new one, so that stored flows never change what they mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from ivr.nodes.branch import BranchNode, Case, SetNode
from ivr.nodes.callback import CallbackNode
from ivr.nodes.caller import CallerNode
from ivr.nodes.collect import CollectNode
from ivr.nodes.consent import ConsentNode
from ivr.nodes.hangup import HangupNode
from ivr.nodes.hours import HoursNode
from ivr.nodes.http import HttpNode
from ivr.nodes.language import LanguageNode, Offer
from ivr.nodes.menu import Choice, MenuNode
from ivr.nodes.music import MusicNode
from ivr.nodes.node import Node, Step
from ivr.nodes.payment import PaymentNode, PromiseNode
from ivr.nodes.place import PlaceNode
from ivr.nodes.play import PlayNode
from ivr.nodes.queue import QueueNode
from ivr.nodes.say import SayNode
from ivr.nodes.split import SplitNode
from ivr.nodes.subflow import ReturnNode, SubflowNode
from ivr.nodes.survey import Question, SurveyNode
from ivr.nodes.transfer import TransferNode
from ivr.nodes.voicemail import VoicemailNode

AnyNode = Annotated[
    PlayNode
    | SayNode
    | MenuNode
    | CollectNode
    | LanguageNode
    | HoursNode
    | BranchNode
    | SetNode
    | SplitNode
    | CallerNode
    | HttpNode
    | QueueNode
    | MusicNode
    | PlaceNode
    | CallbackNode
    | VoicemailNode
    | TransferNode
    | ConsentNode
    | SurveyNode
    | PaymentNode
    | PromiseNode
    | SubflowNode
    | ReturnNode
    | HangupNode,
    Field(discriminator="kind"),
]

# In the order of the documentation: talking, asking, deciding, waiting, promising, leading elsewhere.
KINDS: Final[Mapping[str, type[Node]]] = {
    "play": PlayNode,
    "say": SayNode,
    "menu": MenuNode,
    "collect": CollectNode,
    "language": LanguageNode,
    "hours": HoursNode,
    "branch": BranchNode,
    "set": SetNode,
    "split": SplitNode,
    "caller": CallerNode,
    "http": HttpNode,
    "queue": QueueNode,
    "music": MusicNode,
    "place": PlaceNode,
    "callback": CallbackNode,
    "voicemail": VoicemailNode,
    "transfer": TransferNode,
    "consent": ConsentNode,
    "survey": SurveyNode,
    "payment": PaymentNode,
    "promise": PromiseNode,
    "subflow": SubflowNode,
    "return": ReturnNode,
    "hangup": HangupNode,
}

__all__ = [
    "KINDS",
    "AnyNode",
    "BranchNode",
    "CallbackNode",
    "CallerNode",
    "Case",
    "Choice",
    "CollectNode",
    "ConsentNode",
    "HangupNode",
    "HoursNode",
    "HttpNode",
    "LanguageNode",
    "MenuNode",
    "MusicNode",
    "Node",
    "Offer",
    "PaymentNode",
    "PlaceNode",
    "PlayNode",
    "PromiseNode",
    "Question",
    "QueueNode",
    "ReturnNode",
    "SayNode",
    "SetNode",
    "SplitNode",
    "Step",
    "SubflowNode",
    "SurveyNode",
    "TransferNode",
    "VoicemailNode",
]
