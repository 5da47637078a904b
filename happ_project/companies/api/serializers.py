"""The shapes of accounts, companies, invitations and access tokens in the REST API."""

from rest_framework import serializers

from happ_project.companies.models import LANGUAGES, AccessToken, Company, User
from happ_project.core.api.serializers import Maybe, ModelSerializer, Said, Serializer


class Credentials(Serializer):
    email = serializers.EmailField()
    password = serializers.CharField(max_length=200, trim_whitespace=False, write_only=True)


class RefreshRequest(Serializer):
    refresh_token = serializers.CharField(max_length=2000, write_only=True)


class Tokens(Serializer):
    access_token = serializers.CharField(source="access")
    refresh_token = serializers.CharField(source="refresh")
    expires_in = serializers.CharField(help_text="How long the access token lives, such as 15m.")


class BriefUser(ModelSerializer):
    class Meta:
        model = User
        fields = ("id", "email")


class SignedIn(Tokens):
    user = BriefUser()


class Me(ModelSerializer):
    phone = Maybe()
    first_name = Maybe()
    last_name = Maybe()

    class Meta:
        model = User
        fields = ("id", "email", "phone", "first_name", "last_name")


class BriefCompany(ModelSerializer):
    description = Maybe()
    owner_id = serializers.UUIDField()

    class Meta:
        model = Company
        fields = ("id", "name", "description", "owner_id")


class Member(Serializer):
    id = serializers.UUIDField()
    user_id = serializers.UUIDField()
    email = serializers.EmailField(source="user.email")
    name = serializers.CharField(source="user.name")
    role = serializers.CharField()
    created_at = serializers.DateTimeField()


class FullCompany(BriefCompany):
    company_users = Member(source="memberships.all", many=True)
    subscriptions = serializers.SerializerMethodField()

    class Meta(BriefCompany.Meta):
        fields = (  # type: ignore[assignment]
            *BriefCompany.Meta.fields,
            "status",
            "language",
            "timezone",
            "retention_days",
            "created_at",
            "updated_at",
            "company_users",
            "subscriptions",
        )

    def get_subscriptions(self, company: Company) -> list[dict]:
        """Happ on your own server has no plans to subscribe to."""
        return []


class CreatedCompany(BriefCompany):
    class Meta(BriefCompany.Meta):
        fields = (*BriefCompany.Meta.fields, "language", "timezone", "created_at")  # type: ignore[assignment]


class ChangedCompany(BriefCompany):
    class Meta(BriefCompany.Meta):
        fields = (  # type: ignore[assignment]
            *BriefCompany.Meta.fields,
            "language",
            "timezone",
            "retention_days",
            "updated_at",
        )


class CompanyDraft(Serializer):
    name = serializers.CharField(max_length=120)
    description = Maybe(max_length=5000, required=False)
    language = serializers.ChoiceField(LANGUAGES, required=False)
    timezone = serializers.CharField(max_length=60, required=False)


class CompanyChange(CompanyDraft):
    name = serializers.CharField(max_length=120, required=False)
    retention_days = serializers.IntegerField(min_value=1, max_value=3650, required=False)


class CompanyFilters(Serializer):
    name = serializers.CharField(required=False)
    description = serializers.CharField(required=False)
    status = serializers.ChoiceField(Company.Status.choices, required=False)
    owner_id = serializers.UUIDField(required=False)
    user_id = serializers.UUIDField(required=False)
    search = serializers.CharField(required=False)


class Left(Said):
    company_id = serializers.UUIDField()
    user_id = serializers.UUIDField()


class InvitationDraft(Serializer):
    email = serializers.EmailField()


class Invited(Said):
    id = serializers.UUIDField()
    email = serializers.EmailField()
    expires_at = serializers.DateTimeField()


class InvitationToken(Serializer):
    token = serializers.CharField(max_length=200, write_only=True)


class Joined(Said):
    company_id = serializers.UUIDField()


class TokenDraft(Serializer):
    name = serializers.CharField(max_length=100, required=False, allow_blank=True)
    description = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class KnownToken(ModelSerializer):
    hint = serializers.CharField(help_text="How the key begins, to recognise it by.")
    company_id = serializers.UUIDField()

    class Meta:
        model = AccessToken
        fields = ("id", "name", "description", "hint", "company_id", "created_at", "last_used_at", "revoked_at")


class IssuedToken(KnownToken):
    token = serializers.CharField(help_text="The key itself. It is shown now and never again.")

    class Meta(KnownToken.Meta):
        fields = (*KnownToken.Meta.fields, "token")  # type: ignore[assignment]
