"""The shapes of chats and messages in the REST API."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from conversations.models import Chat, Message
from conversations.services import several
from happ_project.core.api.serializers import Maybe, Said, Serializer

SOURCES = (
    "TELEGRAM",
    "TELEGRAM_BOT",
    "INSTAGRAM",
    "WHATSAPP",
    "MESSENGER",
    "ECHAT",
    "CUSTOM_MESSENGER",
    "VIBER_BOT",
    "WIDGET",
    "PLATFORM",
    "MOBILE",
    "API",
    "AI",
    "PLAYGROUND",
)
LONGEST_TEXT = 32_000


class MessageShape(Serializer):
    """What `selectors.message_json` gives."""

    id = serializers.UUIDField()
    chat_id = serializers.UUIDField()
    role = serializers.ChoiceField(Message.Role.choices)
    source = serializers.ChoiceField(SOURCES)  # type: ignore[assignment]
    type = serializers.ChoiceField(Message.Type.choices)
    specific_type = Maybe()
    content = serializers.CharField(help_text="The text.")
    text = serializers.CharField(help_text="The same as `content`.")
    transcription = Maybe(help_text="Of an audio message.")
    file_url = Maybe(help_text="Signed; works for some days.")
    audio_url = Maybe()
    duration = serializers.FloatField(allow_null=True, help_text="Of a recording, in seconds, if the messenger says.")
    waveform = serializers.ListField(
        child=serializers.IntegerField(), allow_null=True, help_text="Of a voice note: how loud it is, 0 to 31."
    )
    external_id = Maybe(help_text="Its id in the messenger.")
    session_id = Maybe()
    from_id = Maybe()
    to_id = Maybe()
    function_call_id = Maybe()
    function_call_name = Maybe()
    function_call_input = Maybe()
    function_call_output = Maybe()
    status = serializers.ChoiceField(Message.Status.choices)
    status_detail = Maybe()
    model = Maybe(help_text="The model that wrote it.")
    input_tokens = serializers.IntegerField(allow_null=True)
    output_tokens = serializers.IntegerField(allow_null=True)
    sent_at = serializers.DateTimeField(help_text="When it was written, as the messenger says.")
    created_at = serializers.DateTimeField(help_text="When it was stored.")
    updated_at = serializers.DateTimeField()


class MessagesWritten(MessageShape):
    """What was written; of several files the first message, and all of them in `messages`."""

    messages = MessageShape(many=True, required=False)


class ChatShape(Serializer):
    """What `selectors.chat_json` gives."""

    id = serializers.UUIDField()
    display_name = serializers.CharField()
    external_id = serializers.CharField(help_text="Its id in the messenger.")
    integration_id = serializers.UUIDField()
    source = serializers.ChoiceField(SOURCES)  # type: ignore[assignment]
    assistant_id = serializers.UUIDField(allow_null=True)
    is_under_ai_control = serializers.BooleanField()
    ai_disable_reason = serializers.ChoiceField(Chat.DisableReason.choices, allow_null=True)
    handoff_reason = Maybe()
    needs_attention = serializers.BooleanField()
    contact = serializers.DictField(child=serializers.CharField(), help_text="What was noted of the customer.")
    is_group = serializers.BooleanField()
    unread_count = serializers.IntegerField()
    last_message_at = serializers.DateTimeField()
    last_message_text = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ChatWithMessages(ChatShape):
    messages = MessageShape(many=True)


class PageShape(Serializer):
    skip = serializers.IntegerField()
    take = serializers.IntegerField()
    number = serializers.IntegerField(help_text="Counted from 1.")
    count = serializers.IntegerField(help_text="How many pages there are.")


class ChatList(Serializer):
    data = ChatWithMessages(many=True)  # type: ignore[assignment]
    total_count = serializers.IntegerField()
    page = PageShape()


class ChatFilters(Serializer):
    search = serializers.CharField(required=False, help_text="In the name, user name or phone.")
    integration_id = serializers.UUIDField(required=False)
    is_under_ai_control = serializers.BooleanField(required=False, allow_null=True, default=None)
    unread = serializers.BooleanField(required=False, default=False)


class ChatDraft(Serializer):
    assistant_id = serializers.UUIDField(required=False, allow_null=True)
    display_name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    external_id = serializers.CharField(
        max_length=200, required=False, help_text="Your own id of the customer; the same one gives the same chat."
    )


class ChatChange(Serializer):
    display_name = serializers.CharField(max_length=200, required=False)
    contact = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=500),
        required=False,
        help_text="Ours: fields to note, such as `email`; an empty one is taken back.",
    )
    is_under_ai_control = serializers.BooleanField(required=False, help_text="As PATCH …/ai-control.")
    ai_disable_reason = serializers.ChoiceField(Chat.DisableReason.choices, required=False, allow_null=True)


class AiControl(Serializer):
    is_under_ai_control = serializers.BooleanField()
    ai_disable_reason = serializers.ChoiceField(
        Chat.DisableReason.choices, required=False, allow_null=True, help_text="`manual` if not given."
    )


class AiControlled(Said):
    ai_control_enabled = serializers.BooleanField()


class AssistantChoice(Serializer):
    assistant_id = serializers.UUIDField()


class ChatSaid(Said):
    chat = ChatShape()


class LastMessagesOf(Serializer):
    chat_ids = serializers.CharField(help_text="Ids of chats, separated by commas.")


class MessageText(Serializer):
    """The text under either of its names."""

    text = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, allow_null=True)
    content = serializers.CharField(
        max_length=LONGEST_TEXT, required=False, allow_blank=True, allow_null=True, help_text="Another name of `text`."
    )

    def validate(self, attrs: dict) -> dict:
        content = attrs.pop("content", None)
        attrs["text"] = attrs.get("text") or content or ""
        return attrs


class AttachedFile(Serializer):
    """One of several files, by either of its names."""

    file_id = serializers.UUIDField(required=False, help_text="A file from `POST /api/files`.")
    file_url = serializers.CharField(max_length=2000, required=False, help_text="Its address instead.")


class MessageDraft(MessageText):
    """A message to be written into a chat. What happens depends on the role: see docs/api.md."""

    chat_id = serializers.CharField()
    source = serializers.ChoiceField(SOURCES)  # type: ignore[assignment]
    role = serializers.ChoiceField(Message.Role.choices)
    type = serializers.ChoiceField(Message.Type.choices)
    specific_type = Maybe(max_length=40, required=False)
    external_id = Maybe(max_length=200, required=False)
    session_id = Maybe(max_length=200, required=False)
    from_id = Maybe(max_length=200, required=False)
    to_id = Maybe(max_length=200, required=False)
    transcription = Maybe(max_length=LONGEST_TEXT, required=False)
    file_id = serializers.UUIDField(required=False, help_text="A file from `POST /api/files`.")
    file_url = Maybe(
        max_length=2000, required=False, help_text="An address from `POST /api/files`; other addresses are refused."
    )
    audio_url = Maybe(max_length=2000, required=False, help_text="As `fileUrl`.")
    attachments = serializers.ListField(
        child=AttachedFile(),
        required=False,
        max_length=several.MOST,
        help_text="Several files at once, in order, instead of `fileId`: an album where the messenger has albums, "
        "else a message for each.",
    )
    sticker_id = Maybe(
        max_length=20, required=False, help_text="A sticker by the messenger's own number of it (Viber bot)."
    )
    function_call_id = Maybe(max_length=200, required=False)
    function_call_name = Maybe(max_length=200, required=False)
    function_call_input = Maybe(max_length=LONGEST_TEXT, required=False)
    function_call_output = Maybe(max_length=LONGEST_TEXT, required=False)
    client_id = Maybe(
        max_length=100, required=False, help_text="Your own id of this message: sent twice, it is written once."
    )

    def validate(self, attrs: dict) -> dict:
        """An empty field is one that was not given."""
        attrs = super().validate(attrs)
        return {name: value for name, value in attrs.items() if name == "text" or value not in (None, "")}


class MessageChange(MessageDraft):
    """The text can be changed; the other fields are taken, and change nothing about a message that was written."""

    chat_id = serializers.CharField(required=False)
    source = serializers.ChoiceField(SOURCES, required=False)
    role = serializers.ChoiceField(Message.Role.choices, required=False)
    type = serializers.ChoiceField(Message.Type.choices, required=False)

    def validate(self, attrs: dict) -> dict:
        attrs = super().validate(attrs)
        if not attrs["text"]:
            raise serializers.ValidationError({"text": _("Give the new text.")})
        return attrs


class BriefMessageDraft(MessageDraft):
    """The older form: only the text, sent to the customer as from a person."""

    chat_id = serializers.HiddenField(default="")  # type: ignore[assignment]
    source = serializers.ChoiceField(SOURCES, default="API")
    role = serializers.ChoiceField(Message.Role.choices, default=Message.Role.ASSISTANT)
    type = serializers.ChoiceField(Message.Type.choices, default=Message.Type.TEXT)
