"""Addresses of files in the REST API."""

from django.urls import path

from happ_project.files.api import views

urlpatterns = [path("files", views.Files.as_view())]
