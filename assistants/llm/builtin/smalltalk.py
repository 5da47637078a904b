"""Greetings, thanks, goodbyes and calls for a person: understood by their words, whatever politeness surrounds them."""

import re
from typing import Literal

from assistants import language

Kind = Literal["greeting", "thanks", "goodbye", "person", "bot", "yes", "noted", ""]

_GREETINGS = """
hi hello hey hiya greetings morning afternoon evening yo question help
питання запитання підкажіть скажіть допоможіть допоможи вопрос подскажите помогите
привіт вітаю вітання здрастуйте здоровенькі добрий доброго доброї добридень добрыдень хай хелло хелоу алло ку
привет здравствуйте здрасте здравствуй
"""
_AROUND_GREETINGS = """
good day there everyone all dear sir madam team anybody anyone home somebody guys how are you doing is around can could
help me need a have i please with something
день дня ранок ранку вечір вечора вечер вечера утро утра добрий доброго добрый доброе дні час доби времени суток вам
усім всім ви тут є хтось шановні друзі пані пане дорогі дела справи ся маєте всем
можете можеш допомогти мені маю у мене є таке одне будь ласка пожалуйста меня есть
"""
_THANKS = """
thanks thank thx tnx ty cheers appreciate appreciated
дякую дякуємо дяки дяка спасибі спс вдячний вдячна вдячні спасибо благодарю пасиб пасибі
"""
_AROUND_THANKS = """
you so much very a lot for the your help answer reply info information quick fast again great good perfect super nice
cool awesome excellent ok okay got it understood that s helped all many everything really clear now i
вам дуже велике щиро за допомогу відповідь інформацію швидку швидко допомогли допоміг допомогла все усе зрозуміло
зрозуміла зрозумів ясно добре супер чудово класно круто гарно ок окей красно наперед большое очень за помощь ответ
понятно хорошо всё вы ви нам мені
"""
_GOODBYES = """
bye goodbye cya ciao farewell
бувайте бувай прощавайте пока побачення зустрічі бай свидания досвидания папа
"""
_AROUND_GOODBYES = """
see you later soon have a nice good great lovely day evening night weekend one then now for take care ok okay thanks
thank that s all and i will be go got to
до гарного вечора дня доброї ночі приємного тижня вихідних усього всього найкращого хорошого вам дякую спасибі на все
добраніч скорої швидкої поки я пішов пішла мушу бігти
"""
_FAREWELL_PHRASES = re.compile(
    r"\bsee (you|ya)\b|have a (nice|good|great|lovely) (day|evening|night|weekend|one)|take care\b|"
    r"(гарного|приємного|хорошого|чудового) (дня|вечора|тижня)|(гарних|приємних) вихідних|до зустрічі|до побачення|"
    r"на все добре|всього (найкращого|доброго)|добраніч|на добраніч|хорошего (дня|вечера)|всего (доброго|хорошего)"
)
# A person is asked for by a word for a person together with a wish to reach one. Words that wish for many other things
# as well count in short messages only: "may another person collect it?" is a question.
_PERSON = (
    r"(?:humans?|persons?|people|operator|agent|manager|supervisor|consultant|representative|staff|colleague|employee|"
    r"людин\w*|люди|людьми|оператор\w*|менеджер\w*|консультант\w*|адміністратор\w*|керівник\w*|співробітник\w*|"
    r"працівником|працівника|спеціаліст\w*|человек\w*|администратор\w*|сотрудник\w*)"
)
_ANYBODY = rf"(?:{_PERSON}|someone|somebody|кимось|кимсь|хтось|кого-небудь|кем-то)"
_REAL = r"(?:real|live|actual|living|human|жив\w*|реальн\w*|справжн\w*)"
_REACH = (
    r"(?:talk|speak|chat|connect|transfer|поговор\w*|говорити|говорить|спілкува\w*|зв'яж\w*|зв'язати\w*|з'єдна\w*|"
    r"переключ\w*|переведіть|поклич\w*|клич\w*|позовите|соедин\w*)"
)
_WISH = (
    r"(?:call|get|give|want|need|please|bring|дайте|дай|треба|потріб\w*|хочу|можна|будь ласка|нужен|нужна|пожалуйста|"
    r"можно)"
)
_CALL = re.compile(rf"\b{_REACH}\b.*\b{_ANYBODY}\b|\b{_PERSON}\b.*\b{_REACH}\b|\b{_REAL} {_PERSON}\b")
_SHORT_CALL = re.compile(rf"\b{_WISH}\b.*\b{_PERSON}\b|\b{_PERSON}\b.*\b{_WISH}\b|^{_PERSON}$")
_SHORT = 4
_BOTS = r"(?:bot|robot|machine|ai|бот|бота|ботом|боту|роботом|автовідповідач\w*|ші)"
_NO_BOT = re.compile(
    rf"\b(?:not|no|without|stop|besides|except|instead of|крім|окрім|без|не з|не с|кроме)\b.*\b{_BOTS}\b"
)
_BOT = re.compile(
    rf"\b(?:are|r) (?:you|u)\b.*\b(?:{_BOTS}|human|person|real)$|\bis (?:this|it) an? (?:{_BOTS}|human|person)\b|"
    rf"\b(?:ти|ви|це|ты|вы|это)\b.*\b(?:{_BOTS}|робот|людина|человек|живий|жива|живой|живая)$|"
    r"^(?:bot|robot|бот|робот)$|^who are you$|^(?:а )?хто (?:ти|ви)(?: такий| така| такі)?$|^кто (?:ты|вы)$"
)
_HOW_ARE_YOU = re.compile(r"^(?:how are you(?: doing| today)?|how is it going|як справи|як ся маєте|как дела)$")
_YES = frozenset({"yes", "yeah", "yep", "sure", "right", "exactly", "так", "ага", "угу", "саме", "да", "точно"})
_NOTED = frozenset(
    """ok okay okey k got it i see understood fine alright noted clear добре гаразд зрозуміло зрозумів зрозуміла ясно
    ок окей хорошо понятно ладно понял поняла""".split()  # noqa: SIM905
)
_OPENING = re.compile(r"(?P<head>[^,.!?\n]{1,40})[,.!\n]+(?P<rest>.*\w.*)$", re.DOTALL)
_TALKATIVE = 9
"""A longer message says more than its greeting."""

