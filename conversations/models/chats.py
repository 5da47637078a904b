"""The desk: chats and their messages, and who speaks now."""

import re
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from happ_project.core import clock, formatted
from happ_project.core.formatted import Formatted
from happ_project.core.tenancy import CompanyOwned, scoped_manager
from happ_project.files import services as files

COMMAND = re.compile(r"^\s*/bot(?:@\w+)?(?:\s+(on|off))?\s*$", re.IGNORECASE)


class ChatQuerySet(models.QuerySet):
    def in_inbox(self) -> "ChatQuerySet":
        """Chats that people see: not deleted, and their integration is on."""
        return self.filter(deleted_at=None, put_away_at=None)


class Chat(CompanyOwned):
    """One customer on one channel. What the list shows is kept on the row, so that it reads in one query."""

    class DisableReason(models.TextChoices):
        MANUAL = "manual", _("Switched off by a person")
        AUTO = "auto", _("The assistant asked for a person")

    integration = models.ForeignKey("integrations.Integration", on_delete=models.CASCADE, related_name="chats")
    external_id = models.CharField(max_length=200, help_text="the chat's id at the messenger")
    assistant = models.ForeignKey(
        "assistants.Assistant", null=True, blank=True, on_delete=models.SET_NULL, related_name="chats"
    )
    assistant_version = models.ForeignKey(
        "assistants.AssistantVersion",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="what the present conversation began with; null: the newest, from the next turn on",
    )
    speaks_draft = models.BooleanField(default=False, db_default=False, help_text="a test of what is not published yet")
    trial = models.JSONField(
        default=dict,
        blank=True,
        db_default=models.Value({}, models.JSONField()),
        help_text="of a test: {version, model, prompt} in place of the draft's",
    )
    display_name = models.CharField(max_length=200, blank=True)
    username = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    is_group = models.BooleanField(default=False)
    ai_on = models.BooleanField(default=True)
    ai_disable_reason = models.CharField(max_length=10, blank=True, choices=DisableReason.choices)
    handoff_reason = models.CharField(max_length=200, blank=True)
    needs_attention = models.BooleanField(default=False)
    ai_changed_at = models.DateTimeField(default=clock.now)
    last_message_at = models.DateTimeField(default=clock.now)
    last_message_text = models.CharField(max_length=200, blank=True)
    last_message_role = models.CharField(max_length=20, blank=True)
    unread = models.PositiveIntegerField(default=0)
    handled_up_to = models.UUIDField(null=True, help_text="the last customer message that was answered or handed off")
    waiting_since = models.DateTimeField(null=True, help_text="since when the customer waits for an answer")
    summary = models.TextField(blank=True, default="", db_default="", help_text="of its older part, for the AI")
    summary_up_to = models.UUIDField(null=True, blank=True, help_text="the last message that the summary holds")
    picture = models.ForeignKey(
        "files.StoredFile", null=True, on_delete=models.SET_NULL, db_index=False, related_name="+"
    )
    picture_asked_at = models.DateTimeField(null=True, help_text="when the messenger was asked for the picture last")
    contact = models.JSONField(null=True, blank=True, help_text="what was noted of the customer, by field")
    ai_context = models.JSONField(null=True, help_text="what tools said when the conversation began; null: not asked")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    put_away_at = models.DateTimeField(null=True, help_text="its integration was switched off then")
    deleted_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = scoped_manager(ChatQuerySet)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "external_id"], condition=models.Q(deleted_at=None), name="chat_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["company", "-last_message_at", "-id"],
                condition=models.Q(deleted_at=None, put_away_at=None),
                name="chat_inbox",
            ),
            models.Index(fields=["picture"], condition=~models.Q(picture=None), name="chat_picture"),
            GinIndex(fields=["display_name"], opclasses=["gin_trgm_ops"], name="chat_name_trigrams"),
        ]

    def __str__(self) -> str:
        return self.display_name or self.external_id

    @property
    def name(self) -> str:
        """What people call it; never empty."""
        if self.display_name or self.username or self.phone:
            return self.display_name or self.username or self.phone
        return str(_("Visitor %s")) % self.external_id[-6:]

    @property
    def picture_url(self) -> str:
        """Where a signed-in browser finds the customer's picture for a while; "" without one."""
        return urlsplit(files.signed_url(self.picture)).path if self.picture else ""


class ChatAlias(CompanyOwned):
    """Another id under which the messenger may speak of the same chat (WhatsApp: phone number and lid)."""

    integration = models.ForeignKey("integrations.Integration", on_delete=models.CASCADE, related_name="+")
    chat = models.ForeignKey(Chat, on_delete=models.CASCADE, related_name="aliases")
    external_id = models.CharField(max_length=200)

    class Meta:
        verbose_name_plural = "chat aliases"
        constraints = [models.UniqueConstraint(fields=["integration", "external_id"], name="chat_alias_once")]

    def __str__(self) -> str:
        return self.external_id


