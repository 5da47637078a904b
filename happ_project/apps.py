"""Wiring that needs the apps to be ready."""

from django.apps import AppConfig


class HappConfig(AppConfig):
    name = "happ_project"
    label = "happ"

    def ready(self) -> None:
        from happ_project import subscriptions
        from happ_project.core import events

        events.install(subscriptions.TABLE)
