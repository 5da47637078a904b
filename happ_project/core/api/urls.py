"""Addresses of the API's own description."""

from django.urls import path

from happ_project.core.api import docs

urlpatterns = [
    path("api/swagger-json", docs.document, name="api-document"),
    path("api/schema", docs.document),
    path("reference", docs.reference, name="api-reference"),
]
