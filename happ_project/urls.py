"""Every address of the product."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from conversations import consumers as conversations_consumers
from conversations.webhooks import widget
from happ_project.core import health
from happ_project.demo import views as demo
from messengers import consumers as messengers_consumers

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="conversations:inbox"), name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("", include("messengers.webhooks.urls")),
    path("widget/<slug:channel>/history/", widget.history, name="widget-history"),
    path("files/", include("happ_project.files.urls")),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("happ_project.core.api.urls")),
    path("api/", include("happ_project.companies.api.urls")),
    path("api/", include("happ_project.files.api.urls")),
    path("api/", include("assistants.api.urls")),
    path("api/", include("integrations.api.urls")),
    path("api/", include("conversations.api.urls")),
    path("", include("happ_project.companies.dashboard.urls")),
    path("", include("happ_project.core.dashboard.urls")),
    path("chats/", include("conversations.dashboard.urls")),
    path("integrations/", include("integrations.dashboard.urls")),
    path("messengers/", include("messengers.dashboard.urls")),
    path("assistants/", include("assistants.dashboard.urls")),
    path("demo/shop/", demo.shop, name="demo-shop"),
    path("admin/", admin.site.urls),
]

websocket_urlpatterns = [
    path("ws/dashboard/", conversations_consumers.DashboardConsumer.as_asgi()),
    path("ws/events/", conversations_consumers.EventsConsumer.as_asgi()),
    path("ws/widget/<slug:channel>/", messengers_consumers.VisitorConsumer.as_asgi()),
]

handler404 = "happ_project.core.api.errors.not_found"
handler500 = "happ_project.core.api.errors.server_error"
