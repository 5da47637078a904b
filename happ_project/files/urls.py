"""Addresses of stored files."""

from django.urls import path

from happ_project.files import views

urlpatterns = [
    path("<uuid:file_id>/<str:signature>/<str:name>", views.serve, name="file"),
]
