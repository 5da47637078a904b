"""Reception: users, companies, memberships, invitations, access tokens."""

from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    name = "happ_project.companies"
    label = "companies"
