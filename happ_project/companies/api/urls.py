"""Addresses of reception in the REST API."""

from django.urls import path

from happ_project.companies.api import accounts, companies, team

urlpatterns = [
    path("auth/sign-up", accounts.SignUp.as_view()),
    path("auth/sign-in", accounts.SignIn.as_view()),
    path("auth/refresh", accounts.Refresh.as_view()),
    path("auth/me", accounts.Me.as_view()),
    path("companies", companies.Companies.as_view()),
    path("companies/my", companies.MyCompanies.as_view()),
    path("companies/<str:company_id>", companies.OneCompany.as_view()),
    path("companies/<str:company_id>/exit", companies.Exit.as_view()),
    path("companies/<str:company_id>/access-tokens", team.Tokens.as_view()),
    path("companies/<str:company_id>/access-tokens/<str:token_id>", team.OneToken.as_view()),
    path("company-invitations/accept", team.AcceptInvitation.as_view()),
    path("company-invitations/<str:company_id>/invitations", team.Invitations.as_view()),
]
