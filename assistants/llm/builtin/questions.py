"""What is asked in the customer's last messages: several questions in a burst, follow-ups, a number from our list."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistants import language
from assistants.llm.builtin import phrases, smalltalk
from assistants.llm.model import Message

_MOST_QUESTIONS = 4
_LONGEST = 300
_PLACEHOLDER = re.compile(r"^\[[\w -]+\]$")
_QUESTION_END = re.compile(r"(?<=\?)\s+(?=\S)")
_CONNECTIVE = re.compile(
    r"^(?:and|but|what about|how about|also|then|or|а|і|й|та|але|ну|або|ще|и|но|или|ещё|еще)\b", re.IGNORECASE
)
_REFERRING = frozenset(
    {"it", "that", "this", "there", "them", "those", "це", "цього", "туди", "там", "їх", "його", "её"}
)
_PREPOSITION = re.compile(
    r"^(?:to|in|into|for|from|at|by|on|with|within|до|в|у|на|по|за|для|з|із|зі|від|из|с|от|к)\s", re.IGNORECASE
)
_ENDED = re.compile(r"[.!?…:;]\W*$")
_FEW_WORDS = 3
_OPTION = re.compile(r"^(\d)\. (.+)$", re.MULTILINE)
_CHOICE = re.compile(r"^\W*(?:№|#|no\.?|номер|number)?\s*([1-3])\W*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """One thing asked; `context` is what was asked just before, if this one may lean on it.

    `continues`: no question of its own, but the end of the one before: "how much is delivery", "to Lviv?".
    """

    text: str
    context: str = ""
    continues: bool = False

    @property
    def leans(self) -> bool:
        """Does it look as if it went on from the question before: "and on Saturday?"."""
        words = language.words(self.text)
        return bool(
            _CONNECTIVE.match(self.text) or len(words) <= _FEW_WORDS or any(word in _REFERRING for word in words)
        )


@dataclass(frozen=True, slots=True)
class Burst:
    """The customer's messages since our last word."""

    texts: tuple[str, ...]
    kinds: frozenset[str]
    questions: tuple[Question, ...]
    only_attachments: bool
    asked_back: bool
    """Our last word was that we are not sure."""

    @property
    def joined(self) -> str:
        """All of it as one question: people press Enter in the middle of a thought."""
        return " ".join(question.text for question in self.questions)[:_LONGEST]


def read(conversation: Sequence[Message]) -> Burst:
    """`conversation`: what customer and assistant said, oldest first."""
    told = [message for message in conversation if message.role != "system"]
    place = max((n for n, message in enumerate(told) if message.role == "assistant"), default=-1)
    texts = tuple(message.text for message in told[place + 1 :])
    last_word = told[place].text if place >= 0 else ""
    kinds: set[str] = set()
    context = _last_question([message.text for message in told[: place + 1] if message.role == "user"])
    questions: list[Question] = []
    attachments = 0
    for text in texts:
        if _PLACEHOLDER.match(text.strip()):
            attachments += 1
            continue
        for piece in pieces(text):
            kind = smalltalk.kind_of(piece)
            chosen = _chosen(piece, kind, last_word)
            if chosen:
                questions.append(Question(chosen))
            elif kind:
                kinds.add(kind)
            else:
                continues = bool(questions) and _goes_on(questions[-1].text, piece)
                questions.append(Question(piece[:_LONGEST], context, continues))
                context = piece[:_LONGEST]
    return Burst(
        texts=texts,
        kinds=frozenset(kinds),
        questions=tuple(questions[-_MOST_QUESTIONS:]),
        only_attachments=bool(attachments) and attachments == len(texts),
        asked_back=_asked_back(last_word),
    )


def _goes_on(before: str, piece: str) -> bool:
    few = len(language.words(piece)) <= _FEW_WORDS
    return few and bool(_PREPOSITION.match(piece)) and not _ENDED.search(before)


def pieces(text: str) -> list[str]:
    """A message cut after its question marks; its greeting, if more follows, is a piece of its own."""
    whole = text.strip()
    if smalltalk.kind_of(whole):
        return [whole]
    rest = smalltalk.without_greeting(whole)
    head = whole[: len(whole) - len(rest)]
    return [piece.strip() for piece in (head, *_QUESTION_END.split(rest)) if piece.strip()]


def options(text: str) -> list[str]:
    """The questions that we offered in a message of ours."""
    return [title.strip() for _, title in _OPTION.findall(text)] if _asked_back(text) else []


def _chosen(piece: str, kind: str, last_word: str) -> str:
    offered = options(last_word)
    number = _CHOICE.match(piece)
    if number and int(number[1]) <= len(offered):
        return offered[int(number[1]) - 1]
    return offered[0] if kind == "yes" and len(offered) == 1 else ""


def _asked_back(text: str) -> bool:
    return any(text.startswith(phrases.say("unsure", code)) for code in phrases.LANGUAGES)


def _last_question(texts: Sequence[str]) -> str:
    for text in reversed(texts):
        for piece in reversed(pieces(text)):
            if not smalltalk.kind_of(piece) and not _PLACEHOLDER.match(piece):
                return piece[:_LONGEST]
    return ""
