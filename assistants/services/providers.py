"""Which model speaks for an assistant: the company's own, the platform's, or the built-in answerer."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from assistants import selectors
from assistants.errors import BudgetSpent, ModelRejected, ModelUnavailable
from assistants.llm import builtin, scripted
from assistants.llm.fallback import WithFallback
from assistants.llm.model import Model, Search
from assistants.llm.openai import DEFAULT_MODEL, OpenAIModel
from assistants.models import Assistant, ModelSettings
from assistants.services import budgets
from happ_project.core import wording

BUILTIN = builtin.NAME


def resolve(assistant: Assistant, *, search: Search) -> Model:
    """The company's settings, else the platform's, else the built-in answerer, which an assistant may also ask for.

    Raises `BudgetSpent` where that is so and the company has not chosen to go on with the built-in answerer.
    """
    return language_model(assistant) or _free(assistant, search)


def language_model(assistant: Assistant) -> Model | None:
    """What costs money, None where nothing does; the same for a company's people with `Assistant(company=…)`.

    Raises `BudgetSpent` as `resolve`; None where the company then goes on with the built-in answerer.
    """
    if _asks_for_free(assistant):
        return None
    chosen = _language_model(assistant, selectors.model_settings(assistant.company_id))
    budget = budgets.state(assistant.company) if chosen else None
    if budget is None or not budget.is_spent:
        return chosen
    if budget.when_spent == budgets.When.BUILTIN:
        return None
    raise BudgetSpent(budgets.SPENT)


def describe(assistant: Assistant) -> str:
    """What people are shown that answers them."""
    return describe_each([assistant])[0]


def describe_each(assistants: Iterable[Assistant]) -> list[str]:
    """The same for a list of assistants, with one query."""
    rows = list(assistants)
    stored = ModelSettings.objects.filter(company_id__in={row.company_id for row in rows})
    own = {row.company_id: row for row in stored}
    return [_(_choose(row, own.get(row.company_id), lambda question: ()).describe()) for row in rows]


def is_builtin(assistant: Assistant) -> bool:
    """Is it the built-in answerer that answers for it, as long as no budget is spent?"""
    own = selectors.model_settings(assistant.company_id)
    return _choose(assistant, own, lambda question: ()).searches


def names() -> list[str]:
    """What can be chosen without a key of one's own, beside the models that a key opens."""
    return [BUILTIN, scripted.NAME] if _scripted_allowed() else [BUILTIN]


def save_settings(
    company_id: UUID,
    *,
    api_key: str | None = None,
    transcription_key: str | None = None,
    **columns: Any,
) -> ModelSettings:
    """Keep the company's access; a key None keeps the stored one, if its address stays. Check it first: `check`.

    `columns` left out are as in a new row.
    """
    with transaction.atomic():
        ModelSettings.objects.get_or_create(company_id=company_id)
        found = ModelSettings.objects.select_for_update().get(company_id=company_id)
        row = ModelSettings(pk=found.pk, company_id=company_id, **columns)
        stored = dict(found.credentials)
        # a key goes only where its owner sent it: whoever changes the address has to know the key
        if found.base_url != row.base_url:
            stored.pop("api_key", None)
        if found.transcription_url != row.transcription_url:
            stored.pop("transcription_key", None)
        given = {"api_key": api_key, "transcription_key": transcription_key}
        row.credentials = {**stored, **{name: key for name, key in given.items() if key is not None}}
        row.save(force_update=True)
    return row


def forget_settings(company_id: UUID) -> None:
    ModelSettings.objects.filter(company_id=company_id).delete()


def check(candidate: ModelSettings) -> str:
    """Try the access before saving it: '' if it works, else a sentence that says what is wrong. Calls the server."""
    try:
        known = _of(candidate).names()
    except (ModelRejected, ModelUnavailable) as error:
        return wording.translated(str(error))
    for wanted in filter(None, (candidate.model or DEFAULT_MODEL, candidate.fallback_model)):
        if known and wanted not in known:
            return _("The key works, but it does not open the model %s.") % wanted
    return ""


def _choose(assistant: Assistant, own: ModelSettings | None, search: Search) -> Model:
    model = None if _asks_for_free(assistant) else _language_model(assistant, own)
    return model or _free(assistant, search)


def _asks_for_free(assistant: Assistant) -> bool:
    return assistant.model == BUILTIN or (assistant.model == scripted.NAME and _scripted_allowed())


def _free(assistant: Assistant, search: Search) -> Model:
    if assistant.model == scripted.NAME and _scripted_allowed():
        return scripted.ScriptedModel()
    return _builtin(assistant, search)


def _language_model(assistant: Assistant, own: ModelSettings | None) -> Model | None:
    if own and own.enabled and (own.credentials.get("api_key") or own.base_url):
        first = _of(own, name=assistant.model, temperature=assistant.temperature)
        reserve = own.fallback_model
        return _with_reserve(first, reserve, _of(own, name=reserve, temperature=assistant.temperature))
    if settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL:
        reserve = settings.OPENAI_FALLBACK_MODEL
        return _with_reserve(_platforms(assistant), reserve, _platforms(assistant, name=reserve))
    return None


def _with_reserve(first: Model, reserve: str, second: Model) -> Model:
    return WithFallback(first, second) if reserve and reserve != first.name else first


def _platforms(assistant: Assistant, *, name: str = "") -> OpenAIModel:
    return OpenAIModel(
        api_key=settings.OPENAI_API_KEY or "none",
        base_url=settings.OPENAI_BASE_URL,
        name=name or assistant.model or settings.OPENAI_MODEL,
        operator=True,
        temperature=assistant.temperature,
        sees=settings.OPENAI_SEES,
    )


def _of(own: ModelSettings, **changes: Any) -> OpenAIModel:
    return OpenAIModel(
        # servers of one's own often want no key, the SDK always does
        api_key=own.credentials.get("api_key") or "none",
        base_url=own.base_url,
        name=changes.pop("name", "") or own.model,
        sees=own.sees,
        **changes,
    )


def _builtin(assistant: Assistant, search: Search) -> Model:
    return builtin.BuiltinModel(search=search, language_code=assistant.language, first_message=assistant.first_message)


def _scripted_allowed() -> bool:
    return not settings.IS_PRODUCTION
