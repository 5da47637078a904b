"""Messages in the REST API."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from conversations import selectors
from conversations.api import chats as chats_api
from conversations.api import serializers as shapes
from conversations.models import Chat, Message
from conversations.services import carriage, inbound, outbound, several
from happ_project.core.api import ids, paging
from happ_project.core.api.naming import camel
from happ_project.core.api.serializers import Deleted, read
from happ_project.core.api.views import CompanyAPIView
from happ_project.files import services as files
from happ_project.files.models import StoredFile

IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="The same as `clientId` in the body."
)
_NAMES = ("file_id", "file_url", "audio_url")
"""What a draft calls a file by."""
_RECORDS_ONLY = {Message.Type.FUNCTION_CALL, Message.Type.FUNCTION_CALL_OUTPUT}


def _messages() -> QuerySet[Message]:
    return Message.objects.select_related("file", "turn", "chat__integration__address").filter(
        deleted_at=None, chat__deleted_at=None, chat__put_away_at=None
    )


class Messages(CompanyAPIView):
    @extend_schema(
        operation_id="getMessages",
        tags=["messages"],
        parameters=[OpenApiParameter("chatId", UUID, required=True), *paging.PARAMETERS],
        responses=shapes.MessageShape(many=True),
    )
    def get(self, request: Request) -> Response:
        """The messages of a chat, oldest first."""
        chat_id = request.query_params.get("chatId")
        if not chat_id:
            raise ValidationError({"chatId": "Chat ID is required"})
        return Response(_page_of(chats_api.find(chat_id, name="chatId"), request))

    @extend_schema(
        operation_id="createMessage",
        tags=["messages"],
        parameters=[IDEMPOTENCY],
        request=shapes.MessageDraft,
        responses={
            201: shapes.MessagesWritten,
            200: OpenApiResponse(shapes.AiControlled, description="The text was `/bot` and was obeyed."),
        },
    )
    def post(self, request: Request) -> Response:
        """Write a message into a chat.

        `User` is the customer: the assistant may answer. `Assistant` goes to the customer through the chat's channel,
        and counts as a person's (which pauses the AI) unless `source` is `AI`. `System`, `Developer` and function
        calls are only stored.
        """
        draft = read(shapes.MessageDraft, request.data)
        return _write(chats_api.find_named(draft.pop("chat_id")), draft, request)


class MessagesOfChat(CompanyAPIView):
    """The older documentation's addresses."""

    @extend_schema(
        operation_id="getMessagesOfChat",
        tags=["messages"],
        parameters=paging.PARAMETERS,
        responses=shapes.MessageShape(many=True),
    )
    def get(self, request: Request, chat_id: str) -> Response:
        """The messages of the chat, oldest first."""
        return Response(_page_of(chats_api.find(chat_id), request))

    @extend_schema(
        operation_id="sendMessageToChat",
        tags=["messages"],
        parameters=[IDEMPOTENCY],
        request=shapes.BriefMessageDraft,
        responses={201: shapes.MessageShape},
    )
    def post(self, request: Request, chat_id: str) -> Response:
        """Send a text to the customer: `{"content": "…"}`."""
        chat = chats_api.find(chat_id)
        draft = read(shapes.BriefMessageDraft, request.data)
        return _write(chat, draft, request)


def _page_of(chat: Chat, request: Request) -> list[dict[str, Any]]:
    rows = paging.read(request).of(selectors.messages(chat.pk))
    return [selectors.message_json(row) for row in rows]


def _write(chat: Chat, draft: dict[str, Any], request: Request) -> Response:
    key = draft.pop("client_id", "") or request.headers.get("Idempotency-Key", "")
    if len(key) > 100:
        raise ValidationError({"Idempotency-Key": _("At most 100 characters.")})
    role, source, kind = draft["role"], draft["source"], draft["type"]
    details = _details(draft)
    if draft.get("attachments"):
        return _write_several(chat, draft, key, source=source, **details)
    file = _file_of(draft)
    if kind in _RECORDS_ONLY or role in {Message.Role.SYSTEM, Message.Role.DEVELOPER}:
        message: Message | None = _store(chat, key, role=role, text=draft["text"], source=source, type=kind, **details)
    elif role == Message.Role.USER:
        external_id = draft.get("external_id", "")
        message = _as_customer(
            chat, text=draft["text"], client_key=key, source=source, type=kind, file=file, external_id=external_id,
            transcription=draft.get("transcription", ""), **details,
        )  # fmt: skip
    else:
        sticker = draft.get("sticker_id", "")
        details["specific_type"] = carriage.STICKER if sticker else details["specific_type"]
        message = _send(
            chat, text=draft["text"], file=file, sticker_ref=sticker, source=source, client_key=key, **details
        )
    if message is None:
        chat.refresh_from_db()
        return Response(chats_api.ai_control_said(chat))
    return Response(selectors.message_json(message), status=201)


