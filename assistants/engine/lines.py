"""What an assistant says of itself, whatever model speaks for it, in the customer's language."""

_DISCLOSURE = {
    "en": "You are talking to an automatic assistant. Write “operator” to reach a person.",
    "uk": "З вами говорить автоматичний помічник. Щоб покликати людину, напишіть «оператор».",
    "ru": "С вами говорит автоматический помощник. Чтобы позвать человека, напишите «оператор».",
}


def disclosure(language: str) -> str:
    """Said once, before the first answer."""
    return _DISCLOSURE.get(language) or _DISCLOSURE["en"]
