"""The tool with which a model hands the chat to a person; a structured call, never a magic word in the text."""

from assistants.llm.model import HANDOFF, Tool, ToolCall

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
        },
        "required": ["message", "reason"],
        "additionalProperties": False,
    },
)


def message(call: ToolCall) -> str:
    """What the model wants to tell the customer; '' if it sent nothing usable."""
    return _text(call, "message")


def reason(call: ToolCall) -> str:
    return _text(call, "reason")


def _text(call: ToolCall, key: str) -> str:
    value = (call.arguments or {}).get(key)
    return value.strip() if isinstance(value, str) else ""