def _write_several(chat: Chat, draft: dict[str, Any], key: str, **fields: Any) -> Response:
    """A message for each of the files; the answer is the first, with all of them beside it."""
    role, kind = draft["role"], draft["type"]
    if kind in _RECORDS_ONLY or role not in {Message.Role.USER, Message.Role.ASSISTANT}:
        raise ValidationError({"attachments": _("Files go with messages of the customer or the assistant only.")})
    if any(name in draft for name in (*_NAMES, "sticker_id")):
        raise ValidationError({"attachments": _("Give all files here, and none beside it.")})
    found = [_file_of(each) for each in draft["attachments"]]
    stored = [file for file in found if file is not None]
    if len(stored) < len(found):
        raise ValidationError({"attachments": _("Each needs a fileId or a fileUrl.")})
    try:
        if role == Message.Role.USER:
            written = several.write_as_customer(
                chat, files=stored, text=draft["text"], client_key=key, type=kind, **fields
            )
        else:
            written = several.send(chat, files=stored, text=draft["text"], client_key=key, **fields)
    except outbound.NotSendable as refusal:
        raise ValidationError({camel(refusal.field): str(refusal)}) from None
    if not written:
        chat.refresh_from_db()
        return Response(chats_api.ai_control_said(chat))
    told = [selectors.message_json(message) for message in written]
    return Response({**told[0], "messages": told}, status=201)


def _details(draft: dict[str, Any]) -> dict[str, Any]:
    """What is kept with the message and changes nothing about its journey."""
    known = {"sessionId": "session_id", "fromId": "from_id", "toId": "to_id"}
    call = {part: f"function_call_{part}" for part in ("id", "name", "input", "output")}
    return {
        "specific_type": draft.get("specific_type", ""),
        "ids": {name: draft[field] for name, field in known.items() if field in draft},
        "call": {part: draft[field] for part, field in call.items() if field in draft},
    }


def _file_of(draft: dict[str, Any]) -> StoredFile | None:
    """The stored file that the draft names by id or by our own address."""
    for name in _NAMES:
        if draft.get(name):
            given = draft[name]
            file_id = given if name == "file_id" else files.id_in_url(given)
            found = StoredFile.objects.filter(pk=file_id).first() if file_id else None
            if found is None:
                text = _("There is no such file here. Upload it with POST /api/files and give its fileId.")
                raise ValidationError({camel(name): text})
            return found
    return None


def _known(chat: Chat, **key: str) -> Message | None:
    return Message.objects.filter(chat=chat, **key).first() if all(key.values()) else None


def _store(chat: Chat, key: str, **fields: Any) -> Message:
    try:
        with transaction.atomic():
            return outbound.store_only(chat, client_key=key, **fields)
    except IntegrityError:
        known = _known(chat, client_key=key)
        if known is None:
            raise
        return known


def _as_customer(chat: Chat, *, text: str, file: StoredFile | None, external_id: str, **fields: Any) -> Message:
    if not text.strip() and file is None and not fields["transcription"] and fields["type"] != Message.Type.SPECIFIC:
        raise ValidationError({"text": _("There is nothing to write: give a text or a file.")})
    try:
        with transaction.atomic():
            return inbound.write_as_customer(chat, text=text, file=file, external_id=external_id, **fields)
    except IntegrityError:
        # the messenger's id is known: the same message came a second time
        known = _known(chat, external_id=external_id)
        if known is None:
            raise
        return known


def _send(chat: Chat, **fields: Any) -> Message | None:
    try:
        return outbound.send(chat, **fields)
    except outbound.NotSendable as refusal:
        raise ValidationError({camel(refusal.field): str(refusal)}) from None


class LastMessages(CompanyAPIView):
    @extend_schema(
        operation_id="getLastMessages",
        tags=["messages"],
        parameters=[shapes.LastMessagesOf],
        responses=OpenApiResponse(
            {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/MessageShape"}},
            description="The last message of each chat, by the chat's id; chats without one are left out.",
        ),
    )
    def get(self, request: Request) -> Response:
        """The last message of several chats in one call."""
        text = read(shapes.LastMessagesOf, request.query_params)["chat_ids"]
        wanted = [ids.parse(part.strip(), "chatIds") for part in text.split(",") if part.strip()]
        if len(wanted) > paging.MOST:
            raise ValidationError({"chatIds": _("At most %d chats at once.") % paging.MOST})
        found = selectors.last_message_of_each(wanted)
        return Response({str(chat_id): selectors.message_json(message) for chat_id, message in found.items()})


class OneMessage(CompanyAPIView):
    def _row(self, message_id: str) -> Message:
        return ids.find(_messages(), message_id, what=_("message"))

    @extend_schema(operation_id="getMessage", tags=["messages"], responses=shapes.MessageShape)
    def get(self, request: Request, message_id: str) -> Response:
        """One message."""
        return Response(selectors.message_json(self._row(message_id)))

    @extend_schema(
        operation_id="updateMessage", tags=["messages"], request=shapes.MessageChange, responses=shapes.MessageShape
    )
    def patch(self, request: Request, message_id: str) -> Response:
        """Correct its text in our history; one that we sent also at the customer's, where the messenger can."""
        message = self._row(message_id)
        change = read(shapes.MessageChange, request.data, partial=True)
        return Response(selectors.message_json(outbound.edit(message, change["text"])))

    @extend_schema(operation_id="deleteMessage", tags=["messages"], responses={200: Deleted})
    def delete(self, request: Request, message_id: str) -> Response:
        """Take it out of our history; one that we sent is also taken back, where the messenger can."""
        outbound.delete(self._row(message_id))
        return Response({"message": "Message deleted successfully", "id": message_id})
