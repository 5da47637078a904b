"""Addresses of this part of the product."""

from django.urls import URLPattern

app_name = "integrations"

urlpatterns: list[URLPattern] = []
