"""Between Python's `first_message` and the API's `firstMessage`."""

import re


def camel(name: str) -> str:
    """`first_message` → `firstMessage`."""
    head, *tail = name.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in tail)


def snake(name: str) -> str:
    """`firstMessage` → `first_message`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