class Message(CompanyOwned):
    """One message of a chat, whoever wrote it."""

    class Role(models.TextChoices):
        USER = "User", _("Customer")
        ASSISTANT = "Assistant", _("Assistant")
        SYSTEM = "System", _("System")
        DEVELOPER = "Developer", _("Developer")

    class Type(models.TextChoices):
        TEXT = "Text"
        AUDIO = "Audio"
        FILE = "File"
        DOCUMENT = "Document"
        PHOTO = "Photo"
        VIDEO = "Video"
        SPECIFIC = "Specific"
        FUNCTION_CALL = "FunctionCall"
        FUNCTION_CALL_OUTPUT = "FunctionCallOutput"

    class Status(models.TextChoices):
        RECEIVED = "received", _("Received")
        STORED = "stored", _("Stored")
        QUEUED = "queued", _("Waiting to be sent")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        READ = "read", _("Read")
        FAILED = "failed", _("Not sent")
        UNSURE = "unsure", _("Unsure if it arrived")
        CANCELLED = "cancelled", _("Cancelled")

    # message_history is an index of it
    chat = models.ForeignKey(Chat, on_delete=models.CASCADE, related_name="messages", db_index=False)
    role = models.CharField(max_length=10, choices=Role.choices)
    source = models.CharField(max_length=20, help_text="the API's word: WHATSAPP, PLATFORM, AI …")
    type = models.CharField(max_length=20, choices=Type.choices, default=Type.TEXT)
    specific_type = models.CharField(max_length=40, blank=True)
    text = models.TextField(blank=True)
    marks = models.JSONField(
        default=list,
        blank=True,
        db_default=models.Value([], models.JSONField()),
        help_text="how the text looks, which is complete without: see core/formatted.py",
    )
    transcription = models.TextField(blank=True)
    file = models.ForeignKey("files.StoredFile", null=True, on_delete=models.SET_NULL, related_name="+")
    file_missing = models.BooleanField(default=False, help_text="it had a file that could not be fetched")
    file_problem = models.TextField(blank=True, default="", db_default="", help_text="why nobody will ever have it")
    recording = models.JSONField(null=True, blank=True, help_text="of sound and film: seconds, waveform (0 to 31)")
    author = models.ForeignKey("companies.User", null=True, on_delete=models.SET_NULL, related_name="+")
    external_id = models.CharField(max_length=200, blank=True)
    client_key = models.CharField(max_length=100, blank=True, help_text="the sender's own id: the same one sends once")
    reply_to = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RECEIVED)
    status_detail = models.TextField(blank=True)
    turn = models.ForeignKey("AiTurn", null=True, on_delete=models.SET_NULL, related_name="messages")
    call = models.JSONField(default=dict, blank=True, help_text="of a function call: id, name, input, output")
    ids = models.JSONField(default=dict, blank=True, help_text="sessionId, fromId, toId as given over the API")
    sent_at = models.DateTimeField(default=clock.now, help_text="when it was written, as the messenger says")
    created_at = models.DateTimeField(default=clock.now, editable=False, help_text="when we stored it")
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["chat", "external_id"], condition=~models.Q(external_id=""), name="message_once"
            ),
            models.UniqueConstraint(
                fields=["chat", "client_key"], condition=~models.Q(client_key=""), name="message_sent_once"
            ),
        ]
        indexes = [models.Index(fields=["chat", "sent_at", "id"], name="message_history")]

    def __str__(self) -> str:
        return f"{self.role} {self.pk}"

    @property
    def whole_id(self) -> str:
        """The messenger's id of the message that this is, or is a later part of: see `inbound`."""
        return self.external_id.partition("#")[0]

    @property
    def said(self) -> Formatted:
        """The text with its formatting."""
        return formatted.from_json(self.text, self.marks)

    def say(self, said: Formatted) -> None:
        """Have it say something else; to be saved by the caller (`text`, `marks`)."""
        self.text, self.marks = said.text, said.marks_json()

    @property
    def member(self) -> str:
        """Who of a group wrote it; "" in a private chat."""
        return str(self.ids.get("fromName") or "")

    @property
    def is_from_customer(self) -> bool:
        return self.role == self.Role.USER

    @property
    def is_command(self) -> bool:
        """A `/bot`: said to the desk, not to whoever answers."""
        return bool(COMMAND.match(self.text))

    @property
    def is_from_ai(self) -> bool:
        return self.role == self.Role.ASSISTANT and self.source == "AI"

    @property
    def is_from_person(self) -> bool:
        """An operator, an integrator's program, or the owner on the phone."""
        return self.role == self.Role.ASSISTANT and self.source != "AI"