_SETS: list[tuple[Kind, frozenset[str], frozenset[str]]] = [
    ("goodbye", frozenset(_GOODBYES.split()), frozenset(_AROUND_GOODBYES.split() + _THANKS.split())),
    ("thanks", frozenset(_THANKS.split()), frozenset(_AROUND_THANKS.split())),
    ("greeting", frozenset(_GREETINGS.split()), frozenset(_AROUND_GREETINGS.split())),
]


def kind_of(text: str) -> Kind:
    """What the message is, if it is nothing but small talk or a call for a person; else ''."""
    found = language.words(text)
    plain = " ".join(found)
    if not found:
        return ""
    if len(found) > _TALKATIVE:
        return ""
    if _BOT.search(plain):
        return "bot"
    if _CALL.search(plain) or _NO_BOT.search(plain) or (len(found) <= _SHORT and _SHORT_CALL.search(plain)):
        return "person"
    if _FAREWELL_PHRASES.search(plain):
        return "goodbye"
    if _HOW_ARE_YOU.search(plain):
        return "greeting"
    for kind, core, around in _SETS:
        if any(word in core for word in found) and all(word in core or word in around for word in found):
            return kind
    if all(word in _YES for word in found):
        return "yes"
    return "noted" if all(word in _NOTED for word in found) else ""


def without_greeting(text: str) -> str:
    """The message without small talk at its beginning: "Hi! Where are you?" gives "Where are you?"."""
    opening = _OPENING.match(text)
    if opening and kind_of(opening["head"]) in {"greeting", "thanks"}:
        return opening["rest"].strip()
    return text
