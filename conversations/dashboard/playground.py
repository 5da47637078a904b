"""The playground: the real journey on the company's own hidden channel, by the draft, with why beside what was said.

A second side, with another model, other instructions or a published version, hears the same words: those to come, and
those said before, which both sides then answer once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from assistants import selectors as mind
from assistants.models import Assistant
from assistants.services import providers, trials, versions
from conversations import selectors
from conversations.dashboard import presenting, tracing
from conversations.models import AiTurn, Chat
from conversations.services import chats, inbound, rehearsing, replaying, speaking
from happ_project.companies.dashboard.access import in_company
from happ_project.core import ids
from integrations import selectors as switchboard

_SHOWN = 100
_LONGEST = 4000
_LONGEST_PROMPT = 20_000
_MOST_VERSIONS = 30
_SIDES = ("a", "b")


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the chats that are compared, as the page shows it."""

    key: str
    chat: Chat
    speaker: Assistant
    model: str
    lines: list[presenting.Line]
    writing: bool
    to_come: int
    """Lines of the conversation that is had once more, still to be said."""


def _assistant(assistant_id: UUID) -> Assistant:
    return get_object_or_404(Assistant, pk=assistant_id, deleted_at=None)


def _name(request: HttpRequest, assistant: Assistant, key: str) -> str:
    return f"{request.user.pk}:{assistant.pk}" + ("" if key == "a" else f":{key}")


def _chat(request: HttpRequest, assistant: Assistant, key: str, trial: dict[str, Any] | None = None) -> Chat:
    """This person's test chat with this assistant; made when first looked at."""
    chat = chats.create(
        integration=switchboard.built_in("playground"),
        external_id=_name(request, assistant, key),
        assistant=assistant,
        display_name=str(request.user),
        speaks_draft=True,
    )
    if trial is not None or not chat.speaks_draft:
        chat.trial, chat.speaks_draft = trial or {}, True
        chat.save(update_fields=["trial", "speaks_draft"])
    return chat


def _chats(request: HttpRequest, assistant: Assistant) -> list[tuple[str, Chat]]:
    """The first side always, the second one while something is compared."""
    name = _name(request, assistant, "b")
    found = Chat.objects.filter(integration=switchboard.built_in("playground"), external_id=name, deleted_at=None)
    keys = _SIDES if found.exists() else _SIDES[:1]
    return [(key, _chat(request, assistant, key)) for key in keys]


def _context(request: HttpRequest, assistant: Assistant) -> dict[str, Any]:
    sides = [_side(request, key, chat) for key, chat in _chats(request, assistant)]
    return {
        "assistant": assistant,
        "sides": sides,
        "comparing": len(sides) > 1,
        "chats": " ".join(str(side.chat.pk) for side in sides),
        "client_key": ids.new_id(),
    }


def _side(request: HttpRequest, key: str, chat: Chat) -> Side:
    messages = selectors.latest_messages(chat.pk, take=_SHOWN)
    speaker = speaking.speaker(chat)
    assert speaker is not None
    return Side(
        key=key,
        chat=chat,
        speaker=speaker,
        model=providers.describe(speaker),
        lines=presenting.lines(messages, reader=request.user, own_source="PLAYGROUND"),
        writing=selectors.is_ai_writing(chat.pk),
        to_come=replaying.to_come(chat),
    )


def _whole(request: HttpRequest, assistant: Assistant) -> HttpResponse:
    context = _context(request, assistant) | {
        "versions": versions.history(assistant)[:_MOST_VERSIONS],
        "models": [name for name in (providers.BUILTIN, *(each.name for each in mind.llm_models("text"))) if name],
        "builtin": providers.BUILTIN,
    }
    return render(request, "conversations/_playground.html", context)


@require_GET
@never_cache
@in_company
def show(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    return _whole(request, _assistant(assistant_id))


@require_GET
@never_cache
@in_company
def live(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    return render(request, "conversations/_playground_live.html", _context(request, _assistant(assistant_id)))


@require_POST
@in_company
def say(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    """The same words to every side."""
    assistant = _assistant(assistant_id)
    text = request.POST.get("text", "").strip()[:_LONGEST]
    if text:
        for _key, chat in _chats(request, assistant):
            inbound.write_as_customer(chat, text=text, client_key=request.POST.get("clientKey", "")[:100])
    return render(request, "conversations/_playground_live.html", _context(request, assistant))


@require_GET
@never_cache
@in_company
def trace(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    """Why: of the answer that is named, else of the latest one on each side."""
    assistant = _assistant(assistant_id)
    own = [chat for _key, chat in _chats(request, assistant)]
    wanted = request.GET.get("turn", "")
    finished = AiTurn.objects.exclude(outcome="")
    if wanted.isdecimal() and len(wanted) < 19:
        turns = list(finished.filter(pk=int(wanted), chat__in=own))
    else:
        latest = [finished.filter(chat=chat).order_by("-id").first() for chat in own]
        turns = [turn for turn in latest if turn is not None]
    context = {"traces": [tracing.of_turn(turn) for turn in turns], "comparing": len(own) > 1}
    return render(request, "conversations/_playground_trace.html", context)


@require_POST
@in_company
def setup(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    """Choose what a side speaks by, or end the comparison. The conversation so far is had once more, on every side."""
    assistant = _assistant(assistant_id)
    known = _chats(request, assistant)
    if request.POST.get("end"):
        for _key, chat in known[1:]:
            chats.delete(chat)
        return _whole(request, assistant)
    wanted = {key: replaying.settings_of(chat) for key, chat in known}
    side = request.POST.get("side", "")
    if side in _SIDES:
        wanted[side] = _trial(assistant, request)
    lines, recorded = rehearsing.of_chat(known[0][1])
    for _key, chat in known:
        chats.delete(chat)
    for key, trial in wanted.items():
        replaying.begin(_chat(request, assistant, key, trial), lines=lines, recorded=recorded)
    return _whole(request, assistant)


def _trial(assistant: Assistant, request: HttpRequest) -> dict[str, Any]:
    """What was chosen, without what is as it would be anyway."""
    chosen: dict[str, Any] = {
        name: request.POST.get(name, "").replace("\r\n", "\n").strip()[:_LONGEST_PROMPT] for name in trials.TRIED
    }
    number = request.POST.get("version", "")
    if number.isdecimal() and len(number) < 9 and versions.history(assistant).filter(number=int(number)).exists():
        chosen["version"] = int(number)
    return {name: value for name, value in chosen.items() if value}


@require_POST
@in_company
def restart(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    """Forget what was said and begin anew, by the same settings."""
    assistant = _assistant(assistant_id)
    for key, chat in _chats(request, assistant):
        chats.delete(chat)
        _chat(request, assistant, key, replaying.settings_of(chat))
    return _whole(request, assistant)
