"""Addresses of the switchboard in the REST API."""

from django.urls import path

from integrations.api import events, integrations, webhooks

app_name = "integrations-api"

urlpatterns = [
    path("chats/messengers", integrations.Messengers.as_view()),
    path("integrations", integrations.Integrations.as_view()),
    path("integrations/<str:integration_id>", integrations.OneIntegration.as_view()),
    path("events", events.Events.as_view()),
    path("webhooks", webhooks.Endpoints.as_view()),
    path("webhooks/<str:endpoint_id>", webhooks.OneEndpoint.as_view()),
    path("webhooks/<str:endpoint_id>/calls", webhooks.Calls.as_view()),
    path("webhooks/<str:endpoint_id>/calls/<int:call_id>/repeat", webhooks.CallAgain.as_view()),
]
