"""Addresses that messengers and website visitors call."""

from django.urls import path

from messengers.webhooks import views, widget

app_name = "messengers"

urlpatterns = [
    path("webhooks/<slug:kind>/<str:token>/", views.receive, name="webhook"),
    path("webhook/<slug:channel>", views.receive_by_channel, name="channel-webhook"),
    path("webhook/<slug:channel>/", views.receive_by_channel),
    path("widget/v1.js", widget.script, name="widget-script"),
    path("widget/<slug:channel>/session/", widget.session, name="widget-session"),
    path("widget/<slug:channel>/files/", widget.upload, name="widget-files"),
]
