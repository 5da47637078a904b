"""Addresses of this part of the product."""

from django.urls import URLPattern

app_name = "assistants-api"

urlpatterns: list[URLPattern] = []
