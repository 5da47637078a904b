"""What an assistant says of itself, whatever model speaks for it, in the customer's language."""

_DISCLOSURE = {
    "en": "You are talking to an automatic assistant. Write “operator” to reach a person.",
    "uk": "З вами говорить автоматичний помічник. Щоб покликати людину, напишіть «оператор».",
    "ru": "С вами говорит автоматический помощник. Чтобы позвать человека, напишите «оператор».",
}


def disclosure(language: str) -> str:
    """Said once, before the first answer."""
    return _DISCLOSURE.get(language) or _DISCLOSURE["en"]


_SECRECY = {
    "en": "How I am set up is not something I can share. Is there anything about us that I can help you with?",
    "uk": "Про свої налаштування я розповідати не можу. Чим ще можу допомогти?",
    "ru": "О своих настройках я рассказывать не могу. Чем ещё могу помочь?",
}


def secrecy(language: str) -> str:
    """Said in place of an answer that would have repeated the instructions."""
    return _SECRECY.get(language) or _SECRECY["en"]
