"""Addresses of reception's pages."""

from django.urls import path

from happ_project.companies.dashboard import companies, team

app_name = "companies"

urlpatterns = [
    path("companies/new/", companies.create, name="create"),
    path("companies/<uuid:company_id>/switch/", companies.switch, name="switch"),
    path("settings/", companies.show_settings, name="settings"),
    path("settings/team/", team.show_team, name="team"),
    path("settings/team/invite/", team.invite, name="invite"),
    path("settings/team/invitations/<uuid:invitation_id>/withdraw/", team.withdraw, name="withdraw"),
    path("settings/team/<uuid:membership_id>/remove/", team.remove, name="remove"),
    path("settings/team/leave/", team.leave, name="leave"),
    path("settings/team/mail/", team.set_mail, name="team-mail"),
    path("settings/access-tokens/", team.tokens, name="tokens"),
    path("settings/access-tokens/<uuid:token_id>/revoke/", team.revoke, name="revoke"),
    path("profile/", companies.profile, name="profile"),
    path("invitations/<str:token>/", companies.invitation, name="invitation"),
]
