"""Wiring that needs the apps to be ready."""

from django.apps import AppConfig


class HappConfig(AppConfig):
    name = "happ_project"
    label = "happ"

    def ready(self) -> None:
        from happ_project import menu, subscriptions
        from happ_project.core import events
        from happ_project.core.dashboard import navigation

        events.install(subscriptions.TABLE)
        navigation.install(sections=menu.SECTIONS, tabs=menu.TABS)
