"""Staff's pages of people and companies."""

from typing import Any, ClassVar

from allauth.account.models import EmailAddress, EmailConfirmation
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from happ_project.companies.models import AccessToken, Company, Invitation, Mail, Membership, User
from happ_project.companies.services import companies
from happ_project.core.admin import JobAdmin, LookOnly

for _library in (Group, EmailAddress, EmailConfirmation, OutstandingToken, BlacklistedToken):
    if admin.site.is_registered(_library):
        admin.site.unregister(_library)


@admin.register(User)
class UserAdmin(LookOnly):
    list_display: ClassVar[Any] = ("email", "name", "is_active", "is_staff", "date_joined", "last_login")
    list_filter: ClassVar[Any] = ("is_active", "is_staff")
    search_fields: ClassVar[Any] = ("email", "first_name", "last_name")
    ordering: ClassVar[Any] = ("-date_joined",)
    editable = ("is_active", "is_staff", "is_superuser")


@admin.register(EmailAddress)
class EmailAddressAdmin(LookOnly):
    list_display: ClassVar[Any] = ("email", "user", "verified", "primary")
    list_filter: ClassVar[Any] = ("verified",)
    search_fields: ClassVar[Any] = ("email",)


@admin.register(Company)
class CompanyAdmin(LookOnly):
    list_display: ClassVar[Any] = ("name", "owner", "status", "language", "timezone", "created_at")
    list_filter: ClassVar[Any] = ("status", "language")
    search_fields: ClassVar[Any] = ("name", "owner__email", "id")
    ordering: ClassVar[Any] = ("-created_at",)
    actions: ClassVar[Any] = ("close", "reopen")

    @admin.action(description=gettext_lazy("Close: nobody gets in, nothing of it answers"), permissions=["change"])
    def close(self, request: HttpRequest, queryset: QuerySet[Company]) -> None:
        for company in queryset:
            companies.close(company)
        self.message_user(request, _("%d closed.") % len(queryset))

    @admin.action(description=gettext_lazy("Open again"), permissions=["change"])
    def reopen(self, request: HttpRequest, queryset: QuerySet[Company]) -> None:
        for company in queryset:
            companies.reopen(company)
        self.message_user(request, _("%d opened.") % len(queryset))


@admin.register(Membership)
class MembershipAdmin(LookOnly):
    list_display: ClassVar[Any] = ("user", "company", "role", "created_at")
    list_filter: ClassVar[Any] = ("role",)
    search_fields: ClassVar[Any] = ("user__email", "company__name")


@admin.register(Invitation)
class InvitationAdmin(LookOnly):
    list_display: ClassVar[Any] = ("email", "company", "invited_by", "expires_at", "accepted_at")
    search_fields: ClassVar[Any] = ("email", "company__name")


@admin.register(Mail)
class MailAdmin(JobAdmin):
    list_display: ClassVar[Any] = ("id", "to", "subject", "state", "attempts", "run_at", "last_error_line")
    search_fields: ClassVar[Any] = ("to", "subject")


@admin.register(AccessToken)
class AccessTokenAdmin(LookOnly):
    list_display: ClassVar[Any] = ("hint", "name", "company", "created_by", "last_used_at", "revoked_at")
    search_fields: ClassVar[Any] = ("name", "hint", "company__name")
    ordering: ClassVar[Any] = ("-created_at",)
