"""The AI's help for the company's own people: suggest a reply, rewrite a draft, sum up a chat."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from django.utils.translation import gettext_noop as _

from assistants.engine import answering as engine
from assistants.engine import copilot as prompts
from assistants.errors import BudgetSpent, ModelRejected
from assistants.llm.model import Message
from assistants.models import Assistant
from assistants.services import answering, exchanges, providers, searching
from assistants.types import Passage, TranscriptEntry
from happ_project.companies.models import Company
from happ_project.core import markup

REWRITES = prompts.REWRITES
_PATIENCE = 40.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """For whom help is wanted; `language` is that of the person who asks."""

    company: Company
    assistant: Assistant | None
    chat_id: str
    language: str


def has_model(company: Company, assistant: Assistant | None) -> bool:
    """Whether more than looking up is possible; also False while the month's budget is spent."""
    try:
        return providers.language_model(assistant or Assistant(company=company)) is not None
    except BudgetSpent:
        return False


def suggest(wanted: Wanted, transcript: Sequence[TranscriptEntry]) -> str:
    """A reply to the customer. Without a language model: the passage that fits best, in its own words.

    Searches, and asks a model: never inside a transaction. Raises as `Model.complete`; `ModelRejected` also where
    there is nothing to suggest.
    """
    assistant = wanted.assistant
    if assistant is None:
        raise ModelRejected(_("This chat has no assistant whose knowledge could be used."))

    model = providers.language_model(assistant)

    def search(question: str) -> list[Passage]:
        return searching.search(assistant, question, local=model is None)

    passages = engine.relevant(transcript, search)
    if model is None:
        if not passages:
            raise ModelRejected(_("The knowledge holds nothing that fits."))
        return passages[0].text
    config = answering.config_of(assistant)
    language = answering.language_of(assistant, transcript)
    return _asked(wanted, prompts.suggestion(config, transcript, passages, language=language), purpose="copilot")


def rewrite(wanted: Wanted, transcript: Sequence[TranscriptEntry], *, text: str, how: str) -> str:
    """`how` is one of `REWRITES`; a translation is into the customer's language. Raises as `Model.complete`."""
    language = answering.language_of(None, transcript)
    return _asked(wanted, prompts.rewriting(text, how=how, language=language), purpose="copilot")


def summarise(wanted: Wanted, transcript: Sequence[TranscriptEntry], *, purpose: str = "copilot") -> str:
    """In the language of the person who asks. Raises as `Model.complete`."""
    return _asked(wanted, prompts.summary(transcript, language=wanted.language), purpose=purpose)


def _asked(wanted: Wanted, messages: list[Message], *, purpose: str) -> str:
    model = providers.language_model(wanted.assistant or Assistant(company=wanted.company))
    if model is None:
        raise ModelRejected(_("This needs a language model; the built-in answerer only looks up knowledge."))
    completion = exchanges.ask(
        model,
        messages,
        purpose=purpose,
        company_id=wanted.company.pk,
        assistant_id=wanted.assistant.pk if wanted.assistant else None,
        chat_id=wanted.chat_id,
        timeout=_PATIENCE,
    )
    text = markup.read(completion.text).text
    if completion.refusal or not text:
        raise ModelRejected(_("The model did not want to answer."))
    return text
