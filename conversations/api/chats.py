"""Chats in the REST API."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from assistants.models import Assistant
from conversations import selectors
from conversations.api import serializers as shapes
from conversations.models import Chat
from conversations.services import chats, contacts
from happ_project.core import ids as new_ids
from happ_project.core.api import ids, paging
from happ_project.core.api.serializers import Deleted, read
from happ_project.core.api.views import CompanyAPIView
from integrations import selectors as switchboard

_MESSAGES_SHOWN = 100


def find(chat_id: Any, *, name: str = "id") -> Chat:
    """The chat among those that people see; 404 otherwise, 400 naming the parameter if it is no id."""
    return ids.find(_seen(), chat_id, what=_("chat"), name=name)


def find_named(chat_id: Any) -> Chat:
    """The chat that a body or a query names; 400 naming the field otherwise."""
    found = _seen().filter(pk=ids.parse(chat_id, "chatId")).first()
    if found is None:
        raise ValidationError({"chatId": _("There is no such chat in this company.")})
    return found


def _seen() -> QuerySet[Chat]:
    return Chat.objects.in_inbox().select_related("integration__address__account", "assistant")


def _assistant(assistant_id: Any) -> Assistant:
    found = Assistant.objects.filter(pk=assistant_id, deleted_at=None).first()
    if found is None:
        raise ValidationError({"assistantId": _("There is no such assistant in this company.")})
    return found


class Chats(CompanyAPIView):
    @extend_schema(
        operation_id="getChats",
        tags=["chats"],
        parameters=[shapes.ChatFilters, *paging.PARAMETERS],
        responses=shapes.ChatList,
    )
    def get(self, request: Request) -> Response:
        """The chats of the inbox, the latest first, each with its last message."""
        page = paging.read(request)
        wanted = read(shapes.ChatFilters, request.query_params)
        on = wanted["is_under_ai_control"]
        rows = selectors.inbox(
            search=wanted.get("search", ""),
            integration_id=wanted.get("integration_id"),
            ai="" if on is None else "on" if on else "off",
            unread=wanted["unread"],
        )
        total = rows.count()
        found = page.of(rows)
        last = selectors.last_message_of_each(chat.pk for chat in found)
        data = [_with_messages(chat, [last[chat.pk]] if chat.pk in last else []) for chat in found]
        where = {"skip": page.skip, "take": page.take, "number": page.number, "count": -(-total // page.take)}
        return Response({"data": data, "totalCount": total, "page": where})

    @extend_schema(
        operation_id="createChat", tags=["chats"], request=shapes.ChatDraft, responses={200: shapes.ChatShape}
    )
    def post(self, request: Request) -> Response:
        """A chat that lives in this API: write as the customer with role `User`, and the assistant answers."""
        draft = read(shapes.ChatDraft, request.data)
        assistant = _assistant(draft["assistant_id"]) if draft.get("assistant_id") else None
        chat = chats.create(
            integration=switchboard.built_in("api"),
            external_id=draft.get("external_id") or str(new_ids.new_id()),
            assistant=assistant,
            display_name=draft.get("display_name", ""),
        )
        return Response(selectors.chat_json(chat))


def _with_messages(chat: Chat, messages: Any) -> dict[str, Any]:
    return {**selectors.chat_json(chat), "messages": [selectors.message_json(message) for message in messages]}


class OneChat(CompanyAPIView):
    @extend_schema(
        operation_id="getChat",
        tags=["chats"],
        parameters=[OpenApiParameter("include", str, description="`messages`: the last 100 of them, oldest first.")],
        responses=shapes.ChatWithMessages,
    )
    def get(self, request: Request, chat_id: str) -> Response:
        """One chat, with its messages if asked for."""
        chat = find(chat_id)
        if "messages" in request.query_params.get("include", "").split(","):
            return Response(_with_messages(chat, selectors.latest_messages(chat.pk, take=_MESSAGES_SHOWN)))
        return Response(selectors.chat_json(chat))

    @extend_schema(operation_id="updateChat", tags=["chats"], request=shapes.ChatChange, responses=shapes.ChatShape)
    def patch(self, request: Request, chat_id: str) -> Response:
        """Rename the chat, or switch its AI as the older documentation does."""
        chat = find(chat_id)
        changes = read(shapes.ChatChange, request.data, partial=True)
        with transaction.atomic():  # what is refused changes nothing
            chat = _changed(chat, changes)
        return Response(selectors.chat_json(chat))

    @extend_schema(operation_id="deleteChat", tags=["chats"], responses={200: Deleted})
    def delete(self, request: Request, chat_id: str) -> Response:
        """Delete the chat and all its messages."""
        chat = find(chat_id)
        chats.delete(chat)
        return Response({"message": "Chat deleted successfully", "id": chat_id})


def _changed(chat: Chat, changes: dict[str, Any]) -> Chat:
    if "display_name" in changes:
        chat = chats.rename(chat, changes["display_name"])
    if "contact" in changes:
        chat = contacts.write(chat, changes["contact"])
    if "is_under_ai_control" in changes:
        chat = _switch_ai(chat, changes)
    return chat


def _switch_ai(chat: Chat, wanted: dict[str, Any]) -> Chat:
    reason = wanted.get("ai_disable_reason") or Chat.DisableReason.MANUAL
    return chats.set_ai(chat, wanted["is_under_ai_control"], reason=reason)


class AiControl(CompanyAPIView):
    @extend_schema(
        operation_id="toggleAiControl", tags=["chats"], request=shapes.AiControl, responses=shapes.AiControlled
    )
    def patch(self, request: Request, chat_id: str) -> Response:
        """Switch the AI of this chat. Off stops an answer that is being made."""
        chat = find(chat_id)
        chat = _switch_ai(chat, read(shapes.AiControl, request.data))
        return Response(ai_control_said(chat))


def ai_control_said(chat: Chat) -> dict[str, Any]:
    """How the API tells the state of a chat's AI after a change."""
    return {"message": "ai enabled" if chat.ai_on else "ai disabled", "aiControlEnabled": chat.ai_on}


class AssignAssistant(CompanyAPIView):
    @extend_schema(
        operation_id="assignAssistant", tags=["chats"], request=shapes.AssistantChoice, responses=shapes.ChatSaid
    )
    def patch(self, request: Request, chat_id: str) -> Response:
        """Move this chat to another assistant of the company."""
        chat = find(chat_id)
        chosen = _assistant(read(shapes.AssistantChoice, request.data)["assistant_id"])
        chat = chats.assign_assistant(chat, chosen)
        return Response({"message": "Assistant assigned", "chat": selectors.chat_json(chat)})


class UnassignAssistant(CompanyAPIView):
    @extend_schema(operation_id="unassignAssistant", tags=["chats"], request=None, responses=shapes.ChatSaid)
    def patch(self, request: Request, chat_id: str) -> Response:
        """Take the assistant away from this chat: nobody but people answers in it."""
        chat = chats.assign_assistant(find(chat_id), None)
        return Response({"message": "Assistant unassigned", "chat": selectors.chat_json(chat)})
