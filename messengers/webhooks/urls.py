"""Addresses that messengers and website visitors call."""

from django.urls import path

from messengers.webhooks import apps, departures, views, widget, widget_script

app_name = "messengers"

urlpatterns = [
    path("webhooks/meta/deauthorize/", departures.deauthorize, name="meta-deauthorize"),
    path("webhooks/meta/data-deletion/", departures.delete_data, name="meta-data-deletion"),
    path("data-deletion/<slug:code>/", departures.status, name="data-deletion-status"),
    path("webhooks/<slug:kind>/", apps.receive, name="app-webhook"),
    path("webhooks/<slug:kind>/<str:token>/", views.receive, name="webhook"),
    path("webhook/<slug:channel>", views.receive_by_channel, name="channel-webhook"),
    path("webhook/<slug:channel>/", views.receive_by_channel),
    path("widget/v1.js", widget_script.show, name="widget-script"),
    path("widget/<slug:channel>/session/", widget.session, name="widget-session"),
    path("widget/<slug:channel>/files/", widget.upload, name="widget-files"),
]
