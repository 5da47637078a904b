"""Addresses of the switchboard's pages."""

from django.urls import path

from integrations.dashboard import connecting, exchange, guides, pages, settings, webhooks

app_name = "integrations"

urlpatterns = [
    path("", pages.show_all, name="list"),
    path("first-steps/", pages.first_steps, name="first-steps"),
    path("troubles/", pages.troubles, name="troubles"),
    path("troubles/<int:notice_id>/dismiss/", pages.dismiss, name="dismiss"),
    path("add/", connecting.choose, name="add"),
    path("add/<slug:kind>/", connecting.start, name="start"),
    path("guides/", guides.show, name="guides"),
    path("guides/<slug:kind>/", guides.show, name="guide"),
    path("login/<uuid:attempt_id>/", connecting.show, name="login"),
    path("login/<uuid:attempt_id>/step/", connecting.step, name="login-step"),
    path("login/<uuid:attempt_id>/visit/", connecting.visit, name="login-visit"),
    path("webhooks/", webhooks.show, name="webhooks"),
    path("webhooks/<uuid:endpoint_id>/", webhooks.detail, name="webhook"),
    path("webhooks/<uuid:endpoint_id>/switch/", webhooks.switch, name="webhook-switch"),
    path("webhooks/<uuid:endpoint_id>/remove/", webhooks.remove, name="webhook-remove"),
    path("webhooks/<uuid:endpoint_id>/calls/<int:delivery_id>/repeat/", webhooks.repeat, name="webhook-repeat"),
    path("<uuid:integration_id>/", settings.show, name="detail"),
    path("<uuid:integration_id>/appearance/", settings.change_appearance, name="appearance"),
    path("<uuid:integration_id>/exchange/log/", exchange.log, name="exchange-log"),
    path("<uuid:integration_id>/exchange/test/", exchange.test, name="exchange-test"),
    path("<uuid:integration_id>/exchange/change/", settings.change_endpoint, name="exchange-change"),
    path("<uuid:integration_id>/try/", settings.try_out, name="try"),
    path("<uuid:integration_id>/assign/", pages.assign, name="assign"),
    path("<uuid:integration_id>/switch/", pages.switch, name="switch"),
    path("<uuid:integration_id>/remove/", pages.remove, name="remove"),
]
