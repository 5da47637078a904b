"""Which language somebody writes, by letters and small words."""

import re

from assistants import small_words

_ONLY_UKRAINIAN = re.compile(r"[іїєґ]")
_ONLY_RUSSIAN = re.compile(r"[ыэъё]")
_CYRILLIC = re.compile(r"[а-яіїєґыэъё]")
_LATIN = re.compile(r"[a-z]")
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*")

_UKRAINIAN = """
та що це як чи але де коли хто ви ми вони вже ще дуже будь ласка дякую вітаю привіт добрий доброго день дня так немає
треба потрібно можна скільки який яка яке чому для мене вас нас можете хочу дайте сьогодні завтра
"""
_RUSSIAN = """
что это как или но где когда кто вы мы уже очень пожалуйста спасибо здравствуйте привет добрый день да нет надо нужно
можно сколько какой какая почему для меня вас нас можете хочу дайте сегодня завтра если есть еще
"""
_UKRAINIAN_WORDS, _RUSSIAN_WORDS = frozenset(_UKRAINIAN.split()), frozenset(_RUSSIAN.split())


NAMES = {
    "en": "English", "uk": "Ukrainian", "pl": "Polish", "de": "German", "ru": "Russian", "fr": "French",
    "es": "Spanish", "it": "Italian", "pt": "Portuguese", "ro": "Romanian", "hu": "Hungarian", "cs": "Czech",
    "sk": "Slovak", "bg": "Bulgarian", "hr": "Croatian", "sr": "Serbian", "sl": "Slovenian", "lt": "Lithuanian",
    "lv": "Latvian", "et": "Estonian", "fi": "Finnish", "sv": "Swedish", "nb": "Norwegian Bokmål", "da": "Danish",
    "nl": "Dutch", "el": "Greek", "tr": "Turkish", "he": "Hebrew", "ar": "Arabic", "ka": "Georgian", "hy": "Armenian",
    "az": "Azerbaijani", "kk": "Kazakh", "hi": "Hindi", "zh": "Chinese", "ja": "Japanese", "ko": "Korean",
    "vi": "Vietnamese", "id": "Indonesian", "th": "Thai",
}  # fmt: skip
"""The languages an assistant can be told to keep to, by code; "Ukrainian" as a model is told."""


def code_of(text: str) -> str:
    """The code in "uk", "uk-UA", "UK_ua" or "Ukrainian"; another text as it is."""
    plain = text.strip().lower()
    short = plain.replace("_", "-").partition("-")[0]
    return short if short in NAMES else next((code for code, name in NAMES.items() if name.lower() == plain), text)


_SCRIPTS = (
    (re.compile(r"[іїєґ]"), ("uk",)),
    (re.compile(r"[ыэё]"), ("ru", "kk")),
    (re.compile(r"[а-яёәғқңөұүһ]"), ("uk", "ru", "bg", "sr", "kk")),
    (re.compile(r"[α-ωά-ώ]"), ("el",)),
    (re.compile(r"[א-ת]"), ("he",)),
    (re.compile(r"[\u0621-\u064a]"), ("ar",)),
    (re.compile(r"[ა-ჰ]"), ("ka",)),
    (re.compile(r"[ա-և]"), ("hy",)),
    (re.compile(r"[\u0900-\u097f]"), ("hi",)),
    (re.compile(r"[\u0e01-\u0e5b]"), ("th",)),
    (re.compile(r"[가-힣]"), ("ko",)),
    (re.compile(r"[ぁ-ヿ]"), ("ja",)),
    (re.compile(r"[一-鿿]"), ("zh", "ja")),
)
"""Letters, and who writes with them; what comes first decides."""
_FOREIGN = 3
"""From here on they are neither Cyrillic nor Latin."""
_LATIN_SCRIPT = frozenset(NAMES) - {code for _, codes in _SCRIPTS for code in codes} | {"sr"}


def possible(text: str) -> frozenset[str]:
    """The languages that a message may be written in, as far as its letters tell; a word alone tells no more."""
    lower = text.lower()
    for letters, codes in _SCRIPTS:
        if letters.search(lower):
            return frozenset(codes)
    return _LATIN_SCRIPT


def told(code: str) -> str:
    """A language as a model is told it; the customer's, for ''."""
    return NAMES.get(code, code) or "the language of the customer's last message"


def words(text: str) -> list[str]:
    """The words of a text, in lower case, with every sort of apostrophe made one."""
    return [word.replace("’", "'").replace("ʼ", "'") for word in _WORD.findall(text.lower())]


def detect(text: str) -> str:
    """'uk', 'ru' or 'en', as knowledge is told apart; '' when there is nothing to tell it by (numbers, pictures)."""
    lower = text.lower()
    cyrillic, latin = len(_CYRILLIC.findall(lower)), len(_LATIN.findall(lower))
    if not cyrillic and not latin:
        return ""
    if latin > cyrillic:
        return "en"
    found = words(lower)
    ukrainian = 2 * len(_ONLY_UKRAINIAN.findall(lower)) + sum(word in _UKRAINIAN_WORDS for word in found)
    russian = 2 * len(_ONLY_RUSSIAN.findall(lower)) + sum(word in _RUSSIAN_WORDS for word in found)
    return "ru" if russian > ukrainian else "uk"


def spoken(text: str) -> str:
    """The language to speak to whoever wrote this, of all that an assistant can be told to keep to; '' as `detect`."""
    lower, found = text.lower(), detect(text)
    for letters, codes in _SCRIPTS[_FOREIGN:]:
        if letters.search(lower):
            return codes[0]
    return small_words.language_of(words(text)) if found == "en" else found


def of_conversation(texts: list[str], *, default: str = "en") -> str:
    """The language of the newest of these texts (oldest first) that has one; short words alone do not change it."""
    found = ""
    for text in texts:
        language = spoken(text)
        if language and (not found or len(words(text)) > 1 or language == "uk"):
            found = language
    return found or default
