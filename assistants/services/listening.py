"""Who writes down voice messages for a company: its own server, else the platform's, else nobody."""

from uuid import UUID

from django.conf import settings

from assistants import selectors
from assistants.errors import ModelRejected
from assistants.llm import listening, servers
from assistants.llm.listening import Listener
from assistants.models import ModelSettings
from assistants.services import budgets, usage
from happ_project.companies.models import Company

LARGEST = listening.LARGEST
TAKEN = frozenset(listening.EXTENSIONS)
"""Kinds of files that go as they are."""


def is_possible(company_id: UUID) -> bool:
    """Whether somebody listens; a cheap question."""
    return _of(company_id) is not None


def transcribe(company_id: UUID, data: bytes, *, mime: str, assistant_id: UUID | None = None, subject: str = "") -> str:
    """The words of a recording; "" where nothing is said. Never inside a transaction.

    Raises `ModelUnavailable` (try later) and `ModelRejected` (trying again is useless), also where the budget is spent.
    """
    listener = _of(company_id)
    if listener is None:
        raise ModelRejected("nobody listens any more")
    budgets.refuse_if_spent(Company.objects.get(pk=company_id))
    text, used = listener.transcribe(data, mime=mime)
    usage.record(
        company_id=company_id,
        purpose=usage.Purpose.TRANSCRIPTION,
        usage=used,
        assistant_id=assistant_id,
        subject=subject,
    )
    return text


def _of(company_id: UUID) -> Listener | None:
    own = selectors.model_settings(company_id)
    if own is not None and own.enabled:
        if not own.listens:
            return None
        found = _own(own)
        if found:
            return found
    return _platforms()


def _own(own: ModelSettings) -> Listener | None:
    """A server of one's own may write texts only: it is asked when its owner named a model for this."""
    elsewhere = own.transcription_url
    url, key = elsewhere or own.base_url, own.credentials.get("transcription_key" if elsewhere else "api_key") or ""
    if servers.is_official(url):
        return Listener(api_key=key, model=own.transcription_model or listening.DEFAULT_MODEL) if key else None
    if not own.transcription_model:
        return None
    return Listener(api_key=key or "none", base_url=url, model=own.transcription_model)


def _platforms() -> Listener | None:
    elsewhere = settings.OPENAI_TRANSCRIPTION_URL
    url = elsewhere or settings.OPENAI_BASE_URL
    key = settings.OPENAI_TRANSCRIPTION_KEY or ("" if elsewhere else settings.OPENAI_API_KEY)
    model = settings.OPENAI_TRANSCRIPTION_MODEL
    if servers.is_official(url):
        return Listener(api_key=key, model=model or listening.DEFAULT_MODEL, operator=True) if key else None
    return Listener(api_key=key or "none", base_url=url, model=model, operator=True) if model else None
