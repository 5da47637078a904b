"""What the SDK's exceptions mean for a turn: try later, or never again; no text of theirs that may hold a key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assistants.errors import ModelRejected, ModelTooSlow, ModelUnavailable
from assistants.llm import servers
from happ_project.core.text import gettext_noop as _

if TYPE_CHECKING:
    import openai

_LONGEST_REASON = 200
FAILED = _("the model failed")
TOO_SLOW = _("the model took too long")
ANSWERED = _("the model server answered with an error")


@contextmanager
def translated(*, model: str) -> Iterator[None]:
    """Raises `ModelUnavailable` or `ModelRejected` for whatever the SDK raises inside."""
    import httpx2  # noqa: TID251 - what breaks in the middle of a stream reaches us as its error, not the SDK's
    import openai

    try:
        yield
    except openai.APIConnectionError as error:
        if isinstance(error.__cause__, httpx2.UnsupportedProtocol):
            raise ModelRejected(_("the address of the model server is not one that may be called")) from None
        if isinstance(error.__cause__, httpx2.ReadTimeout):
            raise ModelTooSlow(TOO_SLOW) from None
        raise ModelUnavailable(_("the model server cannot be reached")) from None
    except openai.APIStatusError as error:
        raise _from_status(error, model) from None
    except openai.APIError as error:  # an error inside a stream
        if error.code in servers.NO_QUOTA:
            raise ModelRejected(_("the account has no quota left")) from None
        raise ModelUnavailable(f"{FAILED}: {str(error.code or error.message)[:_LONGEST_REASON]}") from None
    except openai.OpenAIError:
        raise ModelRejected(_("there is no key for the model server")) from None
    except httpx2.ReadTimeout:
        raise ModelTooSlow(TOO_SLOW) from None
    except httpx2.TransportError:
        raise ModelUnavailable(_("the answer broke off")) from None


def _from_status(error: openai.APIStatusError, model: str) -> Exception:
    status = error.status_code
    if status in {401, 403}:
        return ModelRejected(_("the key is not accepted"))
    if error.code in servers.NO_QUOTA or status == 402:
        return ModelRejected(_("the account has no quota left"))
    if status == 404:
        return ModelRejected(f"{_('the model is not known there')}: {model}")
    if servers.is_busy(status):
        return ModelUnavailable(f"{ANSWERED}: {status}", retry_after=servers.retry_after(error.response.headers))
    said = error.body.get("message", "") if isinstance(error.body, dict) else ""
    return ModelRejected(f"{_('the request was refused')}: {status} {str(said)[:_LONGEST_REASON]}".rstrip())
