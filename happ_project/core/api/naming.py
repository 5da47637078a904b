"""From Python's `first_message` to the API's `firstMessage`."""


def camel(name: str) -> str:
    """`first_message` → `firstMessage`."""
    head, *tail = name.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in tail)
