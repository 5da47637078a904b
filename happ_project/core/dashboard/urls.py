"""Pages of the foundation itself."""

from django.urls import path

from happ_project.core.dashboard import mails

app_name = "core"

urlpatterns = [path("debug/mails/", mails.show, name="mails")]
