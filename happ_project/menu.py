"""What the dashboard's main menu and its settings show, in order."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from happ_project.companies import permissions
from happ_project.core.dashboard.navigation import Section, Tab


def _to_owner(request: HttpRequest) -> bool:
    return permissions.is_owner(getattr(request, "membership", None))


SECTIONS = [
    Section(
        label=_("Chats"),
        icon="chats",
        url_name="conversations:inbox",
        namespace="conversations",
        badge="conversations:unread",
    ),
    Section(label=_("Integrations"), icon="integrations", url_name="integrations:list", namespace="integrations"),
    Section(
        label=_("Assistants"),
        icon="assistants",
        url_name="assistants:list",
        namespace="assistants",
        also=frozenset({"conversations:review"}),  # reached from there, though the desk serves it
    ),
    Section(label=_("Settings"), icon="settings", url_name="companies:settings", namespace="companies"),
]
TABS = [
    Tab(label=_("Company"), url_name="companies:settings"),
    Tab(label=_("Team"), url_name="companies:team"),
    Tab(label=_("AI model"), url_name="assistants:model", shown=_to_owner),
    Tab(label=_("Team group"), url_name="conversations:team-groups", shown=_to_owner),
    Tab(label=_("Customers"), url_name="conversations:contact-fields", shown=_to_owner),
    Tab(label=_("Usage"), url_name="assistants:usage"),
    Tab(label=_("Access tokens"), url_name="companies:tokens", shown=_to_owner),
    Tab(label=_("Webhooks"), url_name="integrations:webhooks", shown=_to_owner),
]
