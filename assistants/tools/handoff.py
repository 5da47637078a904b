"""The tool with which a model hands the chat to a person; a structured call, never a magic word in the text."""

from typing import get_args

from assistants.llm.model import HANDOFF, Tool, ToolCall
from assistants.types import HandoffCategory

_CATEGORIES = ("customer_asked", "not_known", "complaint", "other")

TOOL = Tool(
    name=HANDOFF,
    description=(
        "Hand this chat to a person of the company and stop answering in it. Use it when the customer asks for a "
        "person, when the knowledge does not hold the answer, or when the instructions say so. "
        "`message` is the last thing the customer reads from you; write nothing besides it."
    ),
    parameters={
        "type": "object",
        "properties": {
            "message": {"type": "string", "description": "One or two sentences to the customer, in their language."},
            "reason": {"type": "string", "description": "Why, in a few words, for the colleague who takes over."},
            "category": {
                "type": "string",
                "enum": list(_CATEGORIES),
                "description": "customer_asked: they want a person. not_known: the answer is not in the knowledge.",
            },
        },
        "required": ["message", "reason", "category"],
        "additionalProperties": False,
    },
)


def message(call: ToolCall) -> str:
    """What the model wants to tell the customer; '' if it sent nothing usable."""
    return _text(call, "message")


def reason(call: ToolCall) -> str:
    return _text(call, "reason")


def category(call: ToolCall) -> HandoffCategory:
    """`other` where the model named none that we know."""
    named = _text(call, "category")
    return next((each for each in get_args(HandoffCategory) if each == named and named in _CATEGORIES), "other")


def _text(call: ToolCall, key: str) -> str:
    value = (call.arguments or {}).get(key)
    return value.strip() if isinstance(value, str) else ""
