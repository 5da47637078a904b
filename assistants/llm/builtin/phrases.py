"""What the built-in answerer says besides the knowledge, in the customer's language."""

from assistants import colleague

LANGUAGES = ("en", "uk", "ru")
_BEFORE_A_PERSON = frozenset({"person", "unknown", "picture"})

_PHRASES: dict[str, dict[str, str]] = {
    "greeting": {
        "en": "Hello! How can I help you?",
        "uk": "Вітаю! Чим можу допомогти?",
        "ru": "Здравствуйте! Чем могу помочь?",
    },
    "hello": {"en": "Hello!", "uk": "Вітаю!", "ru": "Здравствуйте!"},
    "thanks": {
        "en": "You are welcome! Write if you need anything else.",
        "uk": "Прошу! Пишіть, якщо знадобиться ще щось.",
        "ru": "Пожалуйста! Пишите, если понадобится ещё что-нибудь.",
    },
    "goodbye": {"en": "Goodbye, and have a nice day!", "uk": "До побачення, гарного дня!", "ru": "До свидания!"},
    "person": {
        "en": "I am calling a colleague. They will answer you here.",
        "uk": "Кличу колегу. Вам відповідять тут.",
        "ru": "Зову коллегу. Вам ответят здесь.",
    },
    "bot": {
        "en": "I am an automatic assistant and answer from what this company wrote down for me. "
        "If you would like to talk to a person, write “operator”.",
        "uk": "Я автоматичний помічник і відповідаю з того, що компанія для мене записала. "
        "Якщо хочете поговорити з людиною, напишіть «оператор».",
        "ru": "Я автоматический помощник и отвечаю из того, что компания для меня записала. "
        "Если хотите поговорить с человеком, напишите «оператор».",
    },
    "unsure": {
        "en": "I am not sure that I understood you. Do you mean one of these? Answer with its number, "
        "or put it in other words.",
        "uk": "Я не впевнений, що правильно зрозумів. Можливо, ви про це? Надішліть номер "
        "або запитайте іншими словами.",
        "ru": "Я не уверен, что правильно понял. Может быть, вы об этом? Пришлите номер или спросите другими словами.",
    },
    "unknown": {
        "en": "I have no answer to that, so I am calling a colleague. They will answer you here.",
        "uk": "На це в мене немає відповіді, тому кличу колегу. Вам відповідять тут.",
        "ru": "На это у меня нет ответа, поэтому зову коллегу. Вам ответят здесь.",
    },
    "partly": {
        "en": "About the rest I am not sure: write “operator” if you would like to ask a person.",
        "uk": "Щодо решти я не впевнений: напишіть «оператор», якщо хочете запитати людину.",
        "ru": "Насчёт остального я не уверен: напишите «оператор», если хотите спросить человека.",
    },
    "picture": {
        "en": "I cannot look at this, so I am calling a colleague. They will answer you here.",
        "uk": "Я не можу це переглянути, тому кличу колегу. Вам відповідять тут.",
        "ru": "Я не могу это посмотреть, поэтому зову коллегу. Вам ответят здесь.",
    },
}


def say(key: str, language: str) -> str:
    """The phrase in the language, or in English when it is none of ours; that a person takes over is said in many."""
    texts = _PHRASES[key]
    if key in _BEFORE_A_PERSON and language not in texts:
        return colleague.answers_soon(language)
    return texts.get(language) or texts["en"]
