"""Addresses of this part of the product."""

from django.urls import URLPattern

app_name = "conversations-api"

urlpatterns: list[URLPattern] = []
