"""About how many tokens something is: where nobody has counted them, or a call ended before its provider said so."""

from __future__ import annotations

import json
from collections.abc import Sequence

from assistants.llm.model import Message, Tool

BYTES_OF_TOKEN = 4
"""Of UTF-8, about: that fits English and Cyrillic alike, and every model."""
_A_LINE = 4
"""What says whose words they are."""
_A_PICTURE = 800
"""Of the size that ours are made to; models differ."""


def tokens(size: int) -> int:
    """Of a text of so many bytes."""
    return -(-size // BYTES_OF_TOKEN)


def prompt(messages: Sequence[Message], tools: Sequence[Tool]) -> int:
    """What a model is sent, with its tools and pictures."""
    told = [message.text for message in messages]
    told += [json.dumps([call.name, call.arguments]) for message in messages for call in message.calls]
    told += [json.dumps([tool.name, tool.description, tool.parameters], ensure_ascii=False) for tool in tools]
    pictures = sum(len(message.pictures) for message in messages)
    return sum(tokens(len(text.encode())) + _A_LINE for text in told) + pictures * _A_PICTURE
