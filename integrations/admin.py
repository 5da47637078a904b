"""Staff's pages of the switchboard."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from happ_project.core.admin import JobAdmin, LookOnly, in_each_company
from integrations.models import ConnectionNotice, Event, Integration, WebhookDelivery, WebhookEndpoint
from integrations.services import webhooks


@admin.register(Integration)
class IntegrationAdmin(LookOnly):
    list_display: ClassVar[Any] = ("title", "address", "company", "assistant", "enabled", "disabled_at", "deleted_at")
    list_filter: ClassVar[Any] = ("enabled", "address__kind", "hidden")
    search_fields: ClassVar[Any] = ("title", "company__name")
    ordering: ClassVar[Any] = ("-created_at",)


@admin.register(Event)
class EventAdmin(LookOnly):
    list_display: ClassVar[Any] = ("id", "type", "company", "chat_id", "created_at")
    list_filter: ClassVar[Any] = ("type",)
    search_fields: ClassVar[Any] = ("chat_id",)
    ordering: ClassVar[Any] = ("-id",)


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(LookOnly):
    list_display: ClassVar[Any] = ("url", "company", "enabled", "connected", "failures", "disabled_reason")
    list_filter: ClassVar[Any] = ("enabled", "connected")
    search_fields: ClassVar[Any] = ("url", "company__name")
    ordering: ClassVar[Any] = ("-created_at",)
    actions: ClassVar[Any] = ("enable",)

    @admin.action(description=gettext_lazy("Switch on again"), permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        in_each_company(self, request, queryset.filter(enabled=False), webhooks.enable, said=_("%d switched on."))


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(JobAdmin):
    list_display: ClassVar[Any] = (
        "id",
        "endpoint",
        "company",
        "event",
        "state",
        "attempts",
        "response_status",
        "last_error_line",
    )


@admin.register(ConnectionNotice)
class ConnectionNoticeAdmin(JobAdmin):
    list_display: ClassVar[Any] = ("id", "account", "company", "what", "state", "attempts", "last_error_line", "run_at")
    list_filter: ClassVar[Any] = ("what", "state")
