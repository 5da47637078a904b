"""Addresses that people come back to."""

from django.urls import path

from messengers.dashboard import visits

app_name = "visits"

urlpatterns = [
    path("meta/callback/", visits.come_back, name="return"),
]
