"""Staff's pages of the post office."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from happ_project.core.admin import JobAdmin, LookOnly, in_each_company
from messengers.models import (
    Address,
    AddressTask,
    ChannelRequest,
    ChatMetadata,
    DeletionRequest,
    Delivery,
    DeliveryCheck,
    InboundReceipt,
    LeftOut,
    LoginAttempt,
    MessageChange,
    MessengerAccount,
    PortraitTask,
    SessionLease,
    SessionPeer,
    SessionState,
)
from messengers.services import accounts, outbox


@admin.register(MessengerAccount)
class MessengerAccountAdmin(LookOnly):
    list_display: ClassVar[Any] = ("title", "kind", "external_id", "company", "state", "created_at", "deleted_at")
    list_filter: ClassVar[Any] = ("kind", "state")
    search_fields: ClassVar[Any] = ("title", "external_id", "company__name")
    ordering: ClassVar[Any] = ("-created_at",)
    actions: ClassVar[Any] = ("restart",)

    @admin.action(description=gettext_lazy("Restart: connect anew, send what waits"), permissions=["change"])
    def restart(self, request: HttpRequest, queryset: QuerySet[MessengerAccount]) -> None:
        in_each_company(self, request, queryset.filter(deleted_at=None), accounts.restart, said=_("%d restarted."))


@admin.register(Address)
class AddressAdmin(LookOnly):
    list_display: ClassVar[Any] = ("title", "kind", "external_id", "company", "state", "receiving", "dropped")
    list_filter: ClassVar[Any] = ("kind", "state", "receiving")
    search_fields: ClassVar[Any] = ("title", "external_id", "company__name")
    ordering: ClassVar[Any] = ("-created_at",)


@admin.register(InboundReceipt)
class InboundReceiptAdmin(JobAdmin):
    list_display: ClassVar[Any] = ("id", "kind", "company", "state", "attempts", "last_error_line", "received_at")
    list_filter: ClassVar[Any] = ("state", "kind")
    search_fields: ClassVar[Any] = ("dedup_key",)


@admin.register(Delivery)
class DeliveryAdmin(JobAdmin):
    list_display: ClassVar[Any] = ("id", "address", "company", "status", "state", "attempts", "error", "created_at")
    list_filter: ClassVar[Any] = ("status", "state")
    search_fields: ClassVar[Any] = ("client_ref", "message_ref", "external_id", "chat_ref")

    @admin.action(description=gettext_lazy("Send again what failed or is unsure"), permissions=["change"])
    def redrive(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Whole messages, whichever of their parts was chosen; nothing leaves by a channel that is switched off."""
        status = Delivery.Status
        broken = queryset.filter(status__in=[status.FAILED, status.UNSURE, status.CANCELLED], address__receiving=True)
        again = broken.order_by("message_ref", "part").distinct("message_ref")
        left = queryset.count() - broken.count()
        in_each_company(self, request, again, _send_again, said=_("%d will be sent again."))
        if left:
            told = _("%d left as they are: sent already, or their channel is switched off.")
            self.message_user(request, told % left, messages.WARNING)


def _send_again(delivery: Delivery) -> None:
    outbox.retry(delivery.message_ref)


@admin.register(DeliveryCheck)
class DeliveryCheckAdmin(JobAdmin):
    pass


@admin.register(LoginAttempt)
class LoginAttemptAdmin(JobAdmin):
    list_display: ClassVar[Any] = ("id", "kind", "company", "status", "state", "started_by", "error", "created_at")
    list_filter: ClassVar[Any] = ("status", "kind")


@admin.register(SessionLease)
class SessionLeaseAdmin(LookOnly):
    list_display: ClassVar[Any] = ("account", "company", "holder", "fence", "until")


@admin.register(ChannelRequest)
class ChannelRequestAdmin(LookOnly):
    list_display: ClassVar[Any] = ("id", "address", "company", "direction", "status", "seconds", "error", "at")
    list_filter: ClassVar[Any] = ("direction", "status")
    ordering: ClassVar[Any] = ("-id",)


@admin.register(ChatMetadata)
class ChatMetadataAdmin(LookOnly):
    list_display: ClassVar[Any] = ("address", "company", "chat_ref")


@admin.register(MessageChange)
class MessageChangeAdmin(JobAdmin):
    list_display: ClassVar[Any] = ("id", "address", "company", "kind", "state", "attempts", "last_error_line")
    list_filter: ClassVar[Any] = ("state", "kind")


@admin.register(SessionState)
class SessionStateAdmin(LookOnly):
    list_display: ClassVar[Any] = ("account", "company", "saved_at")


@admin.register(SessionPeer)
class SessionPeerAdmin(LookOnly):
    list_display: ClassVar[Any] = ("account", "company", "peer_id")


@admin.register(AddressTask)
class AddressTaskAdmin(JobAdmin):
    list_display: ClassVar[Any] = ("id", "address", "company", "what", "state", "attempts", "last_error_line", "run_at")
    list_filter: ClassVar[Any] = ("what", "state")


@admin.register(PortraitTask)
class PortraitTaskAdmin(JobAdmin):
    list_display: ClassVar[Any] = ("id", "address", "company", "chat_ref", "state", "last_error_line", "run_at")
    list_filter: ClassVar[Any] = ("state",)


@admin.register(LeftOut)
class LeftOutAdmin(LookOnly):
    list_display: ClassVar[Any] = ("kind", "address", "reason", "count", "last_at")
    list_filter: ClassVar[Any] = ("kind",)
    ordering: ClassVar[Any] = ("-last_at",)


@admin.register(DeletionRequest)
class DeletionRequestAdmin(LookOnly):
    list_display: ClassVar[Any] = ("code", "kind", "logins", "created_at")
    ordering: ClassVar[Any] = ("-created_at",)
