"""Words that call a person, by language: the usual ones, and how they and a company's own are found in a message."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from functools import cache

USUAL: dict[str, tuple[str, ...]] = {
    "en": ("operator", "human", "person", "real person", "live agent", "human agent", "manager", "representative"),
    "uk": ("оператор", "людина", "жива людина", "живий оператор", "менеджер", "консультант", "адміністратор"),
    "pl": ("operator", "konsultant", "człowiek", "pracownik", "doradca"),
    "de": ("Mensch", "Mitarbeiter", "Mitarbeiterin", "Berater", "Operator", "echter Mensch"),
    "ru": ("оператор", "человек", "живой человек", "живой оператор", "менеджер", "консультант", "администратор"),
    "fr": ("humain", "conseiller", "conseillère", "opérateur", "agent", "vraie personne"),
    "es": ("humano", "agente", "operador", "operadora", "persona", "persona real"),
    "it": ("umano", "operatore", "operatrice", "agente", "persona reale"),
    "pt": ("humano", "atendente", "operador", "pessoa", "pessoa real"),
    "ro": ("om", "operator", "consultant", "persoană reală", "agent uman"),
    "hu": ("ember", "operátor", "ügyintéző", "munkatárs"),
    "cs": ("člověk", "operátor", "pracovník", "živý člověk"),
    "sk": ("človek", "operátor", "pracovník", "živý človek"),
    "bg": ("човек", "оператор", "консултант", "жив човек"),
    "hr": ("čovjek", "operater", "djelatnik", "stvarna osoba"),
    "sr": ("човек", "оператер", "čovek", "operater", "živa osoba"),
    "sl": ("človek", "operater", "svetovalec"),
    "lt": ("žmogus", "operatorius", "konsultantas"),
    "lv": ("cilvēks", "operators", "konsultants"),
    "et": ("inimene", "operaator", "klienditeenindaja"),
    "fi": ("ihminen", "asiakaspalvelija", "operaattori"),
    "sv": ("människa", "operatör", "kundtjänst", "riktig person"),
    "nb": ("menneske", "operatør", "kundebehandler"),
    "da": ("menneske", "operatør", "medarbejder"),
    "nl": ("mens", "medewerker", "operator", "echt persoon"),
    "el": ("άνθρωπος", "εκπρόσωπος", "χειριστής", "σύμβουλος"),
    "tr": ("insan", "temsilci", "müşteri temsilcisi", "operatör", "canlı destek"),
    "he": ("נציג", "נציגה", "אדם", "נציג אנושי", "מוקדן"),
    "ar": ("موظف", "إنسان", "شخص", "ممثل", "موظف حقيقي"),
    "ka": ("ოპერატორი", "ადამიანი"),
    "hy": ("օպերատոր", "մարդ"),
    "az": ("operator", "insan", "əməkdaş"),
    "kk": ("оператор", "адам", "маман"),
    "hi": ("इंसान", "ऑपरेटर", "एजेंट", "प्रतिनिधि"),
    "zh": ("人工", "客服", "人工客服", "真人", "转人工"),
    "ja": ("オペレーター", "担当者", "人間", "有人対応"),
    "ko": ("상담원", "상담사", "사람"),
    "vi": ("nhân viên", "người thật", "tổng đài viên"),
    "id": ("operator", "manusia", "petugas", "agen"),
    "th": ("เจ้าหน้าที่", "พนักงาน", "คนจริง"),
}
"""Each calls by itself, with nothing around it but courtesy: "operator, please"."""
EVERYWHERE = ""
"""Stands for every language among a company's own words."""
_LONGEST = 40
"""A longer message that merely holds a word is left to the model: it may say "not an operator"."""
_WORD = re.compile(r"\w+")
_CYRILLIC = re.compile("[а-яіїєґ]")
_VOWELS = "аеиоуюяіїєьэы"
_LONGEST_ENDING = 3
_COURTESY = frozenset(
    """please pls hi hello hey a an the i need want now
    будь ласка добрий день вітаю привіт мені треба потрібен потрібна хочу
    пожалуйста здравствуйте привет мне нужен нужна хочу
    prosze poprosze bitte ein einen eine por favor un una s il vous plait per te plait um uma va rog kerem prosim
    моля molim prosimo prasau ludzu palun kiitos tack takk tak alsjeblieft παρακαλω lutfen""".split()  # noqa: SIM905
)


def calls(text: str, codes: Collection[str], own: Mapping[str, Iterable[str]], *, usual: Collection[str]) -> bool:
    """Whether a message in one of the languages `codes` has one of the `own` words, or is one of the usual ones.

    `own` are by language, those of `EVERYWHERE` count in each; they count anywhere in a short message. `usual` are the
    languages whose usual words count. Whole words only, in any case, with or without accents; of words in Cyrillic
    letters also other endings: "оператора".
    """
    said = words(text)
    if sum(map(len, said)) + len(said) - 1 > _LONGEST:
        return False
    for code in (EVERYWHERE, *codes):
        if any(_rest(said, words(word)) is not None for word in own.get(code, ())):
            return True
    return any(_is_all(said, wanted) for code in codes if code in usual for wanted in _usual(code))


def words(text: str) -> list[str]:
    """Without accents and in one case."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return _WORD.findall(plain.casefold())


@cache
def _usual(code: str) -> tuple[list[str], ...]:
    """Each message is held against all of them: they are taken apart once."""
    return tuple(words(word) for word in USUAL.get(code, ()))


def _is_all(said: list[str], wanted: list[str]) -> bool:
    rest = _rest(said, wanted)
    return rest is not None and all(each in _COURTESY for each in rest)


def _rest(said: list[str], wanted: list[str]) -> list[str] | None:
    """What is said around the wanted words; None where they are not among it, in their order."""
    for start in range(len(said) - len(wanted) + 1 if wanted else 0):
        part = said[start : start + len(wanted)]
        if all(_is_form(each, word) for each, word in zip(part, wanted, strict=True)):
            return said[:start] + said[start + len(wanted) :]
    return None


def _is_form(said: str, word: str) -> bool:
    if said == word:
        return True
    if len(word) < 4 or not _CYRILLIC.search(word):
        return False
    stem = word[:-1] if word[-1] in _VOWELS else word
    return said.startswith(stem) and len(said) - len(stem) <= _LONGEST_ENDING
